"""GELU-gated units and their biases in one pass each way.

The pass back gives the biases' gradients with those of the units; apart they take as long again.
"""

import torch
import triton
import triton.language as tl
from torch import Tensor

ROWS, COLUMNS = 8, 128
WARPS = 2


def run_forward(plain: Tensor, gate: Tensor, plain_bias: Tensor, gate_bias: Tensor, units: Tensor) -> None:
    """Write the units (...,C), of halves that lie in a row."""
    rows, channels = plain.numel() // plain.shape[-1], plain.shape[-1]
    programs = triton.cdiv(rows, ROWS), triton.cdiv(channels, COLUMNS)
    with torch.cuda.device_of(plain):
        _gated_forward[programs](
            plain, gate, plain_bias, gate_bias, units, rows, channels, ROWS=ROWS, COLUMNS=COLUMNS, num_warps=WARPS
        )


def run_backward(
    gradient: Tensor,
    plain: Tensor,
    gate: Tensor,
    plain_bias: Tensor,
    gate_bias: Tensor,
    for_plain: Tensor,
    for_gate: Tensor,
    parts: Tensor,
    chunks: int,
) -> None:
    """Write the gradients of both halves (...,C), all of which lie in a row, and those of the biases in parts.

    Args:
        parts: (`chunks`,2,C), one for each part of the rows, or (0,2,C) where they are not wanted.
    """
    rows, channels = plain.numel() // plain.shape[-1], plain.shape[-1]
    each = triton.cdiv(triton.cdiv(rows, ROWS), chunks)
    with torch.cuda.device_of(plain):
        _gated_backward[(chunks, triton.cdiv(channels, COLUMNS))](
            gradient, plain, gate, plain_bias, gate_bias, for_plain, for_gate, parts, rows, channels, each,
            SUMS=len(parts) > 0, ROWS=ROWS, COLUMNS=COLUMNS, num_warps=WARPS,
        )  # fmt: skip


@triton.jit
def _normal(numbers):
    """The normal distribution's share below numbers, and its density without the factor 1 / sqrt(2 pi).

    Abramowitz and Stegun 1964, "Handbook of Mathematical Functions", 7.1.26, off by 1.5e-7 at most. It needs no other
    exponential than the density's; with the usual erf, units take longer to compute than to read.
    """
    density = tl.exp(-0.5 * numbers * numbers)
    part = 1.0 / (1.0 + 0.3275911 * 0.7071067811865476 * tl.abs(numbers))
    series = 1.421413741 + part * (-1.453152027 + part * 1.061405429)
    beyond = 0.5 * density * part * (0.254829592 + part * (-0.284496736 + part * series))
    return tl.where(numbers < 0, beyond, 1.0 - beyond), density


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
    below, _ = _normal(gates)
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
        below, density = _normal(gates)
        of_plain = gradients * gates * below
        of_gate = gradients * values * (below + 0.3989422804014327 * gates * density)
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
