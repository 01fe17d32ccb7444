"""The labels that training uses, as one row of numbers for each frame: read in a microsecond, unlike an npz."""

from itertools import accumulate, pairwise

import numpy as np
from numpy.typing import NDArray

from train.example import Labels

CAMERA, INTRINSICS = 16, 9
PER_OBJECT = 2 + 16 + 10 + 1 + 1  # centre, corners, axes, depth, whether it is there


def row_length(most_objects: int) -> int:
    """Numbers in a row."""
    return PER_OBJECT * most_objects + CAMERA + INTRINSICS + 1


def pack(labels: Labels) -> NDArray[np.float64]:
    """Return the labels as rows (T,L), which hold each number exactly."""
    frames, count = labels.centres_px.shape[:2]
    parts = (
        labels.centres_px,
        labels.corners_px,
        labels.axes_px,
        labels.depth,
        np.broadcast_to(labels.objects, (frames, count)),
        labels.world_from_camera,
        labels.intrinsics,
        np.full(frames, labels.fps),
    )
    return np.concatenate([np.asarray(part, np.float64).reshape(frames, -1) for part in parts], axis=1)


def unpack(rows: NDArray[np.float64], most_objects: int) -> Labels:
    """Return the labels of rows (T,L), T at least 1."""
    frames, count = len(rows), most_objects
    ends = accumulate((2 * count, 16 * count, 10 * count, count, count, CAMERA, INTRINSICS, 1), initial=0)
    parts = (rows[:, first:end] for first, end in pairwise(ends))
    centres, corners, axes, depth, objects, cameras, intrinsics, fps = parts
    return Labels(
        centres_px=centres.astype(np.float32).reshape(frames, count, 2),
        corners_px=corners.astype(np.float32).reshape(frames, count, 8, 2),
        axes_px=axes.astype(np.float32).reshape(frames, count, 5, 2),
        depth=depth.astype(np.float32),
        objects=objects[0] != 0,
        world_from_camera=cameras.reshape(frames, 4, 4),
        intrinsics=intrinsics.reshape(frames, 3, 3),
        fps=float(fps[0, 0]),
    )
