"""Paths of objects, as places in each frame."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from model.errors import RequestError

FARTHEST = 1e6
"""Pixels; a point at or beyond it is taken for a slip."""


@dataclass(frozen=True)
class TimedPath:
    """A path that tells its speed too: places (T,2), one for each frame, in pixels of the video, also outside of it,
    and NaN where the place is not known."""

    places: ArrayLike


def places_along(path: ArrayLike | TimedPath, frames: int) -> NDArray[np.float64]:
    """Return places (T,2) of an object in each frame.

    Points (K,2), K at least 1, are walked from first to last at an even speed by length, however many they are; a
    TimedPath is taken as it is. Raises RequestError for a path that cannot be.
    """
    if isinstance(path, TimedPath):
        return _timed(path, frames)
    points = _points(path)
    length = np.concatenate(([0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))))
    if length[-1] == 0.0:
        return np.repeat(points[:1], frames, axis=0)
    along = np.linspace(0.0, length[-1], frames)
    return np.stack([np.interp(along, length, axis) for axis in points.T], axis=1)


def check_start(path: ArrayLike | TimedPath, size: tuple[int, int], picture: tuple[int, int]) -> None:
    """Raise RequestError for points that begin outside the video, as those in pixels of a larger picture do.

    Args:
        size: height and width of the video.
        picture: width and height of the image that it begins with, as it was given.
    """
    if isinstance(path, TimedPath):
        return
    (x, y), (height, width) = _points(path)[0], size
    if not (0 <= x < width and 0 <= y < height):
        raise RequestError(
            f"a path begins at {x:g},{y:g}, outside the video of {width}x{height}; give paths in pixels of the video, "
            f"to which the image of {picture[0]}x{picture[1]} is resized"
        )


def _points(path: ArrayLike) -> NDArray[np.float64]:
    points = np.asarray(path, np.float64).reshape(-1, 2)
    if not len(points) or not (np.abs(points) < FARTHEST).all():
        raise RequestError(f"a path needs at least one point, and coordinates under {FARTHEST:g} pixels")
    return points


def _timed(path: TimedPath, frames: int) -> NDArray[np.float64]:
    places = np.asarray(path.places, np.float64)
    if places.shape != (frames, 2) or np.isinf(places).any():
        raise RequestError(
            f"a timed path of shape {places.shape} needs {frames} places, one for each frame, numbers or NaN"
        )
    return places
