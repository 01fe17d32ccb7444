"""What a camera motion is: a shape of movement about a target, without its place and scale."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

LOWEST_RAD, HIGHEST_RAD = np.radians(10), np.radians(45)


@dataclass(frozen=True)
class View:
    """Where cameras are and look, relative to the target.

    Attributes:
        offset: (...,3) from the target to the camera, world axes, in units of the camera's distance.
        rotation: (...,3,3) world_from_camera, OpenCV axes, roll-free.
    """

    offset: NDArray[np.float64]
    rotation: NDArray[np.float64]


class Motion(ABC):
    """A shape of camera movement; target and distance turn it into a camera.

    A subclass is a frozen dataclass of numbers with a class attribute `name`.
    """

    name: ClassVar[str]

    @abstractmethod
    def view(self, fraction: ArrayLike) -> View:
        """Return the view at the shares (...) of the clip, from 0 to 1."""

    @classmethod
    @abstractmethod
    def draw(cls, rng: np.random.Generator) -> Self:
        """Draw plausible parameters, 10 to 45 degrees above the horizon."""


def draw_direction(rng: np.random.Generator) -> tuple[float, float]:
    """Draw the azimuth and the elevation, in radians, at which a camera stands as seen from its target."""
    return float(rng.uniform(-np.pi, np.pi)), float(rng.uniform(LOWEST_RAD, HIGHEST_RAD))


def look_from(azimuth_rad: ArrayLike, elevation_rad: ArrayLike) -> View:
    """Return the view (...) of cameras at distance 1 that look at the target.

    Args:
        azimuth_rad, elevation_rad: (...) direction from the target to the camera: about z from +x, and above
            the horizon; the elevation is inside (-pi/2, pi/2).
    """
    azimuth, elevation = np.broadcast_arrays(np.asarray(azimuth_rad, np.float64), elevation_rad)
    sin_a, cos_a, sin_e, cos_e = np.sin(azimuth), np.cos(azimuth), np.sin(elevation), np.cos(elevation)
    offset = np.stack([cos_e * cos_a, cos_e * sin_a, sin_e], axis=-1)
    right = np.stack([-sin_a, cos_a, np.zeros_like(sin_a)], axis=-1)
    down = np.stack([sin_e * cos_a, sin_e * sin_a, -cos_e], axis=-1)
    return View(offset, np.stack([right, down, -offset], axis=-1))
