"""The moving average of weights, in one pass over them."""

from collections.abc import Iterable

import torch
from diffusers.training_utils import EMAModel
from torch import nn
from torch.optim.swa_utils import get_ema_multi_avg_fn


class MovingAverage(EMAModel):
    """diffusers' moving average: its decay, its counting and its weights; a step reads and writes them once."""

    @torch.no_grad()
    def step(self, parameters: Iterable[nn.Parameter]) -> None:
        """Move the average towards weights that all learn."""
        self.optimization_step += 1
        self.cur_decay_value = self.get_decay(self.optimization_step)
        get_ema_multi_avg_fn(self.cur_decay_value)(self.shadow_params, list(parameters), None)
