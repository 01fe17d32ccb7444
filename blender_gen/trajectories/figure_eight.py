"""A figure eight: the lemniscate of Gerono."""

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from blender_gen.trajectories.family import Family, stack
from blender_gen.trajectories.named import check


@dataclass(frozen=True)
class FigureEight(Family):
    """x = along sin a, y = across sin 2a, once around; it crosses itself at the local origin.

    The lemniscate of Gerono with its height free. The derivative, (along cos a, 2 across cos 2a), vanishes nowhere.

    Attributes:
        along_m: half the extent along x, above 0.
        across_m: half the extent along y; its sign says on which side the loops are entered. Not 0.
        middle_rad: the angle a at the middle of the path; at 0 the path begins, is half-way and ends at the crossing.
    """

    name: ClassVar[str] = "figure_eight"
    along_m: float
    across_m: float
    middle_rad: float

    def __post_init__(self) -> None:
        check(self.along_m > 0, "along_m of a figure_eight", self.along_m, "above 0")
        check(self.across_m != 0, "across_m of a figure_eight", self.across_m, "other than 0")

    def position(self, u: ArrayLike) -> NDArray[np.float64]:
        angle = self._angle(u)
        return stack(self.along_m * np.sin(angle), self.across_m * np.sin(2 * angle))

    def derivative(self, u: ArrayLike) -> NDArray[np.float64]:
        angle = self._angle(u)
        return 2 * np.pi * stack(self.along_m * np.cos(angle), 2 * self.across_m * np.cos(2 * angle))

    def _angle(self, u: ArrayLike) -> NDArray[np.float64]:
        return self.middle_rad + 2 * np.pi * (np.asarray(u, dtype=np.float64) - 0.5)

    @property
    def focus(self) -> tuple[float, float, float]:
        return (0.0, abs(self.across_m) + self.along_m / 2, 0.0)

    @classmethod
    def draw(cls, rng: np.random.Generator, extent_m: float) -> Self:
        along = extent_m * rng.uniform(0.7, 1.0)
        across = along * rng.choice((-1.0, 1.0)) * rng.uniform(0.38, 0.55)
        return cls(along_m=float(along), across_m=float(across), middle_rad=float(rng.uniform(-np.pi / 2, np.pi / 2)))
