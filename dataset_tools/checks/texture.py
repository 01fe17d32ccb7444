"""The video against poses and tracks: does the surface carry its texture along, and does the picture move with it?

`check_texture` compares two predictions of what visible track points show in the next frame: that they keep their
colour where the poses carry them, and that each object slides and scales as a flat picture without turning. Where
the surface has texture and the object turns, true poses win; poses that turn it otherwise lose even to the flat
picture. Plain or still objects give the same for both. On renders of real objects and the golden clips true poses
have at most 1.00 times the flat picture's error, transposed rotations 1.1 to 2.4 times where objects turn at all.

`check_repeats` finds frames that stand still while the labels move: such a pair differs by coding noise only.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_dilation, maximum_filter, minimum_filter

from dataset_tools.checks.data import ClipData
from dataset_tools.checks.report import ClipReport, Fault, frames_text

WORSE_THAN_FLAT = 1.2
MIN_SAMPLES = 150
MIN_ERROR = 3.0
"""Mean colour error, summed over three channels of 255, under which there is no texture to speak of."""
STILL_SHARE = 0.1
MOVING_PX = 0.05
MOVING_SHARE = 0.3
MIN_CHANGE = 1.0


def check_texture(data: ClipData) -> ClipReport:
    """Each object's poses predict the colours of its track points better than a flat picture of it would."""
    inner = _inner_masks(data["masks"])
    faults = []
    for n in range(data.objects):
        t, p = np.nonzero(data["track_visible"][:-1] & data["track_visible"][1:] & (data["track_object"] == n))
        here, there = data["track_px"][t, p].astype(np.float64), data["track_px"][t + 1, p].astype(np.float64)
        px, depth = data.project(data.camera_from_object[:, n : n + 1, :3, 3])
        scale = (depth[:-1] / depth[1:])[t]
        flat = (here - px[t, 0]) * scale + px[t + 1, 0]
        kept = _on(inner, t, here, n) & _on(inner, t + 1, there, n) & _on(inner, t + 1, flat, n)
        if kept.sum() < MIN_SAMPLES:
            continue
        t, here, there, flat = t[kept], here[kept], there[kept], flat[kept]
        colour = _sample(data.smooth_video, t, here)
        by_poses = np.abs(_sample(data.smooth_video, t + 1, there) - colour).sum(axis=1).mean()
        by_flat = np.abs(_sample(data.smooth_video, t + 1, flat) - colour).sum(axis=1).mean()
        if by_poses > MIN_ERROR and by_poses > WORSE_THAN_FLAT * by_flat:
            message = (
                f"the poses of {data.name(n)} do not carry its texture along: its track points change their colour by "
                f"{by_poses:.1f} levels from frame to frame, and by {by_flat:.1f} if it is taken not to turn at all"
            )
            faults.append(Fault("texture", message))
    return ClipReport(faults=tuple(faults))


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


def _on(masks: NDArray[np.uint8], t: NDArray, px: NDArray, n: int) -> NDArray[np.bool_]:
    """Whether points (K,2) of frames t (K,) lie on object n."""
    columns, rows = np.floor(px).astype(np.int64).T
    inside = (rows >= 0) & (rows < masks.shape[1]) & (columns >= 0) & (columns < masks.shape[2])
    on = np.zeros(len(t), bool)
    on[inside] = masks[t[inside], rows[inside], columns[inside]] == n + 1
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
