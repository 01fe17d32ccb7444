"""Group normalisation of what lies with its channels last, and SiLU after it, as an operator.

Wu and He 2018, "Group Normalization". Nothing is kept for the way back but the inputs and two numbers of each group.
"""

import torch
from torch import Tensor


def group_norm(
    tokens: Tensor,
    shift: Tensor | None,
    weight: Tensor,
    bias: Tensor,
    groups: int,
    eps: float,
    activated: bool,
) -> Tensor:
    """Return (N,L,C) normalised over L and the channels of each group.

    Args:
        tokens: (N,L,C).
        shift: (N,S,C), added to the tokens before, each row to one of S parts of L of equal length; or None.
        weight, bias: (C,) each.
        activated: whether SiLU is applied to the result.
    """
    return group_norm_forward(tokens, shift, weight, bias, groups, eps, activated)[0]


@torch.library.custom_op("posetraj::group_norm", mutates_args=())
def group_norm_forward(
    tokens: Tensor, shift: Tensor | None, weight: Tensor, bias: Tensor, groups: int, eps: float, activated: bool
) -> tuple[Tensor, Tensor]:
    """Return what `group_norm` does, and (N,groups,2) mean and inverse standard deviation, float32."""
    from model.kernels.triton_group_norm import run_forward

    tokens, shift = tokens.contiguous(), None if shift is None else shift.contiguous()
    normed, stats = torch.empty_like(tokens), _stats(tokens, groups)
    run_forward(tokens, shift, weight, bias, normed, stats, eps, activated)
    return normed, stats


@group_norm_forward.register_fake
def _(
    tokens: Tensor, shift: Tensor | None, weight: Tensor, bias: Tensor, groups: int, eps: float, activated: bool
) -> tuple[Tensor, Tensor]:
    return torch.empty_like(tokens, memory_format=torch.contiguous_format), _stats(tokens, groups)


@torch.library.custom_op("posetraj::group_norm_backward", mutates_args=())
def group_norm_backward(
    gradient: Tensor,
    tokens: Tensor,
    shift: Tensor | None,
    weight: Tensor,
    bias: Tensor,
    stats: Tensor,
    activated: bool,
    learns: bool,
    shifts: bool,
) -> tuple[Tensor, Tensor, Tensor]:
    """Return the gradients of tokens and shift, and parts (N,2,C) whose sums are those of weight and bias.

    Args:
        gradient: of the result, (N,L,C).
        learns: whether the parts are wanted; they are (0,2,C) otherwise.
        shifts: whether the shift's is wanted; it has no rows otherwise.
    """
    from model.kernels.triton_group_norm import run_backward

    gradient, tokens = gradient.contiguous(), tokens.contiguous()
    shift = None if shift is None else shift.contiguous()
    for_tokens, for_shift, parts = torch.empty_like(tokens), *_small(tokens, shift, learns, shifts)
    run_backward(gradient, tokens, shift, weight, bias, stats, for_tokens, for_shift, parts, activated)
    return for_tokens, for_shift, parts


@group_norm_backward.register_fake
def _(
    gradient: Tensor,
    tokens: Tensor,
    shift: Tensor | None,
    weight: Tensor,
    bias: Tensor,
    stats: Tensor,
    activated: bool,
    learns: bool,
    shifts: bool,
) -> tuple[Tensor, Tensor, Tensor]:
    for_tokens = torch.empty_like(tokens, memory_format=torch.contiguous_format)
    return for_tokens, *_small(tokens, shift, learns, shifts)


def _stats(tokens: Tensor, groups: int) -> Tensor:
    return tokens.new_empty(len(tokens), groups, 2, dtype=torch.float32)


def _small(tokens: Tensor, shift: Tensor | None, learns: bool, shifts: bool) -> tuple[Tensor, Tensor]:
    """Where the gradients of a shift, and of weight and bias in parts, are written."""
    count, _, channels = tokens.shape
    kind = torch.float32 if shift is None else shift.dtype
    for_shift = tokens.new_empty(count * shifts, 0 if shift is None else shift.shape[1], channels, dtype=kind)
    return for_shift, tokens.new_empty(count * learns, 2, channels, dtype=torch.float32)


def _keep(ctx: torch.autograd.function.FunctionCtx, inputs: tuple, output: tuple[Tensor, Tensor]) -> None:
    tokens, shift, weight, bias, _, _, ctx.activated = inputs
    ctx.save_for_backward(tokens, shift, weight, bias, output[1])
    ctx.set_materialize_grads(False)


def _gradients(
    ctx: torch.autograd.function.FunctionCtx, gradient: Tensor | None, _: Tensor | None
) -> tuple[Tensor | None, ...]:
    if gradient is None:
        return (None,) * 7
    saved, (_, shifts, *learn) = ctx.saved_tensors, ctx.needs_input_grad[:4]
    for_tokens, for_shift, parts = group_norm_backward(gradient, *saved, ctx.activated, any(learn), shifts)
    found = [None, None]
    if any(learn):
        weight, bias = parts.sum(dim=0)
        found = [weight.to(saved[2].dtype), bias.to(saved[3].dtype)]
    return for_tokens, for_shift if shifts else None, *found, None, None, None


group_norm_forward.register_autograd(_gradients, setup_context=_keep)
