"""Weights and gradients of several processes, each of which learns by itself."""

from collections.abc import Iterable, Iterator

import torch
from accelerate import Accelerator
from accelerate.utils import broadcast
from torch import Tensor, nn

BUCKET = 2**26
"""Numbers that are sent at once: a message for each weight would take longer to begin than to send."""


@torch.no_grad()
def share_weights(network: nn.Module) -> None:
    """Give a network's weights and buffers the values that they have in the first process, in place."""
    for tensor in network.state_dict().values():
        tensor.copy_(broadcast(tensor.contiguous()))


def share_gradients(weights: Iterable[nn.Parameter], accelerator: Accelerator) -> None:
    """Give weights the mean of all processes' gradients, in place. Raises RuntimeError for weights without one."""
    gradients = [weight.grad for weight in weights]
    if missing := sum(gradient is None for gradient in gradients):  # which other processes may have
        raise RuntimeError(f"{missing} of {len(gradients)} weights have no gradient to be shared")
    for bucket in _buckets(gradients):
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
