"""An arc of an ellipse."""

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from blender_gen.trajectories.arc_length import ArcLength
from blender_gen.trajectories.family import Family, stack
from blender_gen.trajectories.named import check


@dataclass(frozen=True)
class Ellipse(Family):
    """An arc of an ellipse whose middle is the local origin, an end of the y axis, passed towards +x.

    Attributes:
        along_m: semi-axis along x, above 0.
        across_m: semi-axis along y, above 0.
        sweep_rad: range of the angle parameter; above 0 it bends to the left, below 0 to the right.
    """

    name: ClassVar[str] = "ellipse"
    along_m: float
    across_m: float
    sweep_rad: float

    def __post_init__(self) -> None:
        check(self.along_m > 0, "along_m of an ellipse", self.along_m, "above 0")
        check(self.across_m > 0, "across_m of an ellipse", self.across_m, "above 0")
        check(self.sweep_rad != 0, "sweep_rad of an ellipse", self.sweep_rad, "an angle other than 0")

    def position(self, u: ArrayLike) -> NDArray[np.float64]:
        angle = self.sweep_rad * (np.asarray(u, dtype=np.float64) - 0.5)
        side = np.sign(self.sweep_rad)
        return side * stack(self.along_m * np.sin(angle), self.across_m * (1 - np.cos(angle)))

    def derivative(self, u: ArrayLike) -> NDArray[np.float64]:
        angle = self.sweep_rad * (np.asarray(u, dtype=np.float64) - 0.5)
        return abs(self.sweep_rad) * stack(self.along_m * np.cos(angle), self.across_m * np.sin(angle))

    @property
    def focus(self) -> tuple[float, float, float]:
        return (0.0, float(np.copysign(self.across_m, self.sweep_rad)), 0.0)

    @classmethod
    def draw(cls, rng: np.random.Generator, extent_m: float) -> Self:
        sweep = rng.uniform(np.radians(150), np.radians(420))
        ratio = float(np.exp(rng.choice((-1.0, 1.0)) * rng.uniform(np.log(1.3), np.log(2.0))))
        unit = cls(along_m=ratio**0.5, across_m=ratio**-0.5, sweep_rad=float(rng.choice((-1.0, 1.0)) * sweep))
        radius = rng.uniform(0.6, 0.9)
        scale = extent_m * max(radius, 1.5 / ArcLength(unit).total_m)
        return cls(float(scale * unit.along_m), float(scale * unit.across_m), unit.sweep_rad)
