"""Angles that say how an object stands to the camera and which way it turns. World z is up, cameras are OpenCV's."""

import numpy as np
from numpy.typing import NDArray

DIRECTIONS = ("towards", "towards right", "right", "away right", "away", "away left", "left", "towards left")
"""The octants of `yaw_seen`: where the front points, as the camera sees it; octant k is centred on 45 k degrees."""
TURNS = ("left", "right", "both ways", "no turn")
STEEP = 0.1
"""A direction whose horizontal part is shorter than this has no angle about z: it is within 6 degrees of upright."""
LEAST_TURN_DEG = 10.0
ONE_SIDED = 2.0
"""How much more an object turns to one side than to the other where that side is called its own."""


def yaw_seen(world_from_object: NDArray[np.float64], world_from_camera: NDArray[np.float64]) -> NDArray[np.float64]:
    """Where each object's front points as the camera sees it, (T,N) degrees in [0, 360).

    The angle about z from the direction in which the camera lies, seen from the object, to the object's x axis: 0 is
    a front that looks at the camera, 90 one that points to the picture's right, 180 away, 270 left. NaN where either
    direction is upright. Poses are (T,N,4,4) and (T,4,4).
    """
    to_camera = world_from_camera[:, None, :3, 3] - world_from_object[..., :3, 3]  # (T,N,3)
    return (_azimuth(world_from_object[..., :3, 0]) - _azimuth(to_camera)) % 360.0


def camera_angles(
    world_from_object: NDArray[np.float64], world_from_camera: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """From where the camera looks at the middle of the objects' centres: azimuth and elevation, (T,) degrees.

    The azimuth is in [0, 360), from the world's x axis about z, NaN straight above; the elevation in [-90, 90].
    """
    offset = world_from_camera[:, :3, 3] - world_from_object[..., :3, 3].mean(axis=1)  # (T,3)
    flat = np.hypot(offset[:, 0].copy(), offset[:, 1].copy())
    return _azimuth(offset) % 360.0, np.degrees(np.arctan2(offset[:, 2].copy(), flat))


def sectors(angles_deg: NDArray[np.float64], count: int, centred: bool) -> NDArray[np.int64]:
    """How many of the angles lie in each of `count` equal sectors, (count,); NaN is left out.

    Sector 0 begins at 0 degrees, or has its middle there where `centred`.
    """
    width = 360.0 / count
    angles = angles_deg[np.isfinite(angles_deg)]
    places = np.floor(angles / width + 0.5 * centred).astype(np.int64) % count
    return np.bincount(places, minlength=count)


def turning(world_from_object: NDArray[np.float64]) -> tuple[str, ...]:
    """Which way each object turns about the world's z axis over the clip, a word of TURNS for each of N.

    Left is counter-clockwise seen from above. The turns between frames (T,N,4,4), each under half a revolution, are
    added up on either side; under 10 degrees in all is no turn, and one side counts where it has twice the other.
    """
    rotation = world_from_object[..., :3, :3]
    step = rotation[1:] @ np.swapaxes(rotation[:-1], -1, -2)  # (T-1,N,3,3)
    angle = np.arccos(np.clip((np.trace(step, axis1=-2, axis2=-1) - 1) / 2, -1, 1))
    about_z = (step[..., 1, 0] - step[..., 0, 1]) / 2 / np.sinc(angle / np.pi)  # angle times the axis's z
    left = np.degrees(np.maximum(about_z, 0).sum(axis=0))
    right = np.degrees(np.maximum(-about_z, 0).sum(axis=0))
    return tuple(_turn(a, b) for a, b in zip(left.tolist(), right.tolist(), strict=True))


def _turn(left: float, right: float) -> str:
    if left + right < LEAST_TURN_DEG:
        return "no turn"
    if max(left, right) < ONE_SIDED * min(left, right):
        return "both ways"
    return "left" if left > right else "right"


def _azimuth(directions: NDArray[np.float64]) -> NDArray[np.float64]:
    """Angle (...) about z in degrees of directions (...,3), NaN where they are upright."""
    x, y = directions[..., 0].copy(), directions[..., 1].copy()  # contiguous: arctan2's last bit depends on it
    flat = np.hypot(x, y)
    length = np.sqrt(flat**2 + directions[..., 2] ** 2)
    return np.where(flat >= STEEP * length, np.degrees(np.arctan2(y, x)), np.nan)
