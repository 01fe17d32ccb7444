"""GELU-gated units (Shazeer 2020, "GLU Variants") and their biases, as an operator.

Both halves lie in one tensor, as one product gives them, and so do their gradients, for which one product follows.
"""

import torch
from torch import Tensor

CHUNKS = 512
"""Parts of the rows whose sums are taken by themselves, so that there is work for a whole GPU."""


@torch.library.custom_op("posetraj::gated", mutates_args=())
def gated(halves: Tensor, biases: Tensor) -> Tensor:
    """Return plain * GELU(gate) (...,C) for both in a row (...,2C), to which their biases (2C,) are added before."""
    from model.fast.kernels.triton_gated import run_forward

    halves = halves.contiguous()
    units = _units(halves)
    run_forward(halves, biases.contiguous(), units)
    return units


@gated.register_fake
def _(halves: Tensor, biases: Tensor) -> Tensor:
    return _units(halves)


def _units(halves: Tensor) -> Tensor:
    return halves.new_empty(*halves.shape[:-1], halves.shape[-1] // 2)


@torch.library.custom_op("posetraj::gated_backward", mutates_args=())
def gated_backward(gradient: Tensor, halves: Tensor, biases: Tensor, sums: bool) -> tuple[Tensor, Tensor]:
    """Return the gradient of both halves (...,2C), and parts (`CHUNKS`,2C) whose sum is that of the biases.

    Args:
        gradient: of the units, (...,C).
        sums: whether the parts are wanted; they are (0,2C) otherwise.
    """
    from model.fast.kernels.triton_gated import run_backward

    halves = halves.contiguous()
    for_halves, parts = _gradients_of(halves, sums)
    run_backward(gradient.contiguous(), halves, biases.contiguous(), for_halves, parts, CHUNKS)
    return for_halves, parts


@gated_backward.register_fake
def _(gradient: Tensor, halves: Tensor, biases: Tensor, sums: bool) -> tuple[Tensor, Tensor]:
    return _gradients_of(halves, sums)


def _gradients_of(halves: Tensor, sums: bool) -> tuple[Tensor, Tensor]:
    """Where the gradient of the halves is written, and that of the biases in parts."""
    parts = halves.new_empty(CHUNKS * sums, halves.shape[-1], dtype=torch.float32)
    return torch.empty_like(halves, memory_format=torch.contiguous_format), parts


def _keep(ctx: torch.autograd.function.FunctionCtx, inputs: tuple, output: Tensor) -> None:
    ctx.save_for_backward(*inputs)


def _gradients(ctx: torch.autograd.function.FunctionCtx, gradient: Tensor) -> tuple[Tensor, Tensor | None]:
    (halves, biases), sums = ctx.saved_tensors, ctx.needs_input_grad[1]
    for_halves, parts = gated_backward(gradient, halves, biases, sums)
    return for_halves, parts.sum(dim=0).to(biases.dtype) if sums else None


gated.register_autograd(_gradients, setup_context=_keep)
