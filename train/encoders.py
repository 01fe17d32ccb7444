"""The frozen networks before the backbone: pictures to latents and embeddings, the same as sampling makes."""

from dataclasses import dataclass
from typing import Self

import torch
from diffusers import AutoencoderKLTemporalDecoder
from diffusers.pipelines.stable_video_diffusion.pipeline_stable_video_diffusion import _resize_with_antialiasing
from torch import Tensor
from transformers import CLIPImageProcessor, CLIPVisionModelWithProjection

from model.pipeline import TrajectoryVideoPipeline

CLIP_PX = 224


@dataclass(frozen=True)
class Encoders:
    """A VAE, and CLIP's image encoder with its processor, or None where the image is told by its latents alone.

    Attributes:
        chunk: pictures at a time; it bounds the memory.
    """

    vae: AutoencoderKLTemporalDecoder
    image_encoder: CLIPVisionModelWithProjection | None
    processor: CLIPImageProcessor | None
    chunk: int = 16

    @classmethod
    def of(cls, pipeline: TrajectoryVideoPipeline) -> Self:
        """Return those of a pipeline."""
        return cls(pipeline.vae, pipeline.image_encoder, pipeline.feature_extractor)

    @torch.no_grad()
    def moments(self, pictures: Tensor) -> Tensor:
        """Return means and log-variances (M,2C,h,w) of the latents of pictures (M,3,H,W) in [-1, 1]; not scaled."""
        parts = pictures.to(self.vae.dtype).split(self.chunk)
        return torch.cat([self.vae.encode(part).latent_dist.parameters for part in parts])

    def embedding(self, pictures: Tensor) -> Tensor | None:
        """Return CLIP's embeddings (M,D) of pictures (M,3,H,W) in [-1, 1]; None without an image encoder."""
        return None if self.image_encoder is None else self.embedded(clip_pictures(pictures))

    @torch.no_grad()
    def embedded(self, small: Tensor) -> Tensor:
        """Return CLIP's embeddings (M,D) of what `clip_pictures` gave. Raises ValueError without an image encoder."""
        if self.image_encoder is None or self.processor is None:
            raise ValueError("this model has no image encoder")
        mean, std = (
            torch.tensor(numbers, device=small.device).reshape(3, 1, 1)
            for numbers in (self.processor.image_mean, self.processor.image_std)
        )
        seen = ((small - mean) / std).to(self.image_encoder.dtype)
        return torch.cat([self.image_encoder(part).image_embeds for part in seen.split(self.chunk)])


def clip_pictures(pictures: Tensor) -> Tensor:
    """Return pictures (M,3,H,W) of [-1, 1] as diffusers' SVD resizes an image for its image encoder, in [0, 1]."""
    return (_resize_with_antialiasing(pictures.float(), (CLIP_PX, CLIP_PX)) + 1.0) / 2.0


def to_pixels(video: Tensor) -> Tensor:
    """Return pictures in [-1, 1] float32 of those in 0..255."""
    return video.float() / 127.5 - 1.0


def latent_mean(moments: Tensor) -> Tensor:
    """Return the means of moments (...,2C,h,w)."""
    return moments.chunk(2, dim=-3)[0]


def latent_sample(moments: Tensor, noise: Tensor) -> Tensor:
    """Return latents (...,C,h,w) float32 out of moments (...,2C,h,w) and normal numbers (...,C,h,w).

    As diffusers' DiagonalGaussianDistribution: log-variances are kept within -30 and 20.
    """
    mean, log_variance = moments.float().chunk(2, dim=-3)
    return mean + (0.5 * log_variance.clamp(-30.0, 20.0)).exp() * noise
