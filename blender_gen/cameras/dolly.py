"""A camera that travels along a straight line."""

from dataclasses import dataclass, replace
from typing import ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike

from blender_gen.cameras.motion import Motion, View, draw_direction, look_against, look_from
from blender_gen.cameras.pace import RAMPS, check_ramp, travelled
from blender_gen.cameras.shot import Shot
from blender_gen.trajectories.named import check

LONGEST = 1.0
SPREAD_RAD = np.radians(30)


@dataclass(frozen=True)
class Dolly(Motion):
    """A straight way towards, away from or past the target, at distance 1 in its middle.

    Attributes:
        azimuth_rad: direction from the target to the camera in the middle of the way, about z from +x.
        elevation_rad: the same, above the horizon.
        heading_rad: direction of travel, in the plane of the line of sight and the picture's horizontal: 0 is
            towards the target, pi/2 to the camera's right, pi away from the target.
        travel: length of the way in units of the distance, from 0 to 1.
        aim: 0 keeps the direction of sight of the middle, 1 looks at the target all the time, between is between.
        ramp: share of the clip spent speeding up, and again slowing down, at most 0.5; 0 is constant speed.
    """

    name: ClassVar[str] = "dolly"
    azimuth_rad: float
    elevation_rad: float
    heading_rad: float
    travel: float
    aim: float
    ramp: float

    def __post_init__(self) -> None:
        check(0 <= self.travel <= LONGEST, "travel of a dolly", self.travel, f"from 0 to {LONGEST}")
        check(0 <= self.aim <= 1, "aim of a dolly", self.aim, "from 0 to 1")
        check_ramp(self.ramp, "a dolly")

    def view(self, t: ArrayLike, duration_s: float) -> View:
        middle = look_from(self.azimuth_rad, self.elevation_rad)
        right, forward = middle.rotation[:, 0], middle.rotation[:, 2]
        direction = np.cos(self.heading_rad) * forward + np.sin(self.heading_rad) * right
        way = self.travel * (travelled(t, duration_s, self.ramp) - 0.5)[..., None] * direction
        return View(middle.offset + way, look_against(middle.offset + self.aim * way))

    def scaled(self, factor: float) -> Self:
        return replace(self, travel=self.travel * factor)

    @classmethod
    def draw(cls, rng: np.random.Generator, shot: Shot) -> Self:
        azimuth, elevation = draw_direction(rng)
        heading = rng.choice((0.0, np.pi / 2, np.pi, -np.pi / 2)) + rng.uniform(-SPREAD_RAD, SPREAD_RAD)
        travel = rng.uniform(0.2, 0.6)
        return cls(azimuth, elevation, float(heading), float(travel), float(rng.integers(2)), float(rng.choice(RAMPS)))
