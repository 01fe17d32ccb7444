"""Attention among the frames of each place, as an operator: no scores are kept for the way back.

Queries, keys and values lie in one tensor, as one product gives them, and so do their gradients.
"""

import torch
from torch import Tensor


@torch.library.custom_op("posetraj::attention_in_time", mutates_args=())
def attention_in_time(seen: Tensor, heads: int, scale: float) -> Tensor:
    """Return softmax(scale * Q K^T) V (B,T,hw,heads*d) over the frames of each place and head.

    Args:
        seen: Q, K and V one after the other, (B,T,hw,3*heads*d), T at most `kernels.MOST_FRAMES`.
        scale: of the scores.
    """
    from model.fast.kernels.triton_attention import run_forward

    seen = seen.contiguous()
    said = _said(seen)
    run_forward(seen, said, heads, scale)
    return said


@attention_in_time.register_fake
def _(seen: Tensor, heads: int, scale: float) -> Tensor:
    return _said(seen)


def _said(seen: Tensor) -> Tensor:
    return seen.new_empty(*seen.shape[:-1], seen.shape[-1] // 3)


@torch.library.custom_op("posetraj::attention_in_time_backward", mutates_args=())
def attention_in_time_backward(gradient: Tensor, seen: Tensor, heads: int, scale: float) -> Tensor:
    """Return the gradients of Q, K and V (B,T,hw,3*heads*d) for that of the output (B,T,hw,heads*d)."""
    from model.fast.kernels.triton_attention import run_backward

    seen = seen.contiguous()
    for_seen = torch.empty_like(seen)
    run_backward(gradient.contiguous(), seen, for_seen, heads, scale)
    return for_seen


@attention_in_time_backward.register_fake
def _(gradient: Tensor, seen: Tensor, heads: int, scale: float) -> Tensor:
    return torch.empty_like(seen, memory_format=torch.contiguous_format)


def _keep(ctx: torch.autograd.function.FunctionCtx, inputs: tuple, output: Tensor) -> None:
    seen, ctx.heads, ctx.scale = inputs
    ctx.save_for_backward(seen)


def _gradients(ctx: torch.autograd.function.FunctionCtx, gradient: Tensor) -> tuple[Tensor, None, None]:
    return attention_in_time_backward(gradient, *ctx.saved_tensors, ctx.heads, ctx.scale), None, None


attention_in_time.register_autograd(_gradients, setup_context=_keep)
