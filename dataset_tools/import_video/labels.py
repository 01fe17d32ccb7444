"""The arrays of a real clip's `labels.npz`, from its masks, tracks and camera."""

import numpy as np
from numpy.typing import NDArray

from dataset_tools.geometry import mask_box
from dataset_tools.import_video.camera import Camera, intrinsics
from dataset_tools.import_video.tracks import Tracks


def make_labels(
    times: NDArray[np.float64],
    center_px: NDArray[np.float32],
    box2d: NDArray[np.float32],
    tracks: Tracks,
    camera: Camera,
    focal: float,
    size: tuple[int, int],
) -> dict[str, NDArray]:
    """Arrays by name, in the schema's order. `times` (T,) are seconds, moved to begin at 0; `size` is width, height."""
    labels = {
        "timestamps": np.asarray(times - times[0], np.float64),
        "intrinsics": intrinsics(focal, len(times), *size),
    }
    if camera.world_from_camera is not None:
        labels["world_from_camera"] = np.asarray(camera.world_from_camera, np.float64)
    return labels | {
        "center_px": np.asarray(center_px, np.float32),
        "box2d": np.asarray(box2d, np.float32),
        "track_object": tracks.owner.astype(np.int32),
        "track_px": tracks.px.astype(np.float32),
        "track_visible": tracks.visible.astype(bool),
    }


def centroids(masks: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Middles (T,N,2) of the visible pixels of each object of masks (T,H,W); NaN where it shows none."""
    count = int(masks.max())
    middles = np.full((len(masks), count, 2), np.nan, np.float32)
    for t, n in np.ndindex(middles.shape[:2]):
        rows, columns = np.nonzero(masks[t] == n + 1)
        if len(rows):
            middles[t, n] = columns.mean() + 0.5, rows.mean() + 0.5
    return middles


def boxes(masks: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Pixel edges (T,N,4) of each object of masks (T,H,W); NaN where it shows none."""
    return np.stack([[mask_box(mask == n + 1) for n in range(int(masks.max()))] for mask in masks])
