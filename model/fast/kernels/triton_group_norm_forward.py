"""Group normalisation and SiLU in three passes, of which two run over all tokens.

Sums are taken of parts of the rows and of a few channels at once, along the memory, then joined for each group. The
second pass runs from the end, since what was read last is still in the cache.
"""

import torch
import triton
import triton.language as tl
from torch import Tensor

from model.fast.kernels.triton_group_norm_parts import TILES, Grid, of_channels, place_of, read_tokens, sigmoid


def run_forward(
    tokens: Tensor,
    more: Tensor | None,
    shift: Tensor | None,
    weight: Tensor,
    bias: Tensor,
    normed: Tensor,
    stats: Tensor,
    eps: float,
    activated: bool,
) -> None:
    """Write the result (N,L,C) and the groups' means and inverse deviations (N,groups,2); all lie in a row."""
    count, groups, _ = stats.shape
    grid = Grid.of(tokens, shift, len(weight))
    sums, width = grid.sums(tokens, 2), len(weight) // groups
    with torch.cuda.device_of(tokens):
        _group_norm_sums_forward[(grid.programs,)](tokens, more, shift, sums, **grid.sizes, **TILES)
        _group_norm_join_forward[(count * groups,)](sums, stats, eps, **grid.of_groups(groups))
        _group_norm_write_forward[(grid.programs,)](
            tokens, more, shift, weight, bias, stats, normed, GROUPS=groups, WIDTH=width, ACTIVATED=activated,
            **grid.sizes, **TILES,
        )  # fmt: skip


@triton.jit
def _group_norm_sums_forward(tokens, more, shift, sums, CHANNELS: tl.constexpr, SPLIT: tl.constexpr,
                             SEGMENTS: tl.constexpr, SEGMENT: tl.constexpr, PARTS: tl.constexpr,
                             PART: tl.constexpr, ROWS: tl.constexpr, COLUMNS: tl.constexpr,
                             AHEAD: tl.constexpr):  # fmt: skip
    """The mean of a part's rows and their squared distances from it, gathered about its first row."""
    part, segment, first, column = place_of(tl.program_id(0), CHANNELS, PARTS, PART, COLUMNS)
    start = read_tokens(tokens, more, segment, first, column, CHANNELS, SPLIT, SEGMENT)
    total = tl.zeros((ROWS, COLUMNS), dtype=tl.float32)
    squares = tl.zeros((ROWS, COLUMNS), dtype=tl.float32)
    for turn in tl.range(0, PART, ROWS, num_stages=AHEAD):
        row = first + turn + tl.arange(0, ROWS)[:, None]
        apart = read_tokens(tokens, more, segment, row, column, CHANNELS, SPLIT, SEGMENT) - start
        apart = tl.where(row < SEGMENT, apart, 0.0)
        total += apart
        squares += apart * apart
    count = tl.minimum(SEGMENT - first, PART).to(tl.float32)
    far = tl.sum(total, axis=0)[None, :] / count
    mean = start + far
    if shift is not None:
        mean += tl.load(shift + segment * CHANNELS + column, mask=column < CHANNELS, other=0.0).to(tl.float32)
    at = sums + part.to(tl.int64) * 2 * CHANNELS + column
    tl.store(at, mean, mask=column < CHANNELS)
    tl.store(at + CHANNELS, tl.sum(squares, axis=0)[None, :] - count * far * far, mask=column < CHANNELS)


@triton.jit
def _group_norm_join_forward(sums, stats, eps, CHANNELS: tl.constexpr, SEGMENTS: tl.constexpr,
                             SEGMENT: tl.constexpr, PARTS: tl.constexpr, PART: tl.constexpr,
                             GROUPS: tl.constexpr, WIDTH: tl.constexpr, TILE: tl.constexpr,
                             WIDE: tl.constexpr):  # fmt: skip
    """Mean and inverse deviation of a group, of all parts and channels."""
    number = tl.program_id(0)
    column, size = tl.arange(0, WIDE)[None, :], SEGMENTS * SEGMENT * WIDTH
    start = number // GROUPS * (SEGMENTS * PARTS * 2 * CHANNELS) + number % GROUPS * WIDTH + column
    gathered = tl.zeros((TILE, WIDE), dtype=tl.float32)
    for turn in range(0, SEGMENTS * PARTS, TILE):
        part = turn + tl.arange(0, TILE)[:, None]
        there = (part < SEGMENTS * PARTS) & (column < WIDTH)
        rows = tl.minimum(SEGMENT - part % PARTS * PART, PART)
        gathered += rows * tl.load(sums + start + part * 2 * CHANNELS, mask=there, other=0.0)
    mean = tl.sum(gathered) / size
    gathered = tl.zeros((TILE, WIDE), dtype=tl.float32)
    for turn in range(0, SEGMENTS * PARTS, TILE):
        part = turn + tl.arange(0, TILE)[:, None]
        there = (part < SEGMENTS * PARTS) & (column < WIDTH)
        rows = tl.minimum(SEGMENT - part % PARTS * PART, PART)
        far = tl.load(sums + start + part * 2 * CHANNELS, mask=there, other=0.0) - mean
        gathered += tl.load(sums + start + part * 2 * CHANNELS + CHANNELS, mask=there, other=0.0)
        gathered += tl.where(there, rows * far * far, 0.0)
    tl.store(stats + number * 2, mean)
    tl.store(stats + number * 2 + 1, 1.0 / tl.sqrt(tl.sum(gathered) / size + eps))


@triton.jit
def _group_norm_write_forward(tokens, more, shift, weight, bias, stats, normed, CHANNELS: tl.constexpr,
                              SPLIT: tl.constexpr, SEGMENTS: tl.constexpr, SEGMENT: tl.constexpr,
                              PARTS: tl.constexpr, PART: tl.constexpr, GROUPS: tl.constexpr,
                              WIDTH: tl.constexpr, ACTIVATED: tl.constexpr, ROWS: tl.constexpr,
                              COLUMNS: tl.constexpr, AHEAD: tl.constexpr):  # fmt: skip
    number = tl.num_programs(0) - 1 - tl.program_id(0)
    _, segment, first, column = place_of(number, CHANNELS, PARTS, PART, COLUMNS)
    added, scale, offset = of_channels(shift, weight, bias, stats, segment, column, CHANNELS, SEGMENTS, GROUPS, WIDTH)
    for turn in tl.range(0, PART, ROWS, num_stages=AHEAD):
        row = first + turn + tl.arange(0, ROWS)[:, None]
        said = (read_tokens(tokens, more, segment, row, column, CHANNELS, SPLIT, SEGMENT) + added) * scale + offset
        if ACTIVATED:
            said *= sigmoid(said)
        at = (segment.to(tl.int64) * SEGMENT + row) * CHANNELS + column
        tl.store(normed + at, said, mask=(row < SEGMENT) & (column < CHANNELS))
