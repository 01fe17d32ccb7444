"""What a camera motion is: a shape of movement about a target, without its place and scale."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from blender_gen.cameras.shot import Shot

ELEVATION_RAD = np.radians((5, 10, 45, 60))
ELEVATION_SHARE = (0.0, 0.1, 0.85, 1.0)


@dataclass(frozen=True)
class View:
    """Where cameras are and look, relative to the target.

    Attributes:
        offset: (...,3) from the target to the camera, world axes, in units of the camera's distance.
        rotation: (...,3,3) world_from_camera, OpenCV axes.
    """

    offset: NDArray[np.float64]
    rotation: NDArray[np.float64]


class Motion(ABC):
    """A shape of camera movement; target and distance turn it into a camera.

    A subclass is a frozen dataclass of floats and tuples of floats with a class attribute `name`; `moving` tells
    whether the camera moves at all.
    """

    name: ClassVar[str]
    moving: ClassVar[bool] = True

    @abstractmethod
    def view(self, t: ArrayLike, duration_s: float) -> View:
        """Return the view at t (...) seconds of a clip of `duration_s` seconds.

        Raises:
            MotionError: a time outside the clip.
        """

    @abstractmethod
    def scaled(self, factor: float) -> Self:
        """Return the motion with its movement scaled by a factor from 0, which leaves none, to 1."""

    @classmethod
    @abstractmethod
    def draw(cls, rng: np.random.Generator, shot: Shot) -> Self:
        """Draw plausible parameters for what is to be shown, 5 to 60 degrees above the horizon, mostly 10 to 45."""


def draw_direction(rng: np.random.Generator) -> tuple[float, float]:
    """Draw the azimuth and the elevation, in radians, at which a camera stands as seen from its target."""
    azimuth = float(rng.uniform(-np.pi, np.pi))
    return azimuth, float(np.interp(rng.random(), ELEVATION_SHARE, ELEVATION_RAD))


def look_from(azimuth_rad: ArrayLike, elevation_rad: ArrayLike) -> View:
    """Return the roll-free view (...) of cameras at distance 1 that look at the target.

    Args:
        azimuth_rad, elevation_rad: (...) direction from the target to the camera: about z from +x, and above
            the horizon; the elevation is inside (-pi/2, pi/2).
    """
    both = np.broadcast_arrays(np.asarray(azimuth_rad, np.float64), elevation_rad)
    azimuth, elevation = (each.copy() for each in both)  # the last bits of sines may depend on the memory's layout
    sin_a, cos_a, sin_e, cos_e = np.sin(azimuth), np.cos(azimuth), np.sin(elevation), np.cos(elevation)
    offset = np.stack([cos_e * cos_a, cos_e * sin_a, sin_e], axis=-1)
    return View(offset, look_against(offset))


def look_against(backward: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the roll-free world_from_camera (...,3,3) of cameras that look along -backward (...,3).

    The length of `backward` does not matter; it is never vertical.
    """
    back = backward / np.linalg.norm(backward, axis=-1, keepdims=True)
    level = np.hypot(back[..., 0], back[..., 1])
    cos_a, sin_a, sin_e = back[..., 0] / level, back[..., 1] / level, back[..., 2]
    right = np.stack([-sin_a, cos_a, np.zeros_like(level)], axis=-1)
    down = np.stack([sin_e * cos_a, sin_e * sin_a, -level], axis=-1)
    return np.stack([right, down, -back], axis=-1)
