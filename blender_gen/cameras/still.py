"""A camera that stands still."""

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike

from blender_gen.cameras.motion import Motion, View, draw_direction, look_from
from blender_gen.cameras.shot import Shot
from blender_gen.trajectories.clip_time import clip_fraction


@dataclass(frozen=True)
class Still(Motion):
    """The same view all the time.

    Attributes:
        azimuth_rad: direction from the target to the camera, about z from +x.
        elevation_rad: the same, above the horizon.
    """

    name: ClassVar[str] = "still"
    moving: ClassVar[bool] = False
    azimuth_rad: float
    elevation_rad: float

    def view(self, t: ArrayLike, duration_s: float) -> View:
        return look_from(np.full(clip_fraction(t, duration_s).shape, self.azimuth_rad), self.elevation_rad)

    def scaled(self, factor: float) -> Self:
        return self

    @classmethod
    def draw(cls, rng: np.random.Generator, shot: Shot) -> Self:
        return cls(*draw_direction(rng))
