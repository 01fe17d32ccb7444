"""A camera that moves on an arc about its target."""

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike

from blender_gen.cameras.motion import Motion, View, draw_direction, look_from
from blender_gen.trajectories.named import check
from blender_gen.trajectories.profiles import Constant, Ease


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
        check(0 <= self.ramp <= 0.5, "ramp of an orbit", self.ramp, "from 0 to 0.5")

    def view(self, fraction: ArrayLike) -> View:
        speed = Ease(self.ramp) if self.ramp > 0 else Constant()
        return look_from(self.azimuth_rad + self.sweep_rad * speed.fraction(fraction), self.elevation_rad)

    @classmethod
    def draw(cls, rng: np.random.Generator) -> Self:
        azimuth, elevation = draw_direction(rng)
        sweep = rng.choice((-1.0, 1.0)) * rng.uniform(np.radians(15), np.radians(75))
        ramp = rng.choice((0.0, 0.3))
        return cls(azimuth, elevation, float(sweep), float(ramp))
