"""The learning rate as a pure function of the step."""

import math

from train.recipe import Optimiser


def learning_rate(optimiser: Optimiser, step: int, steps: int) -> float:
    """Return the rate of step number `step` of `steps`, from 0: rising evenly, then half a cosine to `last_lr` of it.

    Loshchilov and Hutter 2017, "SGDR", equation 5, without restarts.
    """
    if step < optimiser.warmup:
        return optimiser.lr * (step + 1) / optimiser.warmup
    gone = (step - optimiser.warmup) / max(1, steps - optimiser.warmup)
    fall = 0.5 * (1.0 + math.cos(math.pi * min(1.0, gone)))
    return optimiser.lr * (optimiser.last_lr + (1.0 - optimiser.last_lr) * fall)
