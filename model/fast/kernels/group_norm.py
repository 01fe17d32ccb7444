"""Group normalisation of what lies with its channels last, and SiLU after it, as an operator.

Wu and He 2018, "Group Normalization". Nothing is kept for the way back but the inputs and two numbers of each group.
"""

import torch
from torch import Tensor


def group_norm(
    tokens: Tensor,
    more: Tensor | None,
    shift: Tensor | None,
    weight: Tensor,
    bias: Tensor,
    groups: int,
    eps: float,
    activated: bool,
) -> Tensor:
    """Return (N,L,C) normalised over L and the channels of each group.

    Args:
        tokens, more: channels of tokens (N,L,A), and those that follow (N,L,C-A) or None: they are not joined before.
        shift: (N,S,C), added to the tokens before, each row to one of S parts of L of equal length; or None.
        weight, bias: (C,) each.
        activated: whether SiLU is applied to the result.
    """
    return group_norm_forward(tokens, more, shift, weight, bias, groups, eps, activated)[0]


@torch.library.custom_op("posetraj::group_norm", mutates_args=())
def group_norm_forward(
    tokens: Tensor,
    more: Tensor | None,
    shift: Tensor | None,
    weight: Tensor,
    bias: Tensor,
    groups: int,
    eps: float,
    activated: bool,
) -> tuple[Tensor, Tensor]:
    """Return what `group_norm` does, and (N,groups,2) mean and inverse standard deviation, float32."""
    from model.fast.kernels.triton_group_norm_forward import run_forward

    tokens, more, shift = (None if tensor is None else tensor.contiguous() for tensor in (tokens, more, shift))
    normed, stats = _results(tokens, weight, groups)
    run_forward(tokens, more, shift, weight, bias, normed, stats, eps, activated)
    return normed, stats


@group_norm_forward.register_fake
def _(
    tokens: Tensor,
    more: Tensor | None,
    shift: Tensor | None,
    weight: Tensor,
    bias: Tensor,
    groups: int,
    eps: float,
    activated: bool,
) -> tuple[Tensor, Tensor]:
    return _results(tokens, weight, groups)


def _results(tokens: Tensor, weight: Tensor, groups: int) -> tuple[Tensor, Tensor]:
    normed = tokens.new_empty(*tokens.shape[:2], len(weight))
    return normed, tokens.new_empty(len(tokens), groups, 2, dtype=torch.float32)


@torch.library.custom_op("posetraj::group_norm_backward", mutates_args=())
def group_norm_backward(
    gradient: Tensor,
    tokens: Tensor,
    more: Tensor | None,
    shift: Tensor | None,
    weight: Tensor,
    bias: Tensor,
    stats: Tensor,
    activated: bool,
    learns: bool,
    shifts: bool,
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Return the gradients of tokens, more and shift, and parts (N,2,C) whose sums are those of weight and bias.

    Args:
        gradient: of the result, (N,L,C).
        learns: whether the parts are wanted; they are (0,2,C) otherwise.
        shifts: whether the shift's is wanted; it has no rows otherwise, as that of `more` where there is none.
    """
    from model.fast.kernels.triton_group_norm_backward import run_backward

    tokens, more, shift = (None if tensor is None else tensor.contiguous() for tensor in (tokens, more, shift))
    gradients = _gradients_of(tokens, more, shift, weight, learns, shifts)
    run_backward(gradient.contiguous(), tokens, more, shift, weight, bias, stats, *gradients, activated)
    return gradients


@group_norm_backward.register_fake
def _(
    gradient: Tensor,
    tokens: Tensor,
    more: Tensor | None,
    shift: Tensor | None,
    weight: Tensor,
    bias: Tensor,
    stats: Tensor,
    activated: bool,
    learns: bool,
    shifts: bool,
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    return _gradients_of(tokens, more, shift, weight, learns, shifts)


def _gradients_of(
    tokens: Tensor, more: Tensor | None, shift: Tensor | None, weight: Tensor, learns: bool, shifts: bool
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Where the gradients of tokens, more and shift are written, and those of weight and bias in parts."""
    count, length, own = tokens.shape
    channels, segments = len(weight), 0 if shift is None else shift.shape[1]
    for_more = tokens.new_empty(count * (more is not None), length, channels - own)
    for_shift = tokens.new_empty(
        count * shifts, segments, channels, dtype=torch.float32 if shift is None else shift.dtype
    )
    parts = tokens.new_empty(count * learns, 2, channels, dtype=torch.float32)
    return torch.empty_like(tokens, memory_format=torch.contiguous_format), for_more, for_shift, parts


def _keep(ctx: torch.autograd.function.FunctionCtx, inputs: tuple, output: tuple[Tensor, Tensor]) -> None:
    *tensors, _, _, ctx.activated = inputs
    ctx.save_for_backward(*tensors, output[1])
    ctx.set_materialize_grads(False)


def _gradients(
    ctx: torch.autograd.function.FunctionCtx, gradient: Tensor | None, _: Tensor | None
) -> tuple[Tensor | None, ...]:
    if gradient is None:
        return (None,) * 8
    saved, (_, joined, shifts, *learn) = ctx.saved_tensors, ctx.needs_input_grad[:5]
    made = group_norm_backward(gradient, *saved, ctx.activated, any(learn), shifts)
    for_tokens, for_more, for_shift, parts = made
    found = [None, None]
    if any(learn):
        weight, bias = parts.sum(dim=0)
        found = [weight.to(saved[3].dtype), bias.to(saved[4].dtype)]
    return for_tokens, for_more if joined else None, for_shift if shifts else None, *found, None, None, None


group_norm_forward.register_autograd(_gradients, setup_context=_keep)
