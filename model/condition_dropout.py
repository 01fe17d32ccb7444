"""Conditions taken away at random, each by itself, so that guidance can go by any of them.

Ho and Salimans 2022, "Classifier-Free Diffusion Guidance", section 3.1.
"""

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Kept:
    """Which samples keep which condition, (B,) bool each."""

    image: Tensor
    trajectory: Tensor
    camera: Tensor


@dataclass(frozen=True)
class DropRates:
    """The share of samples from which a condition is taken."""

    image: float = 0.1
    trajectory: float = 0.1
    camera: float = 0.1

    def __post_init__(self) -> None:
        if not all(0 <= rate <= 1 for rate in (self.image, self.trajectory, self.camera)):
            raise ValueError(f"{self} cannot be: rates are 0 to 1")

    def sample(self, count: int, generator: torch.Generator) -> Kept:
        """Draw for `count` samples, each condition independently, on the generator's device."""
        luck = torch.rand(3, count, generator=generator, device=generator.device)
        return Kept(luck[0] >= self.image, luck[1] >= self.trajectory, luck[2] >= self.camera)
