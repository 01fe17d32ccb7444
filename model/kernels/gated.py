"""GELU-gated units (Shazeer 2020, "GLU Variants") and their biases, as an operator."""

import torch
from torch import Tensor

CHUNKS = 512
"""Parts of the rows whose sums are taken by themselves, so that there is work for a whole GPU."""


@torch.library.custom_op("posetraj::gated", mutates_args=())
def gated(plain: Tensor, gate: Tensor, plain_bias: Tensor, gate_bias: Tensor) -> Tensor:
    """Return (plain + its bias) * GELU(gate + its bias) for (...,C), with biases (C,)."""
    from model.kernels.triton_gated import run_forward

    plain, gate = plain.contiguous(), gate.contiguous()
    units = torch.empty_like(plain)
    run_forward(plain, gate, plain_bias, gate_bias, units)
    return units


@gated.register_fake
def _(plain: Tensor, gate: Tensor, plain_bias: Tensor, gate_bias: Tensor) -> Tensor:
    return torch.empty_like(plain, memory_format=torch.contiguous_format)


@torch.library.custom_op("posetraj::gated_backward", mutates_args=())
def gated_backward(
    gradient: Tensor, plain: Tensor, gate: Tensor, plain_bias: Tensor, gate_bias: Tensor, sums: bool
) -> tuple[Tensor, Tensor, Tensor]:
    """Return the gradients of both halves (...,C), and parts (`CHUNKS`,2,C) whose sum is that of the biases.

    Args:
        gradient: of the units, (...,C).
        sums: whether the parts are wanted; they are (0,2,C) otherwise.
    """
    from model.kernels.triton_gated import run_backward

    gradient, plain, gate = gradient.contiguous(), plain.contiguous(), gate.contiguous()
    for_plain, for_gate, parts = torch.empty_like(plain), torch.empty_like(gate), _parts(plain, sums)
    run_backward(gradient, plain, gate, plain_bias, gate_bias, for_plain, for_gate, parts, CHUNKS)
    return for_plain, for_gate, parts


@gated_backward.register_fake
def _(
    gradient: Tensor, plain: Tensor, gate: Tensor, plain_bias: Tensor, gate_bias: Tensor, sums: bool
) -> tuple[Tensor, Tensor, Tensor]:
    for_plain, for_gate = (torch.empty_like(tensor, memory_format=torch.contiguous_format) for tensor in (plain, gate))
    return for_plain, for_gate, _parts(plain, sums)


def _parts(plain: Tensor, sums: bool) -> Tensor:
    return plain.new_empty(CHUNKS * sums, 2, plain.shape[-1], dtype=torch.float32)


def _keep(ctx: torch.autograd.function.FunctionCtx, inputs: tuple, output: Tensor) -> None:
    ctx.save_for_backward(*inputs)


def _gradients(ctx: torch.autograd.function.FunctionCtx, gradient: Tensor) -> tuple[Tensor | None, ...]:
    saved, sums = ctx.saved_tensors, any(ctx.needs_input_grad[2:])
    for_plain, for_gate, parts = gated_backward(gradient, *saved, sums)
    if not sums:
        return for_plain, for_gate, None, None
    for_biases = parts.sum(dim=0).to(saved[2].dtype)
    return for_plain, for_gate, for_biases[0], for_biases[1]


gated.register_autograd(_gradients, setup_context=_keep)
