"""Gradients of several processes, each of which learned by itself."""

from collections.abc import Iterable, Iterator

import torch
from accelerate import Accelerator
from torch import Tensor, nn

BUCKET = 2**26
"""Numbers that are sent at once: a message for each weight would take longer to begin than to send."""


def share_gradients(weights: Iterable[nn.Parameter], accelerator: Accelerator) -> None:
    """Give weights the mean of all processes' gradients, in place; those without one have none in any process."""
    for bucket in _buckets([weight.grad for weight in weights if weight.grad is not None]):
        mean = accelerator.reduce(torch.cat([gradient.flatten() for gradient in bucket]), reduction="mean")
        parts = mean.split([gradient.numel() for gradient in bucket])
        for gradient, part in zip(bucket, parts, strict=True):
            gradient.copy_(part.view(gradient.shape))


def _buckets(gradients: Iterable[Tensor]) -> Iterator[list[Tensor]]:
    """Gradients in their order, as many at once as go into a bucket."""
    held, room = [], BUCKET
    for gradient in gradients:
        if held and gradient.numel() > room:
            yield held
            held, room = [], BUCKET
        held.append(gradient)
        room -= gradient.numel()
    if held:
        yield held
