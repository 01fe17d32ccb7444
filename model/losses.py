"""The training losses: of the video, and of single frames.

The second is the spatial loss of PoseTraj's training: a frame of each sample is denoised by itself, without the
temporal layers, so that the condition learns where things are in a frame apart from how they move.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from model.conditions import Conditions, Noisy, network_outputs
from model.controlnet import TrajectoryControlNet
from model.edm import add_noise, denoising_loss
from model.unet import TrajectoryUNet


@dataclass(frozen=True)
class Drawn:
    """The random draws of a training step for B samples: `noise` (B,T,C,h,w), `sigma` (B,), `frames` (B,)."""

    noise: Tensor
    sigma: Tensor
    frames: Tensor

    @classmethod
    def at(cls, clean: Tensor, sigma: Tensor, generator: torch.Generator) -> "Drawn":
        """Draw the noise, and the frames that are taken by themselves, for latents `clean` (B,T,C,h,w)."""
        device = generator.device
        noise = torch.randn(clean.shape, generator=generator, device=device).to(clean)
        frames = torch.randint(clean.shape[1], (len(clean),), generator=generator, device=device)
        return cls(noise, sigma.to(clean.device), frames.to(clean.device))


@dataclass(frozen=True)
class Losses:
    """Per sample, (B,) float32. `frame` is None where single frames were not asked for."""

    video: Tensor
    frame: Tensor | None

    def total(self, frame_weight: float) -> Tensor:
        """Return the mean over the samples, a scalar."""
        return self.video.mean() if self.frame is None else (self.video + frame_weight * self.frame).mean()


def training_losses(
    unet: TrajectoryUNet,
    controlnet: TrajectoryControlNet | None,
    clean: Tensor,
    drawn: Drawn,
    conditions: Conditions,
    single_frames: bool = True,
) -> Losses:
    """Return the losses for clean latents (B,T,C,h,w), scaled by the VAE's factor.

    Videos and single frames go through the networks together: the frames by themselves would leave a GPU waiting.

    `controlnet` is None where the backbone learns by itself.
    """
    noisy = add_noise(clean, drawn.noise, drawn.sigma)
    batches = [Noisy(noisy, drawn.sigma, conditions)]
    if single_frames:
        rows = torch.arange(len(clean), device=clean.device)
        frame = noisy[rows, drawn.frames][:, None]
        batches.append(Noisy(frame, drawn.sigma, conditions.frame(drawn.frames), frames_alone=True))
    output, *alone = network_outputs(unet, controlnet, batches)
    video = denoising_loss(output, noisy, clean, drawn.sigma)
    if not single_frames:
        return Losses(video, None)
    return Losses(video, denoising_loss(alone[0], frame, clean[rows, drawn.frames][:, None], drawn.sigma))
