"""Learning the temporal VAE of the preset `small`: pictures to latents and back, as short videos.

Kingma and Welling 2014, with an absolute and a squared error of the pixels and an absolute one of their differences.
"""

from dataclasses import dataclass

import torch
from diffusers import AutoencoderKLTemporalDecoder
from torch import Tensor, nn

from train.draws import POSTERIOR, normal
from train.encoders import latent_sample, to_pixels
from train.loader import Batch
from train.stages.outcome import Outcome

KL_WEIGHT = 1e-4


@dataclass(frozen=True)
class ReadyVideo:
    """Videos (B,T,3,H,W) in [-1, 1], and normal numbers (B,T,C,h,w) for their latents."""

    video: Tensor
    noise: Tensor


class VaeStage(nn.Module):
    """The VAE, told how good its pictures are."""

    def __init__(self, vae: AutoencoderKLTemporalDecoder) -> None:
        super().__init__()
        self.vae = vae.train().requires_grad_(True)
        middle = vae.decoder.mid_block
        for unused in middle.attentions[len(middle.resnets) - 1 :]:  # with one layer a block, diffusers never runs it
            unused.requires_grad_(False)

    @torch.no_grad()
    def prepare(self, batch: Batch) -> ReadyVideo:
        """Make a batch that lies on the device ready."""
        video = to_pixels(batch.pictures())
        halvings = 2 ** (len(self.vae.config.block_out_channels) - 1)
        height, width = (side // halvings for side in video.shape[-2:])
        shape = (video.shape[1], self.vae.config.latent_channels, height, width)
        return ReadyVideo(video, normal(batch.seeds, POSTERIOR, shape, video.device))

    def forward(self, ready: ReadyVideo) -> Outcome:
        """Return the losses; `psnr` among the parts is in dB of pictures in [0, 1]."""
        frames = ready.video.shape[1]
        pictures = ready.video.flatten(0, 1)
        moments = self.vae.encode(pictures).latent_dist.parameters
        latents = latent_sample(moments, ready.noise.flatten(0, 1))
        shown = self.vae.decode(latents.to(moments.dtype), num_frames=frames).sample.float()
        mean, log_variance = moments.float().chunk(2, dim=1)
        log_variance = log_variance.clamp(-30.0, 20.0)
        error = (shown - pictures).reshape(ready.video.shape)
        squared = error.square().flatten(1).mean(dim=1)
        edges = sum(error.diff(dim=axis).abs().flatten(1).mean(dim=1) for axis in (-1, -2))
        divergence = 0.5 * (mean.square() + log_variance.exp() - 1.0 - log_variance)
        divergence = divergence.reshape(len(error), -1).mean(dim=1)
        total = error.abs().flatten(1).mean(dim=1) + 2.0 * squared + edges + KL_WEIGHT * divergence
        psnr = -10.0 * (squared.detach() / 4.0).clamp_min(1e-10).log10()
        return Outcome(total, {"psnr": psnr, "divergence": divergence.detach()})

    def trained(self) -> dict[str, nn.Parameter]:
        """Return what learns, by name."""
        return {name: weights for name, weights in self.vae.named_parameters() if weights.requires_grad}
