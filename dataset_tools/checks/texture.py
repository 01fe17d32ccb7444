"""The video against poses and tracks: does the surface carry its texture along, and does the picture move with it?

`check_texture` compares three predictions of what visible track points show in the next frame: that they keep their
colour where the poses carry them, that each object slides and scales as a flat picture without turning, and that it
turns the other way. Where the surface has texture and the object turns, true poses win; poses that turn it otherwise
lose even to the flat picture. Shading, which stays behind when a plain object turns, speaks for the flat picture too,
but no less against the opposite turn; so both must win, or the poses must predict no better than chance.
`check_background` does the same for a moving camera, with the floor z = 0 or an infinitely far background against
one at rest; light does not turn with the camera, so that rival is enough.

`check_repeats` finds frames that stand still while the labels move: such a pair differs by coding noise only.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_dilation, maximum_filter, minimum_filter

from dataset_tools.checks.data import ClipData
from dataset_tools.checks.report import ClipReport, Fault, frames_text
from dataset_tools.geometry import project, rotate, transform

WORSE = 1.1
FAR_WORSE = 2.0
NO_BETTER = 0.5
"""Of the error by chance, which also pairs like with like."""
WORSE_BACKGROUND = 1.25
MIN_SAMPLES = 150
MIN_BACKGROUND_ERROR = 1.5
MIN_ERROR = 3.0
"""Mean colour error, summed over three channels of 255, under which there is no texture to speak of."""
STILL_SHARE = 0.1
MOVING_PX = 0.05
MOVING_SHARE = 0.3
MIN_CHANGE = 1.0
CAMERA_MOVES_PX = 0.3
GRID_PX = 4


def check_texture(data: ClipData) -> ClipReport:
    """Each object's poses predict the colours of its track points better than a flat picture of it would."""
    inner = _inner_masks(data["masks"])
    centers, depth = data.project(data.camera_from_object[..., :3, 3])
    faults = []
    for n in range(data.objects):
        t, p = np.nonzero(data["track_visible"][:-1] & data["track_visible"][1:] & (data["track_object"] == n))
        here, there = data["track_px"][t, p].astype(np.float64), data["track_px"][t + 1, p].astype(np.float64)
        flat = (here - centers[t, n]) * (depth[t, n] / depth[t + 1, n])[:, None] + centers[t + 1, n]
        errors = _colour_errors(data, inner == n + 1, t, here, (there, flat, 2 * flat - there))
        if errors is None or errors[0] < MIN_ERROR:
            continue
        given, still, opposite, chance = errors
        if given > WORSE * max(still, opposite) or (given > FAR_WORSE * still and given > NO_BETTER * chance):
            message = (
                f"the poses of {data.name(n)} do not carry its texture along: its track points change their colour by "
                f"{given:.1f} levels from frame to frame, and by {still:.1f} if it is taken not to turn at all"
            )
            faults.append(Fault("texture", message))
    return ClipReport(faults=tuple(faults))


def check_background(data: ClipData) -> ClipReport:
    """A moving camera predicts the background of the next frame better than a background at rest would."""
    rows, columns = np.mgrid[2 : data.height : GRID_PX, 2 : data.width : GRID_PX].reshape(2, -1)
    free = ~maximum_filter(data["masks"] > 0, size=(1, 7, 7))
    t, k = np.nonzero(free[:-1, rows, columns])
    here = np.stack([columns[k], rows[k]], axis=1) + 0.5
    ray = np.concatenate([data.rays[t, rows[k], columns[k]], np.ones((len(t), 1))], axis=1)
    errors = []
    for floor in (True, False):
        there = _seen_next(data, t, ray, floor)
        if not len(t) or np.nanmedian(np.linalg.norm(there - here, axis=1)) < CAMERA_MOVES_PX:
            return ClipReport()
        errors.append(_colour_errors(data, free, t, here, (there, here)))
    if any(e is None or e[0] < max(MIN_BACKGROUND_ERROR, WORSE_BACKGROUND * e[1]) for e in errors):
        return ClipReport()
    (given, still, _), _ = errors
    message = (
        f"the background does not move as world_from_camera says: carried along, its colours change by {given:.1f} "
        f"levels from frame to frame, and by {still:.1f} if it is taken to stand still"
    )
    return ClipReport(faults=(Fault("background", message),))


def _colour_errors(
    data: ClipData, masks: NDArray[np.bool_], t: NDArray, here: NDArray, places: tuple[NDArray, ...]
) -> tuple[float, ...] | None:
    """Mean change of colour from points (K,2) of frames t (K,) to each of `places` (K,2) in the next frames, and last
    between points taken by chance.

    Only points that lie on `masks` (T,H,W) here and in all places count; None where they are few.
    """
    kept = np.logical_and.reduce([_on(masks, t, here), *(_on(masks, t + 1, there) for there in places)])
    if kept.sum() < MIN_SAMPLES:
        return None
    colour = _sample(data.smooth_video, t[kept], here[kept])
    others = [_sample(data.smooth_video, t[kept] + 1, there[kept]) for there in places]
    others.append(np.random.default_rng(0).permutation(others[0]))
    return tuple(float(np.abs(other - colour).sum(axis=1).mean()) for other in others)


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


def _inner_masks(masks: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Masks without the pixels at their edges."""
    low, high = (extremum(masks, size=(1, 3, 3)) for extremum in (minimum_filter, maximum_filter))
    return np.where(low == high, masks, 0).astype(np.uint8)


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
