"""A camera that stands still."""

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike

from blender_gen.cameras.motion import Motion, View, draw_direction, look_from


@dataclass(frozen=True)
class Still(Motion):
    """The same view all the time.

    Attributes:
        azimuth_rad: direction from the target to the camera, about z from +x.
        elevation_rad: the same, above the horizon.
    """

    name: ClassVar[str] = "still"
    azimuth_rad: float
    elevation_rad: float

    def view(self, fraction: ArrayLike) -> View:
        return look_from(np.full(np.shape(fraction), self.azimuth_rad), self.elevation_rad)

    @classmethod
    def draw(cls, rng: np.random.Generator) -> Self:
        return cls(*draw_direction(rng))
