"""GELU-gated units (Shazeer 2020, "GLU Variants") and their biases in one pass each way.

The pass back gives the biases' gradients with those of the units; apart they take as long again.
"""

import torch
import triton
import triton.language as tl
from torch import Tensor

CHUNKS = 128
"""Parts of the rows whose sums are taken by themselves, so that there is work for a whole GPU."""


@torch.library.custom_op("posetraj::gated", mutates_args=())
def gated(plain: Tensor, gate: Tensor, plain_bias: Tensor, gate_bias: Tensor) -> Tensor:
    """Return (plain + its bias) * GELU(gate + its bias) for (...,C), with biases (C,)."""
    plain, gate = plain.contiguous(), gate.contiguous()
    units = torch.empty_like(plain)
    rows, channels = plain.numel() // plain.shape[-1], plain.shape[-1]
    programs = triton.cdiv(rows, 16), triton.cdiv(channels, 128)
    _gated_forward[programs](
        plain, gate, plain_bias, gate_bias, units, rows, channels, ROWS=16, COLUMNS=128, num_warps=8
    )
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
    gradient, plain, gate = gradient.contiguous(), plain.contiguous(), gate.contiguous()
    for_plain, for_gate, parts = torch.empty_like(plain), torch.empty_like(gate), _parts(plain, sums)
    rows, channels = plain.numel() // plain.shape[-1], plain.shape[-1]
    each = triton.cdiv(triton.cdiv(rows, 16), CHUNKS)
    _gated_backward[(CHUNKS, triton.cdiv(channels, 128))](
        gradient, plain, gate, plain_bias, gate_bias, for_plain, for_gate, parts, rows, channels, each,
        SUMS=sums, ROWS=16, COLUMNS=128,
    )  # fmt: skip
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
    sums = any(ctx.needs_input_grad[2:])
    for_plain, for_gate, parts = gated_backward(gradient, *ctx.saved_tensors, sums)
    if not sums:
        return for_plain, for_gate, None, None
    for_biases = parts.sum(dim=0).to(ctx.saved_tensors[2].dtype)
    return for_plain, for_gate, for_biases[0], for_biases[1]


gated.register_autograd(_gradients, setup_context=_keep)


@triton.jit
def _gated_forward(
    plain, gate, plain_bias, gate_bias, units, rows, channels, ROWS: tl.constexpr, COLUMNS: tl.constexpr
):
    row = tl.program_id(0).to(tl.int64) * ROWS + tl.arange(0, ROWS)[:, None]
    column = tl.program_id(1) * COLUMNS + tl.arange(0, COLUMNS)[None, :]
    at, there = row * channels + column, (row < rows) & (column < channels)
    values = tl.load(plain + at, mask=there).to(tl.float32)
    values += tl.load(plain_bias + column, mask=column < channels).to(tl.float32)
    gates = tl.load(gate + at, mask=there).to(tl.float32)
    gates += tl.load(gate_bias + column, mask=column < channels).to(tl.float32)
    below = 0.5 + 0.5 * tl.erf(gates * 0.7071067811865476)  # the normal distribution's share below the gate
    tl.store(units + at, values * gates * below, mask=there)


@triton.jit
def _gated_backward(gradient, plain, gate, plain_bias, gate_bias, for_plain, for_gate, parts, rows, channels, each,
                    SUMS: tl.constexpr, ROWS: tl.constexpr, COLUMNS: tl.constexpr):  # fmt: skip
    column = tl.program_id(1) * COLUMNS + tl.arange(0, COLUMNS)[None, :]
    shift = tl.load(plain_bias + column, mask=column < channels, other=0.0).to(tl.float32)
    gate_shift = tl.load(gate_bias + column, mask=column < channels, other=0.0).to(tl.float32)
    sum_plain = tl.zeros((ROWS, COLUMNS), dtype=tl.float32)
    sum_gate = tl.zeros((ROWS, COLUMNS), dtype=tl.float32)
    first = tl.program_id(0).to(tl.int64) * each * ROWS
    for turn in range(each):
        row = first + turn * ROWS + tl.arange(0, ROWS)[:, None]
        at, there = row * channels + column, (row < rows) & (column < channels)
        gradients = tl.load(gradient + at, mask=there, other=0.0).to(tl.float32)
        values = tl.load(plain + at, mask=there, other=0.0).to(tl.float32) + shift
        gates = tl.load(gate + at, mask=there, other=0.0).to(tl.float32) + gate_shift
        below = 0.5 + 0.5 * tl.erf(gates * 0.7071067811865476)
        density = 0.3989422804014327 * tl.exp(-0.5 * gates * gates)
        of_plain, of_gate = gradients * gates * below, gradients * values * (below + gates * density)
        tl.store(for_plain + at, of_plain, mask=there)
        tl.store(for_gate + at, of_gate, mask=there)
        if SUMS:
            sum_plain += of_plain
            sum_gate += of_gate
    if SUMS:
        at = tl.program_id(0) * 2 * channels + tl.program_id(1) * COLUMNS + tl.arange(0, COLUMNS)
        there = tl.program_id(1) * COLUMNS + tl.arange(0, COLUMNS) < channels
        tl.store(parts + at, tl.sum(sum_plain, axis=0), mask=there)
        tl.store(parts + at + channels, tl.sum(sum_gate, axis=0), mask=there)
