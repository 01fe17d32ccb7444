"""The path of something that tumbles through the air."""

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from blender_gen.trajectories.family import Family, stack
from blender_gen.trajectories.named import check

SHARE_IN_PLACE = 0.4


@dataclass(frozen=True)
class Tumble(Family):
    """A drift along a straight line, level or rising from z = 0, or a stay at the local origin.

    Attributes:
        length_m: length of the drift, 0 for a stay.
        climb_rad: angle between the drift and the floor, from 0, below pi / 2.
    """

    name: ClassVar[str] = "tumble"
    on_floor: ClassVar[bool] = False
    facings: ClassVar[tuple[str, ...]] = ("tumble",)
    length_m: float
    climb_rad: float

    def __post_init__(self) -> None:
        check(self.length_m >= 0, "length_m of a tumble", self.length_m, "0 or more")
        check(0 <= self.climb_rad < np.pi / 2, "climb_rad of a tumble", self.climb_rad, "from 0, below pi / 2")

    def position(self, u: ArrayLike) -> NDArray[np.float64]:
        u = np.asarray(u, dtype=np.float64)
        return self.length_m * stack(np.cos(self.climb_rad) * (u - 0.5), 0.0, np.sin(self.climb_rad) * u)

    def derivative(self, u: ArrayLike) -> NDArray[np.float64]:
        along = np.full(np.shape(u), self.length_m)
        return stack(np.cos(self.climb_rad) * along, 0.0, np.sin(self.climb_rad) * along)

    @property
    def focus(self) -> tuple[float, float, float]:
        return (0.0, 1.0 + self.length_m / 2, 0.0)

    @classmethod
    def draw(cls, rng: np.random.Generator, extent_m: float) -> Self:
        if rng.random() < SHARE_IN_PLACE:
            return cls(length_m=0.0, climb_rad=0.0)
        return cls(length_m=float(extent_m * rng.uniform(1.5, 2.5)), climb_rad=float(rng.uniform(0, np.radians(40))))
