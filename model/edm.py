"""The diffusion framework of EDM with the scalings of Stable Video Diffusion, as pure functions of the noise level.

Karras et al. 2022, "Elucidating the Design Space of Diffusion-Based Generative Models", section 5 and table 1; the
scalings are those of Blattmann et al. 2023, "Stable Video Diffusion", appendix D, which are v-prediction (Salimans and
Ho 2022) written for a variance that grows: sigma_data = 1.

A noisy sample is `clean + sigma * noise`. The network F sees `c_in * noisy` and the number `c_noise`, and
`D = c_skip * noisy + c_out * F` estimates `clean`. Sigmas are one per sample, (B,), and broadcast over what follows.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Scalings:
    """The four numbers per sample, (B,1,1,...), of Karras et al. 2022, equation 7."""

    skip: Tensor
    out: Tensor
    into: Tensor
    noise: Tensor


def scalings(sigma: Tensor, ndim: int) -> Scalings:
    """Return SVD's scalings for noise levels `sigma` (B,), in float32, to broadcast over samples of `ndim` axes.

    c_skip = 1 / (sigma^2 + 1), c_out = -sigma / sqrt(sigma^2 + 1), c_in = 1 / sqrt(sigma^2 + 1),
    c_noise = ln(sigma) / 4; `noise` alone stays (B,).
    """
    sigma = sigma.float()
    wide = spread(sigma, ndim)
    power = wide.square() + 1.0
    return Scalings(skip=1.0 / power, out=-wide / power.sqrt(), into=1.0 / power.sqrt(), noise=0.25 * sigma.log())


def add_noise(clean: Tensor, noise: Tensor, sigma: Tensor) -> Tensor:
    """Return the noisy samples, `clean + sigma * noise`, in float32: in a shorter type weak noise is rounded away."""
    return clean.float() + spread(sigma.to(clean.device), clean.ndim).float() * noise.float()


def denoised(output: Tensor, noisy: Tensor, sigma: Tensor) -> Tensor:
    """Return the estimate D of the clean samples from the network's output, in float32 (Karras 2022, equation 7)."""
    scale = scalings(sigma, noisy.ndim)
    return scale.skip * noisy.float() + scale.out * output.float()


def target_output(clean: Tensor, noisy: Tensor, sigma: Tensor) -> Tensor:
    """Return what the network would have to say for D to be `clean`: v of Salimans and Ho 2022, in float32."""
    scale = scalings(sigma, noisy.ndim)
    return (clean.float() - scale.skip * noisy.float()) / scale.out


def loss_weight(sigma: Tensor) -> Tensor:
    """Return the weight (B,) of the squared error of D: 1 / c_out^2 = (sigma^2 + 1) / sigma^2 (Karras 2022, section 5).

    With it the error of the network's own output counts the same at every noise level.
    """
    power = sigma.float().square()
    return (power + 1.0) / power


def denoising_loss(output: Tensor, noisy: Tensor, clean: Tensor, sigma: Tensor) -> Tensor:
    """Return the weighted squared error of D, the mean over each sample, (B,) float32."""
    error = denoised(output, noisy, sigma) - clean.float()
    return loss_weight(sigma) * error.square().flatten(1).mean(dim=1)


def spread(values: Tensor, ndim: int) -> Tensor:
    """Give values (B,) trailing axes of length 1, `ndim` axes in all."""
    return values.reshape(-1, *[1] * (ndim - 1))


@dataclass(frozen=True)
class LogNormalSigmas:
    """ln(sigma) is normal (Karras 2022, table 1). The values are SVD's at high resolution: 0.7 and 1.6."""

    mean: float = 0.7
    std: float = 1.6

    def sample(self, count: int, generator: torch.Generator) -> Tensor:
        """Draw noise levels, (count,) float32 on the generator's device."""
        normal = torch.randn(count, generator=generator, device=generator.device)
        return (self.mean + self.std * normal).exp()


@dataclass(frozen=True)
class CosineInterpolatedSigmas:
    """Noise levels even in time on a cosine schedule whose shift goes from one resolution's to another's with time.

    Hoogeboom et al. 2023, "simple diffusion", section 3.1 and equation 8: the cosine schedule's log signal-to-noise
    ratio, moved by 2 ln(noise_px / image_px), with `high_noise_px` at the clean end and `low_noise_px` at the noisy
    end. Each of the two begins at `smallest` and ends at `largest`. The values are those that training scripts for
    SVD took over from k-diffusion's `rand_cosine_interpolated`, `sigma_data`, the schedule's middle, among them.
    """

    low_noise_px: float = 32.0
    high_noise_px: float = 64.0
    image_px: float = 64.0
    sigma_data: float = 0.5
    smallest: float = 0.002
    largest: float = 700.0

    def sample(self, count: int, generator: torch.Generator) -> Tensor:
        """Draw noise levels, (count,) float32 on the generator's device."""
        return self.at(torch.rand(count, generator=generator, device=generator.device))

    def at(self, time: Tensor) -> Tensor:
        """Return the noise levels (K,) at times (K,) in [0, 1], from clean to noisy."""
        time = time.double()
        return (
            torch.lerp(self._log_sigma(time, self.high_noise_px), self._log_sigma(time, self.low_noise_px), time)
            .exp()
            .mul(self.sigma_data)
            .float()
        )

    def _log_sigma(self, time: Tensor, noise_px: float) -> Tensor:
        """ln(sigma) on the cosine schedule, sigma = tan(angle), with the shift of one resolution."""
        shift = math.log(self.image_px / noise_px)
        ends = self.smallest / self.sigma_data, self.largest / self.sigma_data
        first, last = (math.atan(level * math.exp(-shift)) for level in ends)
        return (first + time * (last - first)).tan().log() + shift
