"""Arc length of a family's curve, both ways: u to metres and the share of the length to u."""

from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from blender_gen.trajectories.family import Family

PANELS = 64
NODES, WEIGHTS = np.polynomial.legendre.leggauss(16)
NEWTON_STEPS = 60
TOLERANCE = 1e-13


class ArcLength:
    """Arc length of a curve by Gauss-Legendre quadrature on panels, inverted by bracketed Newton steps."""

    def __init__(self, family: Family) -> None:
        self._family = family
        edges = np.linspace(0.0, 1.0, PANELS + 1)
        self._edges = np.unique(np.concatenate([edges, np.asarray(family.breaks, dtype=np.float64)]))
        pieces = self._between(self._edges[:-1], self._edges[1:])
        self._lengths = np.concatenate([[0.0], np.cumsum(pieces)])

    @cached_property
    def total_m(self) -> float:
        """Length of the whole curve in metres; 0 for a family that stays in place."""
        return float(self._lengths[-1])

    def length(self, u: ArrayLike) -> NDArray[np.float64]:
        """Return the metres (...) from u = 0 to u (...)."""
        u = np.asarray(u, dtype=np.float64)
        panel = self._panel(self._edges, u)
        return self._lengths[panel] + self._between(self._edges[panel], u)

    def u_at(self, share: ArrayLike) -> NDArray[np.float64]:
        """Return the u (...) at which the given share (...) of the length, from 0 to 1, lies behind.

        Where the family stays in place, u is the share itself.
        """
        share = np.asarray(share, dtype=np.float64)
        if self.total_m == 0:
            return share.copy()
        target = share * self.total_m
        panel = self._panel(self._lengths, target)
        low, high = self._edges[panel], self._edges[panel + 1]
        behind, ahead = self._lengths[panel], self._lengths[panel + 1]
        u = low + (high - low) * (target - behind) / (ahead - behind)
        for _ in range(NEWTON_STEPS):
            error = self.length(u) - target
            unsolved = np.abs(error) > TOLERANCE * self.total_m
            if not np.any(unsolved):
                break
            low = np.where(error < 0, np.maximum(low, u), low)
            high = np.where(error > 0, np.minimum(high, u), high)
            newton = u - error / self._speed(u)
            step = np.where((newton >= low) & (newton <= high), newton, (low + high) / 2)
            u = np.where(unsolved, step, u)
        return np.clip(u, 0.0, 1.0)

    def _speed(self, u: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.linalg.norm(self._family.derivative(u), axis=-1)

    def _between(self, start: NDArray[np.float64], stop: NDArray[np.float64]) -> NDArray[np.float64]:
        half = (stop - start) / 2
        u = start[..., None] + half[..., None] * (NODES + 1)
        return half * np.sum(self._speed(u) * WEIGHTS, axis=-1)

    @staticmethod
    def _panel(edges: NDArray[np.float64], value: NDArray[np.float64]) -> NDArray[np.intp]:
        return np.clip(np.searchsorted(edges, value, side="right") - 1, 0, len(edges) - 2)
