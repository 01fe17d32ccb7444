"""A smooth random path: a uniform cubic B-spline."""

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.interpolate import BSpline

from blender_gen.trajectories.arc_length import ArcLength
from blender_gen.trajectories.family import Family, stack
from blender_gen.trajectories.named import check

CONTROL_POINTS = 7
WIDEST_TURN_RAD = np.radians(85)


@dataclass(frozen=True)
class Spline(Family):
    """The cubic B-spline with equal knot spacing over control points: C2, and inside their convex hull.

    Attributes:
        x_m, y_m: the control points' coordinates, at least four of each.
    """

    name: ClassVar[str] = "spline"
    x_m: tuple[float, ...]
    y_m: tuple[float, ...]

    def __post_init__(self) -> None:
        found = (len(self.x_m), len(self.y_m))
        check(found[0] == found[1] >= 4, "the count of a spline's x_m and y_m", found, "the same, at least 4")

    @property
    def _segments(self) -> int:
        return len(self.x_m) - 3

    @cached_property
    def _curve(self) -> BSpline:
        knots = np.arange(-3, self._segments + 4) / self._segments
        return BSpline(knots, np.stack([self.x_m, self.y_m], axis=-1), 3)

    @cached_property
    def _velocity(self) -> BSpline:
        return self._curve.derivative()

    def position(self, u: ArrayLike) -> NDArray[np.float64]:
        points = self._curve(np.asarray(u, dtype=np.float64))
        return stack(points[..., 0], points[..., 1])

    def derivative(self, u: ArrayLike) -> NDArray[np.float64]:
        velocity = self._velocity(np.asarray(u, dtype=np.float64))
        return stack(velocity[..., 0], velocity[..., 1])

    @property
    def focus(self) -> tuple[float, float, float]:
        spread = max(max(self.x_m) - min(self.x_m), max(self.y_m) - min(self.y_m))
        return (sum(self.x_m) / len(self.x_m), max(self.y_m) + spread / 2, 0.0)

    @property
    def breaks(self) -> tuple[float, ...]:
        return tuple(k / self._segments for k in range(1, self._segments))

    @classmethod
    def draw(cls, rng: np.random.Generator, extent_m: float) -> Self:
        length = rng.uniform(2.0, 5.0)
        widest = WIDEST_TURN_RAD * min(1.0, length / 3.0)
        heading = np.cumsum(rng.uniform(-widest, widest, CONTROL_POINTS - 1))
        heading -= heading.mean()
        x = np.concatenate([[0.0], np.cumsum(np.cos(heading))])
        y = np.concatenate([[0.0], np.cumsum(np.sin(heading))])
        x, y = x - x.mean(), y - y.mean()
        scale = extent_m * length / ArcLength(cls(tuple(x.tolist()), tuple(y.tolist()))).total_m
        return cls(tuple((scale * x).tolist()), tuple((scale * y).tolist()))
