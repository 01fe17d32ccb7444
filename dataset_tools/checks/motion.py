"""The video against the labels in time: does the picture move when, and as, the labels say?

`check_repeats` finds frames that stand still while the labels move: such a pair differs by coding noise only.

`check_background` compares what a moving camera predicts for the next frame, with the floor z = 0 or an infinitely far
background, to a background at rest. Given over rival, renders with true cameras have at most 0.99 for the better of the
two predictions, golden clips with inverted cameras about 1.3 to 1.5. (The same test of the objects' own texture does
not hold: glass, gloss and fast turns speak for a flat picture against true poses.)
"""

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_dilation, maximum_filter

from dataset_tools.checks.data import ClipData
from dataset_tools.checks.report import ClipReport, Fault, frames_text
from dataset_tools.geometry import project, rotate, transform, unproject

WORSE = 1.25
MIN_SAMPLES = 150
MIN_ERROR = 2.0
"""Mean change of colour, summed over three channels of 255, under which there is no texture to speak of."""
STILL_SHARE = 0.1
MOVING_PX = 0.05
MOVING_SHARE = 0.3
MIN_CHANGE = 1.0
CAMERA_MOVES_PX = 0.3
GRID_POINTS = 2500


def check_background(data: ClipData) -> ClipReport:
    """A moving camera predicts the background of the next frame better than a background at rest would."""
    step = max(2, round(np.sqrt(data.height * data.width / GRID_POINTS)))
    rows, columns = np.mgrid[step // 2 : data.height : step, step // 2 : data.width : step].reshape(2, -1)
    free = maximum_filter(data["masks"], size=(1, 7, 7)) == 0
    t, k = np.nonzero(free[:-1, rows, columns])
    here = np.stack([columns[k], rows[k]], axis=1) + 0.5
    ray = unproject(here, 1.0, data["intrinsics"][t])
    errors = []
    for floor in (True, False):
        there = _seen_next(data, t, ray, floor)
        if not len(t) or np.nanmedian(np.linalg.norm(there - here, axis=1)) < CAMERA_MOVES_PX:
            return ClipReport()
        errors.append(_colour_errors(data, free, t, here, (there, here)))
    if any(e is None or e[0] < max(MIN_ERROR, WORSE * e[1]) for e in errors):
        return ClipReport()
    (given, still), _ = errors
    message = (
        f"the background does not move as world_from_camera says: carried along, its colours change by {given:.1f} "
        f"levels from frame to frame, and by {still:.1f} if it is taken to stand still"
    )
    return ClipReport(faults=(Fault("background", message),))


def _colour_errors(
    data: ClipData, masks: NDArray[np.bool_], t: NDArray, here: NDArray, places: tuple[NDArray, ...]
) -> tuple[float, ...] | None:
    """Mean change of colour from points (K,2) of frames t (K,) to each of `places` (K,2) in the next frames.

    Only points that lie on `masks` (T,H,W) here and in all places count; None where they are few.
    """
    kept = np.logical_and.reduce([_on(masks, t, here), *(_on(masks, t + 1, there) for there in places)])
    if kept.sum() < MIN_SAMPLES:
        return None
    colour = _sample(data.smooth_video, t[kept], here[kept])
    return tuple(
        float(np.abs(_sample(data.smooth_video, t[kept] + 1, there[kept]) - colour).sum(axis=1).mean())
        for there in places
    )


def _seen_next(data: ClipData, t: NDArray, ray: NDArray, floor: bool) -> NDArray[np.float64]:
    """Where the background along rays (K,3) of frames t (K,) is seen in the next frame (K,2), NaN where nowhere.

    It is infinitely far, or, if `floor`, the plane z = 0 where the ray meets that.
    """
    camera, following = data["world_from_camera"][t], data.camera_from_world[t + 1]
    direction = rotate(camera, ray)
    with np.errstate(divide="ignore", invalid="ignore"):
        reach = -camera[:, 2, 3] / direction[:, 2]
    target = rotate(following, direction)
    if floor:
        hits = (reach > 0) & np.isfinite(reach)
        points = camera[hits, :3, 3] + reach[hits, None] * direction[hits]
        target[hits] = transform(following[hits], points)
    return project(target, data["intrinsics"][t + 1], near=0.0)[0]


def check_repeats(data: ClipData) -> ClipReport:
    """No frame repeats the one before while the objects' labels move."""
    change, motion = np.zeros((2, data.frames - 1))
    for t in range(data.frames - 1):
        region = binary_dilation((data["masks"][t] > 0) | (data["masks"][t + 1] > 0), iterations=2)
        seen = data["track_visible"][t] | data["track_visible"][t + 1]
        if region.any() and seen.any():
            change[t] = np.abs(data["video"][t + 1][region].astype(np.int16) - data["video"][t][region]).mean()
            motion[t] = np.nanmean(np.linalg.norm(data["track_px"][t + 1] - data["track_px"][t], axis=-1)[seen])
    motion = np.nan_to_num(motion)
    moving = motion > max(MOVING_PX, MOVING_SHARE * np.median(motion))
    if moving.sum() < 3:
        return ClipReport()
    rate = change / np.maximum(motion, MOVING_PX)
    usual = np.median(rate[moving])
    still = moving & (rate < STILL_SHARE * usual) & (usual * motion > MIN_CHANGE)
    if not still.any():
        return ClipReport()
    t = int(np.flatnonzero(still)[0])
    message = (
        f"{frames_text(np.flatnonzero(still) + 1)} of the video repeats the one before although the labels move by "
        f"{motion[t]:.2g} px"
    )
    return ClipReport(faults=(Fault("repeats", message),))


def _on(masks: NDArray[np.bool_], t: NDArray, px: NDArray) -> NDArray[np.bool_]:
    """Whether points (K,2) of frames t (K,) lie on masks (T,H,W)."""
    columns, rows = np.floor(np.nan_to_num(px, nan=-1.0)).clip(-1, max(masks.shape)).astype(np.int64).T
    inside = (rows >= 0) & (rows < masks.shape[1]) & (columns >= 0) & (columns < masks.shape[2])
    on = np.zeros(len(t), bool)
    on[inside] = masks[t[inside], rows[inside], columns[inside]]
    return on


def _sample(frames: NDArray[np.float32], t: NDArray, px: NDArray) -> NDArray[np.float64]:
    """Colours (K,3) at points (K,2) of frames t (K,), bilinear between pixel centres."""
    height, width = frames.shape[1:3]
    x, y = np.clip(px[:, 0] - 0.5, 0, width - 1), np.clip(px[:, 1] - 0.5, 0, height - 1)
    left, top = np.floor(x).astype(np.int64), np.floor(y).astype(np.int64)
    right, bottom = np.minimum(left + 1, width - 1), np.minimum(top + 1, height - 1)
    x, y = (x - left)[:, None], (y - top)[:, None]
    upper = frames[t, top, left] * (1 - x) + frames[t, top, right] * x
    lower = frames[t, bottom, left] * (1 - x) + frames[t, bottom, right] * x
    return upper * (1 - y) + lower * y
