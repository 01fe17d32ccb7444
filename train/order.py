"""The order in which training sees clips: a pure function of the seed, so that a run goes on from its position alone.

Training walks an endless line of positions 0, 1, 2, ...; each visits one clip. Every `len(order)` positions are an
epoch and visit each clip once: shards in an order drawn for the epoch, and clips shuffled within windows of that line,
so that reading stays among a few shards.
"""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

GOLDEN_RATIO = (5**0.5 - 1) / 2
SHARDS, WINDOW, CLIP = range(3)
"""What a draw is for; it keeps the streams of random numbers apart."""


@dataclass(frozen=True)
class Visit:
    """What a position visits: the clip's number in the dataset, in which epoch, as which of the epoch."""

    clip: int
    epoch: int
    index: int


@dataclass(frozen=True)
class ClipOrder:
    """The order over shards of `shard_sizes` clips, in the dataset's order.

    Attributes:
        window: clips that are shuffled among each other; a shard or a few.
        source: the dataset's number among several, whose draws differ.
    """

    shard_sizes: tuple[int, ...]
    seed: int
    window: int = 1024
    source: int = 0

    def __post_init__(self) -> None:
        if sum(self.shard_sizes) < 1 or min(self.shard_sizes) < 0 or self.window < 1 or self.seed < 0:
            raise ValueError(
                f"there is no order of {sum(self.shard_sizes)} clips, window {self.window}, seed {self.seed}"
            )

    def __len__(self) -> int:
        return sum(self.shard_sizes)

    def visit(self, position: int) -> Visit:
        """Return what `position`, 0 or more, visits; the work does not depend on it."""
        epoch, index = divmod(position, len(self))
        window, place = divmod(index, self.window)
        start = window * self.window
        count = min(self.window, len(self) - start)
        in_line = start + int(_permutation((self.seed, self.source, epoch, WINDOW, window), count)[place])
        shards, ends = _line(self.shard_sizes, (self.seed, self.source, epoch, SHARDS))
        turn = bisect_right(ends, in_line)
        shard = int(shards[turn])
        before = ends[turn - 1] if turn else 0
        return Visit(self._starts[shard] + in_line - before, epoch, index)

    @cached_property
    def _starts(self) -> tuple[int, ...]:
        return (0, *accumulate(self.shard_sizes))

    def generator(self, position: int) -> np.random.Generator:
        """Return the source of all that is random about the example at `position`."""
        epoch, index = divmod(position, len(self))
        return np.random.default_rng((self.seed, self.source, epoch, CLIP, index))

    def another(self, position: int, turn: int) -> int:
        """Return a position of which the clip at `position` may be replaced, far from it; `turn` counts such tries."""
        return position + turn * (1 + int(len(self) * GOLDEN_RATIO))


@dataclass(frozen=True)
class Share:
    """The part of each global batch that one of `world` processes takes: `batch` examples at a time."""

    rank: int
    world: int
    batch: int

    def positions(self, start: int) -> Iterator[int]:
        """Yield this process's positions without end, from the global position `start` on.

        A global batch is `world * batch` positions in a row; rank r takes the r-th run of `batch` of them, so that all
        together take each position once, whatever `world` is.
        """
        whole = self.world * self.batch
        for first in _count_from(start, whole):
            yield from range(first + self.rank * self.batch, first + (self.rank + 1) * self.batch)


def _count_from(start: int, step: int) -> Iterator[int]:
    while True:
        yield start
        start += step


@lru_cache(maxsize=64)
def _permutation(seed: tuple[int, ...], count: int) -> NDArray[np.intp]:
    return np.random.default_rng(seed).permutation(count)


@lru_cache(maxsize=4)
def _line(sizes: tuple[int, ...], seed: tuple[int, ...]) -> tuple[NDArray[np.intp], tuple[int, ...]]:
    """The shards in an order drawn from the seed, and where each ends in the line of their clips."""
    shards = np.random.default_rng(seed).permutation(len(sizes))
    return shards, tuple(accumulate(sizes[shard] for shard in shards))
