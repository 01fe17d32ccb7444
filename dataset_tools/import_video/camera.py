"""The camera of a window: standing still, solved by structure from motion, or not known."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from dataset_tools.geometry import invert_rigid, pinhole, transform
from dataset_tools.import_video.colmap import Model, Task, solve
from dataset_tools.import_video.motion import Motion, apply

STILL_PX = 1.0
"""At 576 pixels of width: how far a standing camera's background may seem to go through a window."""
STILL_INLIERS = 0.5
MAX_ERROR_PX = 1.5
MIN_POINTS = 100
MIN_SEEN_POINTS = 50
FOCAL_RANGE = (0.5, 4.0)
"""Of the picture's longer side."""
MIN_REACH_DEG = 1.5
MASK_MARGIN_PX = 9
Z_UP_FROM_CAMERA = np.array([[1.0, 0, 0, 0], [0, 0, 1, 0], [0, -1, 0, 0], [0, 0, 0, 1]])
"""A world with z up in which a camera (x right, y down, z forward) that is held level looks along +y."""


@dataclass(frozen=True)
class Camera:
    """What is known of a window's camera.

    `world_from_camera` (T,4,4) is None where it is not known: `name` then says `unknown` and `reason` why. The
    world's origin is the first camera, its z axis up if that one was held level; its scale is free, the middle depth
    of what the first frame shows being 1. `focal` is in pixels, None where it was not estimated.
    """

    name: str
    world_from_camera: NDArray[np.float64] | None = None
    focal: float | None = None
    error_px: float = 0.0
    reason: str = ""


def still_camera(motion: Motion, width: int, height: int) -> Camera | None:
    """A camera that stands still, where the background's homographies, joined from the first sample on, leave the
    picture's corners and middle where they are; None where they do not."""
    if np.median(motion.inliers) < STILL_INLIERS:
        return None
    marks = np.array([(0, 0), (width, 0), (0, height), (width, height), (width / 2, height / 2)], float)
    moved = marks
    for homography in motion.background:
        moved = apply(homography, moved)
        if np.linalg.norm(moved - marks, axis=1).max() > STILL_PX * width / 576:
            return None
    return Camera("still", np.tile(Z_UP_FROM_CAMERA, (len(motion.background) + 1, 1, 1)))


def solve_camera(rgb: NDArray[np.uint8], masks: NDArray[np.uint8] | None, assumed_focal: float, seed: int) -> Camera:
    """The camera of frames (T,H,W,3) by COLMAP's incremental mapping, what lies in masks (T,H,W) left out.

    It counts as solved where every frame is registered, the mean reprojection error is at most 1.5 px, the focal
    length is one that lenses have and rays meet at more than a sliver.
    """
    count, height, width = rgb.shape[:3]
    with tempfile.TemporaryDirectory(prefix="posetraj-camera-") as folder:
        pictures, hidden = Path(folder, "pictures"), Path(folder, "masks")
        pictures.mkdir()
        hidden.mkdir()
        for t in range(count):
            Image.fromarray(rgb[t]).save(pictures / f"{t:06d}.png", compress_level=1)
            free = np.ones((height, width), bool) if masks is None else masks[t] == 0
            free = ndimage.minimum_filter(free, 2 * MASK_MARGIN_PX + 1)
            Image.fromarray(free.astype(np.uint8) * 255).save(hidden / f"{t:06d}.png.png")
        model = solve(Path(folder), Task(width, height, assumed_focal, seed))
    return Camera("unknown", reason=model) if isinstance(model, str) else _judged(model, count, width, height)


def poses_from_colmap(camera_from_world: NDArray[np.float64], depth: float) -> NDArray[np.float64]:
    """`world_from_camera` (T,4,4) in a world that begins at the first camera, from poses (T,4,4) in any world.

    `depth` becomes 1.
    """
    first_from_camera = camera_from_world[0] @ invert_rigid(camera_from_world)
    first_from_camera[:, :3, 3] /= depth
    return Z_UP_FROM_CAMERA @ first_from_camera


def intrinsics(focal: float, count: int, width: int, height: int) -> NDArray[np.float64]:
    """The same pinhole (T,3,3) for `count` frames."""
    return np.tile(pinhole(focal, width, height), (count, 1, 1))


def _judged(model: Model, count: int, width: int, height: int) -> Camera:
    """The camera that a COLMAP model gives, or why it gives none."""
    low, high = (share * max(width, height) for share in FOCAL_RANGE)
    first = transform(model.camera_from_world[0], model.points)
    ahead = first[first[:, 2] > 0, 2]
    for wrong, reason in (
        (len(model.frames) < count, f"COLMAP placed {len(model.frames)} of {count} frames"),
        (not model.error_px <= MAX_ERROR_PX, f"COLMAP's points miss their pixels by {model.error_px:.2f} px"),
        (len(model.points) < MIN_POINTS, f"COLMAP found {len(model.points)} points, fewer than {MIN_POINTS}"),
        (model.fewest < MIN_SEEN_POINTS, f"COLMAP sees {model.fewest} points in a frame, fewer than {MIN_SEEN_POINTS}"),
        (not low <= model.focal <= high, f"COLMAP found a focal length of {model.focal:.0f} px, which no lens has"),
        (not len(ahead), "COLMAP's points lie behind the camera"),
    ):
        if wrong:
            return Camera("unknown", reason=reason)
    world_from_camera = poses_from_colmap(model.camera_from_world, float(np.median(ahead)))
    reach = np.linalg.norm(np.ptp(world_from_camera[:, :3, 3], axis=0))
    if np.degrees(np.arctan(reach)) < MIN_REACH_DEG:
        return Camera("unknown", reason="the camera moves too little beside the scene's depth to be solved")
    return Camera("solved", world_from_camera, model.focal, model.error_px)
