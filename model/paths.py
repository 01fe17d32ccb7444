"""Paths that a person draws, as places in each frame."""

import numpy as np
from numpy.typing import ArrayLike, NDArray


def places_along(points: ArrayLike, frames: int) -> NDArray[np.float64]:
    """Places (T,2) along a path of points (K,2), K at least 1: evenly spaced by length, from first to last.

    A path of exactly T points is taken as it is, a point a frame, so that speed can be told too; NaN where the place is
    not known.
    """
    points = np.asarray(points, np.float64).reshape(-1, 2)
    if len(points) == frames:
        return points
    if not len(points) or not np.isfinite(points).all():
        raise ValueError("a path needs at least one point, and finite numbers")
    length = np.concatenate(([0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))))
    if length[-1] == 0.0:
        return np.repeat(points[:1], frames, axis=0)
    along = np.linspace(0.0, length[-1], frames)
    return np.stack([np.interp(along, length, axis) for axis in points.T], axis=1)
