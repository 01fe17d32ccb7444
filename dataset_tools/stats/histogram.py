"""Histograms of streams of values: the bins widen as larger values come, so no value is kept."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

BEYOND = 1e15
"""Values of this size and above are left out, as those that are not finite are."""


@dataclass(frozen=True)
class Histogram:
    """How many values lie between edges: `counts[k]` with edges[k] <= value < edges[k + 1].

    A fixed range's first and last bin also hold what lies outside of it. `least`, `most` and `mean` are of the values
    themselves. `title` and `unit` say what is counted, `per` of what there is one value each.
    """

    title: str
    unit: str
    per: str
    edges: tuple[float, ...]
    counts: tuple[int, ...]
    least: float
    most: float
    mean: float

    @property
    def total(self) -> int:
        """Number of values."""
        return sum(self.counts)

    @property
    def median(self) -> float:
        """The value that half of all lie under, as if they were even within a bin: true to a bin's width."""
        half, below = self.total / 2, 0
        for low, high, count in zip(self.edges, self.edges[1:], self.counts, strict=False):
            if below + count >= half:
                value = low + (high - low) * (half - below) / count
                return min(max(value, self.least), self.most)
            below += count
        return self.most


class Tally:
    """Counts values into bins from `start` on, each `step` wide.

    With `grows`, neighbours are joined two by two, as often as it takes, when a value lies beyond the last bin: the
    result does not depend on the order of the values. Otherwise the range is fixed.
    """

    def __init__(self, step: float, bins: int = 32, start: float = 0.0, grows: bool = True) -> None:
        if bins % 2 or bins < 2:
            raise ValueError(f"bins are joined two by two, so {bins} bins cannot be")
        self._step, self._start, self._grows = step, start, grows
        self._counts = np.zeros(bins, np.int64)
        self._least, self._most, self._sum = math.inf, -math.inf, 0.0

    def add(self, values: ArrayLike) -> None:
        """Count an array of values of any shape; what is not finite is left out."""
        values = np.asarray(values, np.float64).ravel()
        values = values[np.abs(values) < BEYOND]
        if values.size == 0:
            return
        bins = len(self._counts)
        most = float(values.max())
        while self._grows and most >= self._start + bins * self._step:
            self._counts = np.concatenate((self._counts.reshape(-1, 2).sum(axis=1), np.zeros(bins // 2, np.int64)))
            self._step *= 2
        places = np.clip(np.floor((values - self._start) / self._step), 0, bins - 1).astype(np.int64)
        self._counts += np.bincount(places, minlength=bins)
        self._least, self._most = min(self._least, float(values.min())), max(self._most, most)
        self._sum += float(values.sum())

    def histogram(self, title: str, unit: str, per: str) -> Histogram | None:
        """What was counted, None where nothing was; empty bins at the end of a range that grows are left out."""
        total = int(self._counts.sum())
        if total == 0:
            return None
        used = int(np.flatnonzero(self._counts)[-1]) + 1 if self._grows else len(self._counts)
        edges = (self._start + self._step * np.arange(used + 1)).tolist()
        counts = self._counts[:used].tolist()
        return Histogram(title, unit, per, tuple(edges), tuple(counts), self._least, self._most, self._sum / total)
