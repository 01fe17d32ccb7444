"""AdamW, and its step where all is finite."""

from collections.abc import Iterable

import torch
from accelerate.optimizer import AcceleratedOptimizer
from torch import Tensor, nn

from train.errors import RunError
from train.recipe import Recipe


def make_optimiser(recipe: Recipe, weights: Iterable[nn.Parameter]) -> torch.optim.Optimizer:
    """Return AdamW for weights. Raises RunError where 8-bit moments are asked for and cannot be had."""
    chosen = recipe.optimiser
    settings = {"lr": chosen.lr, "betas": chosen.betas, "eps": chosen.eps, "weight_decay": chosen.weight_decay}
    if not chosen.eight_bit:
        return torch.optim.AdamW(list(weights), fused=True, **settings)
    try:
        from bitsandbytes.optim import AdamW8bit
    except ImportError as error:
        wanted = "pip install 'posetraj[eight-bit]', or leave eight_bit away"
        raise RunError(f"8-bit moments need bitsandbytes; {wanted}") from error
    return AdamW8bit(list(weights), **settings)


def step_if_finite(optimiser: AcceleratedOptimizer, finite: Tensor) -> None:
    """Take a step where all is finite, () bool; a fused optimiser sees on its device whether it is."""
    if optimiser.optimizer.defaults.get("fused"):
        optimiser.optimizer.found_inf = (~finite).float()  # as torch's GradScaler tells it
        optimiser.step()
    elif finite:
        optimiser.step()
