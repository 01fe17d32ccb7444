"""Several datasets in one endless line of positions, each with its share: a pure function of the seed."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

BLOCK = 1000
"""Positions after which the shares are exact."""
SOURCE = 7
"""What a draw is for; `order` has streams of its own."""


@dataclass(frozen=True)
class Turn:
    """Whose turn a position is: the source's number, and the position in its own line."""

    source: int
    position: int


@dataclass(frozen=True)
class Mixture:
    """Sources whose relative weights are `weights`, mixed within blocks of BLOCK positions.

    Raises ValueError for weights that are no numbers over 0, or so small that a source gets no turn in a block.
    """

    weights: tuple[float, ...]
    seed: int

    def __post_init__(self) -> None:
        if not self.weights or not all(0 < weight < float("inf") for weight in self.weights):
            raise ValueError(f"weights are numbers over 0, one for each source; got {self.weights}")
        if min(self.counts) < 1:
            raise ValueError(f"a weight of {min(self.weights)} beside {max(self.weights)} gives no turn in {BLOCK}")

    @property
    def counts(self) -> tuple[int, ...]:
        """The turns of each source in a block: the nearest whole numbers to its share that make up BLOCK."""
        ends = np.rint(np.cumsum(self.weights) / sum(self.weights) * BLOCK).astype(int)
        return tuple(np.diff(ends, prepend=0).tolist())

    def turn(self, position: int) -> Turn:
        """Return whose turn `position` is; the work does not depend on it."""
        block, place = divmod(position, BLOCK)
        sources = _block(self.counts, (self.seed, block, SOURCE))
        source = int(sources[place])
        return Turn(source, block * self.counts[source] + int(np.count_nonzero(sources[:place] == source)))


def by_size(clips: Sequence[int]) -> tuple[float, ...]:
    """Return weights by the numbers of clips; a source of few gets two turns in a block all the same."""
    return tuple(max(float(count), 2.0 * sum(clips) / BLOCK) for count in clips)


@lru_cache(maxsize=4)
def _block(counts: tuple[int, ...], seed: tuple[int, ...]) -> NDArray[np.intp]:
    return np.random.default_rng(seed).permutation(np.repeat(np.arange(len(counts)), counts))
