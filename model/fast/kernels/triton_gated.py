"""GELU-gated units and their biases in one pass each way.

The pass back gives the biases' gradients with those of the units; apart they take as long again.
"""

import torch
import triton
import triton.language as tl
from torch import Tensor

ROWS, COLUMNS = 8, 128
WARPS = 2


def run_forward(halves: Tensor, biases: Tensor, units: Tensor) -> None:
    """Write the units (...,C) of plain and gate (...,2C), which lie in a row."""
    rows, channels = units.numel() // units.shape[-1], units.shape[-1]
    programs = triton.cdiv(rows, ROWS), triton.cdiv(channels, COLUMNS)
    with torch.cuda.device_of(halves):
        _gated_forward[programs](halves, biases, units, rows, channels, ROWS=ROWS, COLUMNS=COLUMNS, num_warps=WARPS)


def run_backward(
    gradient: Tensor, halves: Tensor, biases: Tensor, for_halves: Tensor, parts: Tensor, chunks: int
) -> None:
    """Write the gradient of the halves (...,2C), all of which lie in a row, and that of the biases in parts.

    Args:
        gradient: of the units, (...,C).
        parts: (`chunks`,2C), one for each part of the rows, or (0,2C) where they are not wanted.
    """
    rows, channels = gradient.numel() // gradient.shape[-1], gradient.shape[-1]
    each = triton.cdiv(triton.cdiv(rows, ROWS), chunks)
    with torch.cuda.device_of(halves):
        _gated_backward[(chunks, triton.cdiv(channels, COLUMNS))](
            gradient, halves, biases, for_halves, parts, rows, channels, each,
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
def _gated_forward(halves, biases, units, rows, channels, ROWS: tl.constexpr, COLUMNS: tl.constexpr):
    row = tl.program_id(0).to(tl.int64) * ROWS + tl.arange(0, ROWS)[:, None]
    column = tl.program_id(1) * COLUMNS + tl.arange(0, COLUMNS)[None, :]
    at, there = row * 2 * channels + column, (row < rows) & (column < channels)
    values = tl.load(halves + at, mask=there).to(tl.float32)
    values += tl.load(biases + column, mask=column < channels).to(tl.float32)
    gates = tl.load(halves + at + channels, mask=there).to(tl.float32)
    gates += tl.load(biases + channels + column, mask=column < channels).to(tl.float32)
    below, _ = _normal(gates)
    tl.store(units + row * channels + column, values * gates * below, mask=there)


@triton.jit
def _gated_backward(gradient, halves, biases, for_halves, parts, rows, channels, each, SUMS: tl.constexpr,
                    ROWS: tl.constexpr, COLUMNS: tl.constexpr):  # fmt: skip
    column = tl.program_id(1) * COLUMNS + tl.arange(0, COLUMNS)[None, :]
    shift = tl.load(biases + column, mask=column < channels, other=0.0).to(tl.float32)
    gate_shift = tl.load(biases + channels + column, mask=column < channels, other=0.0).to(tl.float32)
    sum_plain = tl.zeros((ROWS, COLUMNS), dtype=tl.float32)
    sum_gate = tl.zeros((ROWS, COLUMNS), dtype=tl.float32)
    first = tl.program_id(0).to(tl.int64) * each * ROWS
    for turn in range(each):
        row = first + turn * ROWS + tl.arange(0, ROWS)[:, None]
        at, there = row * 2 * channels + column, (row < rows) & (column < channels)
        gradients = tl.load(gradient + row * channels + column, mask=there, other=0.0).to(tl.float32)
        values = tl.load(halves + at, mask=there, other=0.0).to(tl.float32) + shift
        gates = tl.load(halves + at + channels, mask=there, other=0.0).to(tl.float32) + gate_shift
        below, density = _normal(gates)
        of_plain = gradients * gates * below
        of_gate = gradients * values * (below + 0.3989422804014327 * gates * density)
        tl.store(for_halves + at, of_plain, mask=there)
        tl.store(for_halves + at + channels, of_gate, mask=there)
        if SUMS:
            sum_plain += of_plain
            sum_gate += of_gate
    if SUMS:
        at = tl.program_id(0) * 2 * channels + tl.program_id(1) * COLUMNS + tl.arange(0, COLUMNS)
        there = tl.program_id(1) * COLUMNS + tl.arange(0, COLUMNS) < channels
        tl.store(parts + at, tl.sum(sum_plain, axis=0), mask=there)
        tl.store(parts + at + channels, tl.sum(sum_gate, axis=0), mask=there)
