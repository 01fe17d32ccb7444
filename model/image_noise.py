"""Noise on the condition image, in pixel space and independent of the noise on the video.

Blattmann et al. 2023, "Stable Video Diffusion", appendix D: the image is made noisy before it is encoded, with a
strength that the network is told, so that it does not copy the image's faults.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from model.edm import spread


@dataclass(frozen=True)
class ImageNoise:
    """ln(strength) is normal; the values are SVD's."""

    mean: float = -3.0
    std: float = 0.5

    def sample(self, count: int, generator: torch.Generator) -> Tensor:
        """Draw strengths, (count,) float32 on the generator's device."""
        normal = torch.randn(count, generator=generator, device=generator.device)
        return (self.mean + self.std * normal).exp()


def noisy_images(images: Tensor, strength: Tensor, generator: torch.Generator) -> Tensor:
    """Return images (B,3,H,W) in [-1, 1] with normal noise of the given strengths (B,) added, drawn anew."""
    noise = torch.randn(images.shape, generator=generator, device=generator.device, dtype=torch.float32)
    return images + (spread(strength.to(images.device), images.ndim) * noise.to(images.device)).to(images.dtype)
