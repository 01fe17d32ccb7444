"""A straight line."""

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from blender_gen.trajectories.family import Family, stack
from blender_gen.trajectories.named import check


@dataclass(frozen=True)
class Line(Family):
    """A line along +x whose middle is the local origin.

    Attributes:
        length_m: length, above 0.
    """

    name: ClassVar[str] = "line"
    length_m: float

    def __post_init__(self) -> None:
        check(self.length_m > 0, "length_m of a line", self.length_m, "above 0")

    def position(self, u: ArrayLike) -> NDArray[np.float64]:
        return stack(self.length_m * (np.asarray(u, dtype=np.float64) - 0.5), 0.0)

    def derivative(self, u: ArrayLike) -> NDArray[np.float64]:
        return stack(np.full(np.shape(u), self.length_m), 0.0)

    @property
    def focus(self) -> tuple[float, float, float]:
        return (0.0, self.length_m / 2, 0.0)

    @classmethod
    def draw(cls, rng: np.random.Generator, extent_m: float) -> Self:
        return cls(length_m=float(extent_m * rng.uniform(1.5, 4.0)))
