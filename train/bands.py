"""Losses by bands of the noise level, as their means over samples."""

from collections.abc import Mapping

import torch
from torch import Tensor

EDGES = (0.1, 1.0, 10.0)
NAMES = ("below 0.1", "0.1 to 1", "1 to 10", "over 10")


def means_by_band(losses: Tensor, sigma: Tensor) -> Mapping[str, float]:
    """Return the mean of losses (K,) in each band of noise levels (K,) that has a sample."""
    bands = torch.bucketize(sigma, torch.tensor(EDGES, device=sigma.device))
    return {name: losses[bands == number].mean().item() for number, name in enumerate(NAMES) if (bands == number).any()}
