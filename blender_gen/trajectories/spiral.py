"""A spiral of Archimedes."""

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from blender_gen.trajectories.family import Family, stack
from blender_gen.trajectories.named import check


@dataclass(frozen=True)
class Spiral(Family):
    """A path about the local origin whose radius grows in proportion to the angle turned.

    Attributes:
        inner_m: radius at the beginning, above 0.
        outer_m: radius at the end, above 0.
        sweep_rad: angle turned about the origin; above 0 to the left, below 0 to the right.
    """

    name: ClassVar[str] = "spiral"
    inner_m: float
    outer_m: float
    sweep_rad: float

    def __post_init__(self) -> None:
        check(self.inner_m > 0, "inner_m of a spiral", self.inner_m, "above 0")
        check(self.outer_m > 0, "outer_m of a spiral", self.outer_m, "above 0")
        check(self.sweep_rad != 0, "sweep_rad of a spiral", self.sweep_rad, "an angle other than 0")

    def position(self, u: ArrayLike) -> NDArray[np.float64]:
        radius, angle, side = self._polar(u)
        return stack(radius * np.sin(angle), -side * radius * np.cos(angle))

    def derivative(self, u: ArrayLike) -> NDArray[np.float64]:
        radius, angle, side = self._polar(u)
        growth, turn = self.outer_m - self.inner_m, abs(self.sweep_rad)
        return stack(
            growth * np.sin(angle) + turn * radius * np.cos(angle),
            side * (turn * radius * np.sin(angle) - growth * np.cos(angle)),
        )

    def _polar(self, u: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64], float]:
        """Radius (...), angle (...) turned since the middle, and 1.0 for a turn to the left, -1.0 to the right."""
        u = np.asarray(u, dtype=np.float64)
        radius = self.inner_m + (self.outer_m - self.inner_m) * u
        return radius, abs(self.sweep_rad) * (u - 0.5), float(np.sign(self.sweep_rad))

    @property
    def focus(self) -> tuple[float, float, float]:
        return (0.0, 0.0, 0.0)

    @classmethod
    def draw(cls, rng: np.random.Generator, extent_m: float) -> Self:
        sweep = rng.uniform(np.radians(270), np.radians(540))
        inner = rng.uniform(0.3, 0.45)
        outer = inner + rng.uniform(0.4, 0.8)
        side = rng.choice((-1.0, 1.0))
        return cls(inner_m=float(extent_m * inner), outer_m=float(extent_m * outer), sweep_rad=float(side * sweep))
