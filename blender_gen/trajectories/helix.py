"""A helix: a climbing turn."""

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from blender_gen.trajectories.family import Family, stack
from blender_gen.trajectories.named import check


@dataclass(frozen=True)
class Helix(Family):
    """A circular turn that rises evenly from z = 0; its middle is above the local origin, passed towards +x.

    Attributes:
        radius_m: radius of the turn seen from above, above 0.
        sweep_rad: angle turned; above 0 to the left, below 0 to the right.
        rise_m: height gained, 0 or more. (A helix that is followed in reverse goes down.)
    """

    name: ClassVar[str] = "helix"
    on_floor: ClassVar[bool] = False
    facings: ClassVar[tuple[str, ...]] = ("bank", "centre", "fixed", "free_spin", "tangent")
    radius_m: float
    sweep_rad: float
    rise_m: float

    def __post_init__(self) -> None:
        check(self.radius_m > 0, "radius_m of a helix", self.radius_m, "above 0")
        check(self.sweep_rad != 0, "sweep_rad of a helix", self.sweep_rad, "an angle other than 0")
        check(self.rise_m >= 0, "rise_m of a helix", self.rise_m, "0 or more")

    def position(self, u: ArrayLike) -> NDArray[np.float64]:
        u = np.asarray(u, dtype=np.float64)
        angle = self.sweep_rad * (u - 0.5)
        radius = np.copysign(self.radius_m, self.sweep_rad)
        return stack(radius * np.sin(angle), radius * (1 - np.cos(angle)), self.rise_m * u)

    def derivative(self, u: ArrayLike) -> NDArray[np.float64]:
        angle = self.sweep_rad * (np.asarray(u, dtype=np.float64) - 0.5)
        around = self.radius_m * abs(self.sweep_rad)
        return stack(around * np.cos(angle), around * np.sin(angle), self.rise_m)

    def bend(self, u: ArrayLike) -> NDArray[np.float64]:
        """r / (r^2 + c^2) with c the height gained per radian, everywhere."""
        per_radian = self.rise_m / self.sweep_rad
        curvature = self.radius_m / (self.radius_m**2 + per_radian**2)
        return np.full(np.shape(u), np.copysign(curvature, self.sweep_rad))

    @property
    def focus(self) -> tuple[float, float, float]:
        return (0.0, float(np.copysign(self.radius_m, self.sweep_rad)), self.rise_m / 2)

    @classmethod
    def draw(cls, rng: np.random.Generator, extent_m: float) -> Self:
        sweep = rng.uniform(np.radians(180), np.radians(450))
        radius = rng.uniform(0.6, 0.85)
        rise = rng.uniform(0.3, 0.9)
        side = rng.choice((-1.0, 1.0))
        return cls(radius_m=float(extent_m * radius), sweep_rad=float(side * sweep), rise_m=float(extent_m * rise))
