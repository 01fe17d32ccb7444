"""Attention among the frames of each place, as an operator: no scores are kept for the way back."""

import torch
from torch import Tensor


@torch.library.custom_op("posetraj::attention_in_time", mutates_args=())
def attention_in_time(query: Tensor, key: Tensor, value: Tensor, heads: int, scale: float) -> Tensor:
    """Return softmax(scale * Q K^T) V over the frames of each place and head.

    Args:
        query, key, value: (B,T,hw,heads*d), T at most `kernels.MOST_FRAMES`.
        scale: of the scores.
    """
    from model.kernels.triton_attention import run_forward

    query, key, value = (tensor.contiguous() for tensor in (query, key, value))
    said = torch.empty_like(query)
    run_forward(query, key, value, said, heads, scale)
    return said


@attention_in_time.register_fake
def _(query: Tensor, key: Tensor, value: Tensor, heads: int, scale: float) -> Tensor:
    return torch.empty_like(query, memory_format=torch.contiguous_format)


@torch.library.custom_op("posetraj::attention_in_time_backward", mutates_args=())
def attention_in_time_backward(
    gradient: Tensor, query: Tensor, key: Tensor, value: Tensor, heads: int, scale: float
) -> tuple[Tensor, Tensor, Tensor]:
    """Return the gradients of queries, keys and values for that of the output, all (B,T,hw,heads*d)."""
    from model.kernels.triton_attention import run_backward

    gradient, query, key, value = (tensor.contiguous() for tensor in (gradient, query, key, value))
    found = torch.empty_like(query), torch.empty_like(key), torch.empty_like(value)
    run_backward(gradient, query, key, value, found, heads, scale)
    return found


@attention_in_time_backward.register_fake
def _(
    gradient: Tensor, query: Tensor, key: Tensor, value: Tensor, heads: int, scale: float
) -> tuple[Tensor, Tensor, Tensor]:
    query, key, value = (
        torch.empty_like(tensor, memory_format=torch.contiguous_format) for tensor in (query, key, value)
    )
    return query, key, value


def _keep(ctx: torch.autograd.function.FunctionCtx, inputs: tuple, output: Tensor) -> None:
    *tensors, ctx.heads, ctx.scale = inputs
    ctx.save_for_backward(*tensors)


def _gradients(ctx: torch.autograd.function.FunctionCtx, gradient: Tensor) -> tuple[Tensor | None, ...]:
    return *attention_in_time_backward(gradient, *ctx.saved_tensors, ctx.heads, ctx.scale), None, None


attention_in_time.register_autograd(_gradients, setup_context=_keep)
