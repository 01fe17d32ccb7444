"""A trajectory with its times: poses of an object at any moment of a clip."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from blender_gen.trajectories.arc_length import ArcLength
from blender_gen.trajectories.clip_time import clip_fraction
from blender_gen.trajectories.facing import Moments, yaw_of

if TYPE_CHECKING:
    from blender_gen.trajectories.spec import TrajectorySpec

ROTATION_STEPS = 8192


@dataclass(frozen=True)
class Trajectory:
    """What `TrajectorySpec.build` returns.

    The world's z is up, in metres. Times are seconds in [0, duration_s], arrays of any shape.
    """

    spec: "TrajectorySpec"
    duration_s: float
    _arc: ArcLength = field(repr=False, compare=False)

    def pose(self, t: ArrayLike) -> NDArray[np.float64]:
        """Return world_from_object (...,4,4), rigid.

        Raises:
            MotionError: a time outside the clip.
        """
        moments = self._moments(clip_fraction(t, self.duration_s))
        pose = np.zeros((*moments.travelled.shape, 4, 4))
        pose[..., :3, :3] = self.spec.facing.rotation(moments)
        pose[..., :3, 3] = moments.position
        pose[..., 3, 3] = 1.0
        return pose

    def position(self, t: ArrayLike) -> NDArray[np.float64]:
        """Return the object's centre (...,3) in the world.

        Raises:
            MotionError: a time outside the clip.
        """
        return self._moments(clip_fraction(t, self.duration_s)).position

    def yaw(self, t: ArrayLike) -> NDArray[np.float64]:
        """Return the angle (...) in [-pi, pi] from the world's x axis to the object's front, about z.

        Raises:
            MotionError: a time outside the clip.
        """
        front = self.pose(t)[..., :3, 0]
        return yaw_of(front)

    @property
    def length_m(self) -> float:
        """Length of the path in metres."""
        return self._arc.total_m

    @cached_property
    def rotation_deg(self) -> float:
        """Total rotation: the integral of the absolute angular speed over the clip, in degrees."""
        fractions = np.linspace(0.0, 1.0, ROTATION_STEPS + 1)
        rotations = self.spec.facing.rotation(self._moments(fractions))
        chords = np.linalg.norm(np.diff(rotations, axis=0), axis=(-2, -1))
        return float(np.degrees(np.sum(2 * np.arcsin(np.minimum(chords / np.sqrt(8), 1.0)))))

    def _moments(self, fraction: NDArray[np.float64]) -> Moments:
        spec = self.spec
        share = spec.speed.fraction(fraction)
        u = self._arc.u_at(1 - share if spec.reverse else share)
        origin = np.array([*spec.origin_xy, spec.height_m])
        along = turned(spec.family.derivative(u), spec.heading_rad)
        return Moments(
            position=turned(spec.family.position(u), spec.heading_rad) + origin,
            direction=-along if spec.reverse else along,
            focus=turned(np.asarray(spec.family.focus), spec.heading_rad) + origin,
            travelled=share,
            pace=spec.speed.rate(fraction),
            bend=self._bend(u) if spec.facing.needs_bend else None,
        )

    def _bend(self, u: NDArray[np.float64]) -> NDArray[np.float64]:
        bend = self.spec.family.bend(u)
        return -bend if self.spec.reverse else bend


def turned(points: NDArray[np.float64], angle_rad: float) -> NDArray[np.float64]:
    """Return points (...,3) rotated about z."""
    x, y, z = points[..., 0], points[..., 1], points[..., 2]
    cos, sin = np.cos(angle_rad), np.sin(angle_rad)
    return np.stack([cos * x - sin * y, sin * x + cos * y, z], axis=-1)
