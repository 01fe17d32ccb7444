"""A camera that moves on an arc about its target."""

from dataclasses import dataclass, replace
from typing import ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike

from blender_gen.cameras.motion import Motion, View, draw_direction, look_from
from blender_gen.cameras.pace import RAMPS, check_ramp, travelled
from blender_gen.cameras.shot import Shot


@dataclass(frozen=True)
class Orbit(Motion):
    """An arc about the target at one height, looking at the target.

    Attributes:
        azimuth_rad: direction from the target to the camera when the clip begins, about z from +x.
        elevation_rad: the same, above the horizon.
        sweep_rad: angle of the arc, positive counter-clockwise from above.
        ramp: share of the clip spent speeding up, and again slowing down, at most 0.5; 0 is constant speed.
    """

    name: ClassVar[str] = "orbit"
    azimuth_rad: float
    elevation_rad: float
    sweep_rad: float
    ramp: float

    def __post_init__(self) -> None:
        check_ramp(self.ramp, "an orbit")

    def view(self, t: ArrayLike, duration_s: float) -> View:
        return look_from(self.azimuth_rad + self.sweep_rad * travelled(t, duration_s, self.ramp), self.elevation_rad)

    def scaled(self, factor: float) -> Self:
        return replace(self, sweep_rad=self.sweep_rad * factor)

    @classmethod
    def draw(cls, rng: np.random.Generator, shot: Shot) -> Self:
        azimuth, elevation = draw_direction(rng)
        sweep = rng.choice((-1.0, 1.0)) * rng.uniform(np.radians(15), np.radians(75))
        return cls(azimuth, elevation, float(sweep), float(rng.choice(RAMPS)))
