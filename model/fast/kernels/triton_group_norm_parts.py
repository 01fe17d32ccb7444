"""How group normalisation is divided among programs, and what its passes share in both directions."""

from dataclasses import dataclass

import torch
import triton
import triton.language as tl
from torch import Tensor

PART = 256
"""Rows of a program."""
TILES = {"ROWS": 16, "COLUMNS": 64, "AHEAD": 4, "num_warps": 2}
"""Rows and channels that are held at once; stages of the loop over such tiles, of which one is worked on while the
others are read; and warps of a program, few, so that each has much on its way."""


@dataclass(frozen=True)
class Grid:
    """How (N,L,C) is divided among programs; L lies in S segments, each of which has a shift of its own.

    Attributes:
        programs: of the passes that run over all tokens.
        parts: of the rows of each of N.
        sizes: what kernels are made for; the first `SPLIT` channels lie apart from the others.
    """

    programs: int
    parts: int
    sizes: dict[str, int]

    @classmethod
    def of(cls, tokens: Tensor, shift: Tensor | None, channels: int) -> "Grid":
        """Divide tokens (N,L,SPLIT) and those that follow, `channels` in all. Raises ValueError for a rest of L."""
        count, length, own = tokens.shape
        segments = 1 if shift is None else shift.shape[1]
        if length % segments:
            raise ValueError(f"{length} tokens cannot be {segments} parts of equal length")
        segment = length // segments
        parts = triton.cdiv(segment, PART)
        rows = {"SEGMENTS": segments, "SEGMENT": segment, "PARTS": parts, "PART": PART}
        sizes = {"CHANNELS": channels, "SPLIT": own} | rows
        return cls(count * segments * parts * triton.cdiv(channels, TILES["COLUMNS"]), segments * parts, sizes)

    def sums(self, tokens: Tensor, kinds: int) -> Tensor:
        """Where sums of all parts are written: (N,S*parts,kinds,C)."""
        return tokens.new_empty(len(tokens), self.parts, kinds, self.sizes["CHANNELS"], dtype=torch.float32)

    def of_groups(self, groups: int) -> dict[str, int]:
        """Sizes for the programs of single groups."""
        width = self.sizes["CHANNELS"] // groups
        tile = {"GROUPS": groups, "WIDTH": width, "TILE": 16, "WIDE": triton.next_power_of_2(width)}
        return {name: size for name, size in self.sizes.items() if name != "SPLIT"} | tile


@triton.jit
def place_of(number, CHANNELS: tl.constexpr, PARTS: tl.constexpr, PART: tl.constexpr, COLUMNS: tl.constexpr):
    """The part, its segment, the first of its rows in that, and the columns of a program."""
    blocks: tl.constexpr = (CHANNELS + COLUMNS - 1) // COLUMNS
    part = number // blocks
    return part, part // PARTS, part % PARTS * PART, (number % blocks * COLUMNS + tl.arange(0, COLUMNS))[None, :]


@triton.jit
def read_tokens(tokens, more, segment, row, column, CHANNELS: tl.constexpr, SPLIT: tl.constexpr, SEGMENT: tl.constexpr):
    """Tokens of rows of a segment, zero where there are none."""
    place, there = segment.to(tl.int64) * SEGMENT + row, row < SEGMENT
    found = tl.load(tokens + place * SPLIT + column, mask=there & (column < SPLIT), other=0.0).to(tl.float32)
    if more is not None:
        mask = there & (column >= SPLIT) & (column < CHANNELS)
        found += tl.load(more + place * (CHANNELS - SPLIT) + column - SPLIT, mask=mask, other=0.0).to(tl.float32)
    return found


@triton.jit
def sigmoid(numbers):
    """Without a division, which takes several times as long."""
    root = tl.rsqrt(1.0 + tl.exp(-numbers))
    return root * root


@triton.jit
def of_channels(shift, weight, bias, stats, segment, column, CHANNELS: tl.constexpr,
                SEGMENTS: tl.constexpr, GROUPS: tl.constexpr, WIDTH: tl.constexpr):  # fmt: skip
    """What is added to the tokens of each column, that they are centred; what they are multiplied with; the bias."""
    there = column < CHANNELS
    group = (segment // SEGMENTS * GROUPS + column // WIDTH) * 2
    added = -tl.load(stats + group, mask=there, other=0.0)
    if shift is not None:
        added += tl.load(shift + segment * CHANNELS + column, mask=there, other=0.0).to(tl.float32)
    scale = tl.load(stats + group + 1, mask=there, other=0.0)
    scale *= tl.load(weight + column, mask=there, other=0.0).to(tl.float32)
    return added, scale, tl.load(bias + column, mask=there, other=0.0).to(tl.float32)
