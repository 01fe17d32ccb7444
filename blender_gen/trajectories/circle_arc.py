"""An arc of a circle."""

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from blender_gen.trajectories.family import Family, stack
from blender_gen.trajectories.named import check


@dataclass(frozen=True)
class CircleArc(Family):
    """An arc whose middle is the local origin, passed towards +x.

    Attributes:
        radius_m: radius, above 0.
        sweep_rad: angle of the arc; above 0 it bends to the left, below 0 to the right.
    """

    name: ClassVar[str] = "circle_arc"
    radius_m: float
    sweep_rad: float

    def __post_init__(self) -> None:
        check(self.radius_m > 0, "radius_m of a circle_arc", self.radius_m, "above 0")
        check(self.sweep_rad != 0, "sweep_rad of a circle_arc", self.sweep_rad, "an angle other than 0")

    def position(self, u: ArrayLike) -> NDArray[np.float64]:
        angle = self.sweep_rad * (np.asarray(u, dtype=np.float64) - 0.5)
        side = np.sign(self.sweep_rad)
        return self.radius_m * stack(side * np.sin(angle), side * (1 - np.cos(angle)))

    def derivative(self, u: ArrayLike) -> NDArray[np.float64]:
        angle = self.sweep_rad * (np.asarray(u, dtype=np.float64) - 0.5)
        return self.radius_m * abs(self.sweep_rad) * stack(np.cos(angle), np.sin(angle))

    @property
    def focus(self) -> tuple[float, float, float]:
        return (0.0, float(np.copysign(self.radius_m, self.sweep_rad)), 0.0)

    @classmethod
    def draw(cls, rng: np.random.Generator, extent_m: float) -> Self:
        sweep = rng.uniform(np.radians(60), np.radians(420))
        length = rng.uniform(max(1.5, 0.6 * sweep), max(3.5, 0.9 * sweep))
        side = rng.choice((-1.0, 1.0))
        return cls(radius_m=float(extent_m * length / sweep), sweep_rad=float(side * sweep))
