"""Group normalisation and SiLU in three passes each way, of which two run over all tokens.

Sums are taken of parts of the rows and of a few channels at once, along the memory, then joined for each group. The
second pass runs from the end, since what was read last is still in the cache. With x the shifted tokens less their
group's mean and y = weight * x / deviation + bias, the tokens' gradient is a * dy + b * x + c, with a of a channel, b
and c of a group.
"""

from dataclasses import dataclass

import torch
import triton
import triton.language as tl
from torch import Tensor

PART, ROWS, COLUMNS = 256, 16, 64
"""Rows of a program, of which so many, of so many channels, are held at once."""


@dataclass(frozen=True)
class _Grid:
    """How (N,L,C) is divided among programs; L lies in S segments, each of which has a shift of its own.

    The first `SPLIT` channels lie apart from the others.
    """

    programs: int
    parts: int
    sizes: dict[str, int]

    @classmethod
    def of(cls, tokens: Tensor, shift: Tensor | None, channels: int) -> "_Grid":
        count, length, own = tokens.shape
        segments = 1 if shift is None else shift.shape[1]
        if length % segments:
            raise ValueError(f"{length} tokens cannot be {segments} parts of equal length")
        segment = length // segments
        parts = triton.cdiv(segment, PART)
        sizes = {
            "CHANNELS": channels,
            "SPLIT": own,
            "SEGMENTS": segments,
            "SEGMENT": segment,
            "PARTS": parts,
            "PART": PART,
        }
        return cls(count * segments * parts * triton.cdiv(channels, COLUMNS), segments * parts, sizes)

    def sums(self, tokens: Tensor, kinds: int) -> Tensor:
        """Where sums of all parts are written: (N,S*parts,kinds,C)."""
        return tokens.new_empty(len(tokens), self.parts, kinds, self.sizes["CHANNELS"], dtype=torch.float32)

    def of_groups(self, groups: int) -> dict[str, int]:
        """Sizes for the programs of single groups."""
        width = self.sizes["CHANNELS"] // groups
        tile = {"GROUPS": groups, "WIDTH": width, "TILE": 16, "WIDE": triton.next_power_of_2(width)}
        return {name: size for name, size in self.sizes.items() if name != "SPLIT"} | tile


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
    grid = _Grid.of(tokens, shift, len(weight))
    sums, width = grid.sums(tokens, 2), len(weight) // groups
    tiles = {"ROWS": ROWS, "COLUMNS": COLUMNS}
    with torch.cuda.device_of(tokens):
        _group_norm_sums_forward[(grid.programs,)](tokens, more, shift, sums, **grid.sizes, **tiles)
        _group_norm_join_forward[(count * groups,)](sums, stats, eps, **grid.of_groups(groups))
        _group_norm_write_forward[(grid.programs,)](
            tokens, more, shift, weight, bias, stats, normed, GROUPS=groups, WIDTH=width, ACTIVATED=activated,
            **grid.sizes, **tiles,
        )  # fmt: skip


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
    grid = _Grid.of(tokens, shift, len(weight))
    sums, terms, width = grid.sums(tokens, 3), torch.empty_like(stats), len(weight) // groups
    shifts, learns = len(for_shift) > 0, len(parts) > 0
    shared = {"GROUPS": groups, "WIDTH": width, "ACTIVATED": activated, "ROWS": ROWS, "COLUMNS": COLUMNS}
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
def _place(number, CHANNELS: tl.constexpr, PARTS: tl.constexpr, PART: tl.constexpr, COLUMNS: tl.constexpr):
    """The part, its segment, the first of its rows in that, and the columns of a program."""
    blocks: tl.constexpr = (CHANNELS + COLUMNS - 1) // COLUMNS
    part = number // blocks
    return part, part // PARTS, part % PARTS * PART, (number % blocks * COLUMNS + tl.arange(0, COLUMNS))[None, :]


@triton.jit
def _read(tokens, more, segment, row, column, CHANNELS: tl.constexpr, SPLIT: tl.constexpr, SEGMENT: tl.constexpr):
    """Tokens of rows of a segment, zero where there are none."""
    place, there = segment.to(tl.int64) * SEGMENT + row, row < SEGMENT
    found = tl.load(tokens + place * SPLIT + column, mask=there & (column < SPLIT), other=0.0).to(tl.float32)
    if more is not None:
        mask = there & (column >= SPLIT) & (column < CHANNELS)
        found += tl.load(more + place * (CHANNELS - SPLIT) + column - SPLIT, mask=mask, other=0.0).to(tl.float32)
    return found


@triton.jit
def _of_channels(shift, weight, bias, stats, segment, column, CHANNELS: tl.constexpr, SEGMENTS: tl.constexpr,
                 GROUPS: tl.constexpr, WIDTH: tl.constexpr):  # fmt: skip
    """What is added to the tokens of each column, that they are centred; what they are multiplied with; the bias."""
    there = column < CHANNELS
    group = (segment // SEGMENTS * GROUPS + column // WIDTH) * 2
    added = -tl.load(stats + group, mask=there, other=0.0)
    if shift is not None:
        added += tl.load(shift + segment * CHANNELS + column, mask=there, other=0.0).to(tl.float32)
    scale = tl.load(stats + group + 1, mask=there, other=0.0)
    scale *= tl.load(weight + column, mask=there, other=0.0).to(tl.float32)
    return added, scale, tl.load(bias + column, mask=there, other=0.0).to(tl.float32)


@triton.jit
def _group_norm_sums_forward(tokens, more, shift, sums, CHANNELS: tl.constexpr, SPLIT: tl.constexpr, SEGMENTS: tl.constexpr,
                  SEGMENT: tl.constexpr, PARTS: tl.constexpr, PART: tl.constexpr, ROWS: tl.constexpr,
                  COLUMNS: tl.constexpr):  # fmt: skip
    """The mean of a part's rows and their squared distances from it, gathered about its first row."""
    part, segment, first, column = _place(tl.program_id(0), CHANNELS, PARTS, PART, COLUMNS)
    start = _read(tokens, more, segment, first, column, CHANNELS, SPLIT, SEGMENT)
    total = tl.zeros((ROWS, COLUMNS), dtype=tl.float32)
    squares = tl.zeros((ROWS, COLUMNS), dtype=tl.float32)
    for turn in range(0, PART, ROWS):
        row = first + turn + tl.arange(0, ROWS)[:, None]
        apart = _read(tokens, more, segment, row, column, CHANNELS, SPLIT, SEGMENT) - start
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
def _group_norm_join_forward(sums, stats, eps, CHANNELS: tl.constexpr, SEGMENTS: tl.constexpr, SEGMENT: tl.constexpr,
                  PARTS: tl.constexpr, PART: tl.constexpr, GROUPS: tl.constexpr, WIDTH: tl.constexpr,
                  TILE: tl.constexpr, WIDE: tl.constexpr):  # fmt: skip
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
def _group_norm_write_forward(tokens, more, shift, weight, bias, stats, normed, CHANNELS: tl.constexpr, SPLIT: tl.constexpr,
                   SEGMENTS: tl.constexpr, SEGMENT: tl.constexpr, PARTS: tl.constexpr, PART: tl.constexpr,
                   GROUPS: tl.constexpr, WIDTH: tl.constexpr, ACTIVATED: tl.constexpr, ROWS: tl.constexpr,
                   COLUMNS: tl.constexpr):  # fmt: skip
    number = tl.num_programs(0) - 1 - tl.program_id(0)
    _, segment, first, column = _place(number, CHANNELS, PARTS, PART, COLUMNS)
    added, scale, offset = _of_channels(shift, weight, bias, stats, segment, column, CHANNELS, SEGMENTS, GROUPS, WIDTH)
    for turn in range(0, PART, ROWS):
        row = first + turn + tl.arange(0, ROWS)[:, None]
        said = (_read(tokens, more, segment, row, column, CHANNELS, SPLIT, SEGMENT) + added) * scale + offset
        if ACTIVATED:
            said = said / (1.0 + tl.exp(-said))
        at = (segment.to(tl.int64) * SEGMENT + row) * CHANNELS + column
        tl.store(normed + at, said, mask=(row < SEGMENT) & (column < CHANNELS))


@triton.jit
def _of_normed(gradient, segment, row, column, centred, scale, offset, CHANNELS: tl.constexpr, SEGMENT: tl.constexpr,
               ACTIVATED: tl.constexpr):  # fmt: skip
    """The gradient of what SiLU is applied to, zero where there are no tokens."""
    at = (segment.to(tl.int64) * SEGMENT + row) * CHANNELS + column
    found = tl.load(gradient + at, mask=(row < SEGMENT) & (column < CHANNELS), other=0.0).to(tl.float32)
    if ACTIVATED:
        before = centred * scale + offset
        open_by = 1.0 / (1.0 + tl.exp(-before))
        found *= open_by * (1.0 + before * (1.0 - open_by))
    return found


@triton.jit
def _group_norm_sums_backward(gradient, tokens, more, shift, weight, bias, stats, sums, CHANNELS: tl.constexpr,
                   SPLIT: tl.constexpr, SEGMENTS: tl.constexpr, SEGMENT: tl.constexpr, PARTS: tl.constexpr,
                   PART: tl.constexpr, GROUPS: tl.constexpr, WIDTH: tl.constexpr, ACTIVATED: tl.constexpr,
                   SHIFTS: tl.constexpr, ROWS: tl.constexpr, COLUMNS: tl.constexpr):  # fmt: skip
    """Sums over a part's rows: dy, dy * x, and x where the shift's gradient is wanted."""
    part, segment, first, column = _place(tl.program_id(0), CHANNELS, PARTS, PART, COLUMNS)
    added, scale, offset = _of_channels(shift, weight, bias, stats, segment, column, CHANNELS, SEGMENTS, GROUPS, WIDTH)
    plain = tl.zeros((ROWS, COLUMNS), dtype=tl.float32)
    times = tl.zeros((ROWS, COLUMNS), dtype=tl.float32)
    seen = tl.zeros((ROWS, COLUMNS), dtype=tl.float32)
    for turn in range(0, PART, ROWS):
        row = first + turn + tl.arange(0, ROWS)[:, None]
        centred = _read(tokens, more, segment, row, column, CHANNELS, SPLIT, SEGMENT) + added
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
def _group_norm_join_backward(sums, stats, weight, terms, for_shift, parts, CHANNELS: tl.constexpr, SEGMENTS: tl.constexpr,
                   SEGMENT: tl.constexpr, PARTS: tl.constexpr, PART: tl.constexpr, GROUPS: tl.constexpr,
                   WIDTH: tl.constexpr, SHIFTS: tl.constexpr, LEARNS: tl.constexpr, TILE: tl.constexpr,
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
def _group_norm_write_backward(gradient, tokens, more, shift, weight, bias, stats, terms, for_tokens, for_more,
                    CHANNELS: tl.constexpr, SPLIT: tl.constexpr, SEGMENTS: tl.constexpr, SEGMENT: tl.constexpr,
                    PARTS: tl.constexpr, PART: tl.constexpr, GROUPS: tl.constexpr, WIDTH: tl.constexpr,
                    ACTIVATED: tl.constexpr, ROWS: tl.constexpr, COLUMNS: tl.constexpr):  # fmt: skip
    number = tl.num_programs(0) - 1 - tl.program_id(0)
    _, segment, first, column = _place(number, CHANNELS, PARTS, PART, COLUMNS)
    added, scale, offset = _of_channels(shift, weight, bias, stats, segment, column, CHANNELS, SEGMENTS, GROUPS, WIDTH)
    group = (segment // SEGMENTS * GROUPS + column // WIDTH) * 2
    slope = tl.load(terms + group, mask=column < CHANNELS, other=0.0)
    level = tl.load(terms + group + 1, mask=column < CHANNELS, other=0.0)
    for turn in range(0, PART, ROWS):
        row = first + turn + tl.arange(0, ROWS)[:, None]
        centred = _read(tokens, more, segment, row, column, CHANNELS, SPLIT, SEGMENT) + added
        here = _of_normed(gradient, segment, row, column, centred, scale, offset, CHANNELS, SEGMENT, ACTIVATED)
        found = here * scale + centred * slope + level
        place, there = segment.to(tl.int64) * SEGMENT + row, row < SEGMENT
        tl.store(for_tokens + place * SPLIT + column, found, mask=there & (column < SPLIT))
        if more is not None:
            mask = there & (column >= SPLIT) & (column < CHANNELS)
            tl.store(for_more + place * (CHANNELS - SPLIT) + column - SPLIT, found, mask=mask)
