"""Labels that follow from poses, sizes and intrinsics, recomputed in float64.

Stored values differ from recomputed ones by rounding alone: float32 keeps 24 bits, and a tracked point, itself
stored in float32, moves its pixel by 2**-24 of its size times focal / depth. Eight times that is allowed, plus a
thousandth of a pixel for another machine's arithmetic; half a pixel is 500 times more.
"""

import numpy as np
from numpy.typing import NDArray

from dataset_tools.checks.data import ClipData
from dataset_tools.checks.report import ClipReport, Fault, frames_text
from dataset_tools.geometry import transform
from dataset_tools.schema import NEAR

METRES_TOLERANCE = 1e-6
PIXEL_TOLERANCE = 1e-3
FLOAT32_TOLERANCE = 8 * 2.0**-24


def check_corners(data: ClipData) -> ClipReport:
    """`box_corners_world` are the corners of `box_size` under `world_from_object`, in the fixed order."""
    expected = transform(data["world_from_object"][:, :, None], data.object_corners)  # (T,N,8,3)
    found = data["box_corners_world"]
    off = np.abs(found - expected)
    wrong = (off > METRES_TOLERANCE * (1 + np.abs(expected))).any(axis=(-1, -2))  # (T,N)
    faults = []
    for n in np.flatnonzero(wrong.any(axis=0)):
        t = int(np.flatnonzero(wrong[:, n])[0])
        what = "are not those of its pose and box_size"
        if order := _other_order(found[t, n], expected[t, n]):
            what = f"come in the order {order} instead of 0 to 7 (x: + if k & 4, y: + if k & 2, z: + if k & 1)"
        where = frames_text(np.flatnonzero(wrong[:, n]))
        message = f"box_corners_world of {data.name(n)} {what}, in {where}, off by up to {off[:, n].max():.3g} m"
        faults.append(Fault("corners", message))
    return ClipReport(faults=tuple(faults))


def check_corner_projections(data: ClipData) -> ClipReport:
    """`box_corners_px` and `box_corners_depth` are the corners seen by the camera."""
    px, depth = data.project(data.camera_corners)
    pixels = _compare_pixels(data["box_corners_px"], px, depth, np.abs(px), "box_corners_px")
    return ClipReport(faults=pixels + _compare_depths(data["box_corners_depth"], depth, "box_corners_depth"))


def check_centers(data: ClipData) -> ClipReport:
    """`center_px` and `center_depth` are the box centres seen by the camera."""
    px, depth = data.project(data.camera_from_object[..., :3, 3])
    pixels = _compare_pixels(data["center_px"], px, depth, np.abs(px), "center_px")
    return ClipReport(faults=pixels + _compare_depths(data["center_depth"], depth, "center_depth"))


def check_track_projections(data: ClipData) -> ClipReport:
    """`track_px` are the tracked points, carried by their objects' poses, seen by the camera."""
    px, depth = data.project(data.camera_tracks)
    intrinsics = data["intrinsics"]
    focal, middle = intrinsics[:, None, 0, :1], intrinsics[:, None, :2, 2]
    reach = np.abs(data["track_points"]).max(axis=-1)[:, None]  # (P,1)
    moved = reach * (focal + np.abs(px - middle)) / depth[..., None]  # pixels per metre times metres
    return ClipReport(faults=_compare_pixels(data["track_px"], px, depth, np.abs(px) + np.abs(moved), "track_px"))


def _compare_pixels(
    found: NDArray, expected: NDArray, depth: NDArray, rounded: NDArray, name: str
) -> tuple[Fault, ...]:
    """Faults of pixels (T,...,2) against recomputed ones; `rounded` is what float32 rounds, in pixels.

    Points whose depth lies within rounding of the near limit may be NaN or not.
    """
    sure = np.abs(depth - NEAR) > METRES_TOLERANCE
    nan_differs = sure & (np.isnan(found) != np.isnan(expected)).any(axis=-1)
    delta = found.astype(np.float64) - expected
    with np.errstate(invalid="ignore"):
        moved = sure & (np.abs(delta) > PIXEL_TOLERANCE + FLOAT32_TOLERANCE * rounded).any(axis=-1)
    problems = []
    if moved.any():
        x, y = np.median(delta[moved], axis=0)
        problems.append((moved, f"does not follow from poses and intrinsics: off by ({x:.3g}, {y:.3g}) px (median)"))
    if nan_differs.any():
        problems.append((nan_differs, f"is not NaN exactly where the depth is {NEAR} m or less"))
    return tuple(
        Fault("projections", f"{name} {what} for {wrong.mean():.0%} of its points, in {_frames(wrong)}")
        for wrong, what in problems
    )


def _compare_depths(found: NDArray, expected: NDArray, name: str) -> tuple[Fault, ...]:
    off = np.abs(found - expected)
    wrong = off > METRES_TOLERANCE + FLOAT32_TOLERANCE * (1 + np.abs(expected))
    if not wrong.any():
        return ()
    what = f"{name} does not follow from the poses: off by up to {off.max():.3g} m in {_frames(wrong)}"
    return (Fault("projections", what),)


def _frames(wrong: NDArray[np.bool_]) -> str:
    return frames_text(np.nonzero(wrong)[0])


def _other_order(found: NDArray, expected: NDArray) -> str:
    """The order in which `found` (8,3) lists the corners `expected` (8,3); empty when it is no reordering."""
    distance = np.linalg.norm(found[:, None] - expected[None], axis=-1)
    order = distance.argmin(axis=1)
    if len(set(order)) < len(order) or (distance.min(axis=1) > METRES_TOLERANCE).any():
        return ""
    return " ".join(map(str, order))
