"""The way back through group normalisation and SiLU, in three passes like the way there.

With x the shifted tokens less their group's mean and y = weight * x / deviation + bias, the tokens' gradient is
a * dy + b * x + c, with a of a channel, b and c of a group.
"""

import torch
import triton
import triton.language as tl
from torch import Tensor

from model.fast.kernels.triton_group_norm_parts import TILES, Grid, of_channels, place_of, read_tokens, sigmoid


def run_backward(
    gradient: Tensor,
    tokens: Tensor,
    more: Tensor | None,
    shift: Tensor | None,
    weight: Tensor,
    bias: Tensor,
    stats: Tensor,
    for_tokens: Tensor,
    for_more: Tensor,
    for_shift: Tensor,
    parts: Tensor,
    activated: bool,
) -> None:
    """Write the gradients of all tokens, of the shift if it has rows, and the parts of those of weight and bias."""
    count, groups, _ = stats.shape
    grid = Grid.of(tokens, shift, len(weight))
    sums, terms, width = grid.sums(tokens, 3), torch.empty_like(stats), len(weight) // groups
    shifts, learns = len(for_shift) > 0, len(parts) > 0
    shared = {"GROUPS": groups, "WIDTH": width, "ACTIVATED": activated} | TILES
    with torch.cuda.device_of(tokens):
        _group_norm_sums_backward[(grid.programs,)](
            gradient, tokens, more, shift, weight, bias, stats, sums, SHIFTS=shifts, **grid.sizes, **shared
        )
        _group_norm_join_backward[(count * groups,)](
            sums, stats, weight, terms, for_shift, parts, SHIFTS=shifts, LEARNS=learns, **grid.of_groups(groups)
        )
        _group_norm_write_backward[(grid.programs,)](
            gradient, tokens, more, shift, weight, bias, stats, terms, for_tokens, for_more, **grid.sizes, **shared
        )


@triton.jit
def _of_normed(gradient, segment, row, column, centred, scale, offset, CHANNELS: tl.constexpr,
               SEGMENT: tl.constexpr, ACTIVATED: tl.constexpr):  # fmt: skip
    """The gradient of what SiLU is applied to, zero where there are no tokens."""
    at = (segment.to(tl.int64) * SEGMENT + row) * CHANNELS + column
    found = tl.load(gradient + at, mask=(row < SEGMENT) & (column < CHANNELS), other=0.0).to(tl.float32)
    if ACTIVATED:
        before = centred * scale + offset
        open_by = sigmoid(before)
        found *= open_by * (1.0 + before * (1.0 - open_by))
    return found


@triton.jit
def _group_norm_sums_backward(gradient, tokens, more, shift, weight, bias, stats, sums,
                              CHANNELS: tl.constexpr, SPLIT: tl.constexpr, SEGMENTS: tl.constexpr,
                              SEGMENT: tl.constexpr, PARTS: tl.constexpr, PART: tl.constexpr,
                              GROUPS: tl.constexpr, WIDTH: tl.constexpr, ACTIVATED: tl.constexpr,
                              SHIFTS: tl.constexpr, ROWS: tl.constexpr, COLUMNS: tl.constexpr,
                              AHEAD: tl.constexpr):  # fmt: skip
    """Sums over a part's rows: dy, dy * x, and x where the shift's gradient is wanted."""
    part, segment, first, column = place_of(tl.program_id(0), CHANNELS, PARTS, PART, COLUMNS)
    added, scale, offset = of_channels(shift, weight, bias, stats, segment, column, CHANNELS, SEGMENTS, GROUPS, WIDTH)
    plain = tl.zeros((ROWS, COLUMNS), dtype=tl.float32)
    times = tl.zeros((ROWS, COLUMNS), dtype=tl.float32)
    seen = tl.zeros((ROWS, COLUMNS), dtype=tl.float32)
    for turn in tl.range(0, PART, ROWS, num_stages=AHEAD):
        row = first + turn + tl.arange(0, ROWS)[:, None]
        centred = read_tokens(tokens, more, segment, row, column, CHANNELS, SPLIT, SEGMENT) + added
        here = _of_normed(gradient, segment, row, column, centred, scale, offset, CHANNELS, SEGMENT, ACTIVATED)
        plain += here
        times += here * centred
        if SHIFTS:
            seen += tl.where(row < SEGMENT, centred, 0.0)
    at, there = sums + part.to(tl.int64) * 3 * CHANNELS + column, column < CHANNELS
    tl.store(at, tl.sum(plain, axis=0)[None, :], mask=there)
    tl.store(at + CHANNELS, tl.sum(times, axis=0)[None, :], mask=there)
    if SHIFTS:
        tl.store(at + 2 * CHANNELS, tl.sum(seen, axis=0)[None, :], mask=there)


@triton.jit
def _group_norm_join_backward(sums, stats, weight, terms, for_shift, parts, CHANNELS: tl.constexpr,
                              SEGMENTS: tl.constexpr, SEGMENT: tl.constexpr, PARTS: tl.constexpr,
                              PART: tl.constexpr, GROUPS: tl.constexpr, WIDTH: tl.constexpr,
                              SHIFTS: tl.constexpr, LEARNS: tl.constexpr, TILE: tl.constexpr,
                              WIDE: tl.constexpr):  # fmt: skip
    """b and c of a group, and what weight, bias and shift of its channels have of the gradient."""
    number = tl.program_id(0)
    column = tl.arange(0, WIDE)
    inside, channel = column < WIDTH, number % GROUPS * WIDTH + column
    start = number // GROUPS * (SEGMENTS * PARTS * 3 * CHANNELS) + channel
    plain = tl.zeros((TILE, WIDE), dtype=tl.float32)
    times = tl.zeros((TILE, WIDE), dtype=tl.float32)
    for turn in range(0, SEGMENTS * PARTS, TILE):
        part = turn + tl.arange(0, TILE)[:, None]
        there = (part < SEGMENTS * PARTS) & inside[None, :]
        plain += tl.load(sums + start[None, :] + part * 3 * CHANNELS, mask=there, other=0.0)
        times += tl.load(sums + start[None, :] + part * 3 * CHANNELS + CHANNELS, mask=there, other=0.0)
    of_bias, of_scale = tl.sum(plain, axis=0), tl.sum(times, axis=0)
    weights = tl.load(weight + channel, mask=inside, other=0.0).to(tl.float32)
    inverse, size = tl.load(stats + number * 2 + 1), SEGMENTS * SEGMENT * WIDTH
    slope = -inverse * inverse * inverse * tl.sum(weights * of_scale) / size
    level = -inverse * tl.sum(weights * of_bias) / size
    tl.store(terms + number * 2, slope)
    tl.store(terms + number * 2 + 1, level)
    if LEARNS:
        learned = parts + number // GROUPS * 2 * CHANNELS + channel
        tl.store(learned, inverse * of_scale, mask=inside)
        tl.store(learned + CHANNELS, of_bias, mask=inside)
    if SHIFTS:
        for segment in range(SEGMENTS):
            plain = tl.zeros((TILE, WIDE), dtype=tl.float32)
            seen = tl.zeros((TILE, WIDE), dtype=tl.float32)
            for turn in range(0, PARTS, TILE):
                part = turn + tl.arange(0, TILE)[:, None]
                there = (part < PARTS) & inside[None, :]
                of_part = sums + start[None, :] + (segment * PARTS + part) * 3 * CHANNELS
                plain += tl.load(of_part, mask=there, other=0.0)
                seen += tl.load(of_part + 2 * CHANNELS, mask=there, other=0.0)
            found = inverse * weights * tl.sum(plain, axis=0) + slope * tl.sum(seen, axis=0) + level * SEGMENT
            row = number // GROUPS * SEGMENTS + segment
            tl.store(for_shift + row * CHANNELS + channel, found, mask=inside)


@triton.jit
def _group_norm_write_backward(gradient, tokens, more, shift, weight, bias, stats, terms, for_tokens,
                               for_more, CHANNELS: tl.constexpr, SPLIT: tl.constexpr,
                               SEGMENTS: tl.constexpr, SEGMENT: tl.constexpr, PARTS: tl.constexpr,
                               PART: tl.constexpr, GROUPS: tl.constexpr, WIDTH: tl.constexpr,
                               ACTIVATED: tl.constexpr, ROWS: tl.constexpr, COLUMNS: tl.constexpr,
                               AHEAD: tl.constexpr):  # fmt: skip
    number = tl.num_programs(0) - 1 - tl.program_id(0)
    _, segment, first, column = place_of(number, CHANNELS, PARTS, PART, COLUMNS)
    added, scale, offset = of_channels(shift, weight, bias, stats, segment, column, CHANNELS, SEGMENTS, GROUPS, WIDTH)
    group = (segment // SEGMENTS * GROUPS + column // WIDTH) * 2
    slope = tl.load(terms + group, mask=column < CHANNELS, other=0.0)
    level = tl.load(terms + group + 1, mask=column < CHANNELS, other=0.0)
    for turn in tl.range(0, PART, ROWS, num_stages=AHEAD):
        row = first + turn + tl.arange(0, ROWS)[:, None]
        centred = read_tokens(tokens, more, segment, row, column, CHANNELS, SPLIT, SEGMENT) + added
        here = _of_normed(gradient, segment, row, column, centred, scale, offset, CHANNELS, SEGMENT, ACTIVATED)
        found = here * scale + centred * slope + level
        place, there = segment.to(tl.int64) * SEGMENT + row, row < SEGMENT
        tl.store(for_tokens + place * SPLIT + column, found, mask=there & (column < SPLIT))
        if more is not None:
            mask = there & (column >= SPLIT) & (column < CHANNELS)
            tl.store(for_more + place * (CHANNELS - SPLIT) + column - SPLIT, found, mask=mask)
