"""Dense motion from sample to sample of a window, and what of it is the camera's."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dataset_tools.import_video.windows import Pictures

FORTH_AND_BACK_PX = 1.0
FORTH_AND_BACK_SHARE = 0.05
"""Of the motion: how far a point may come back from where it left."""
GRID_PX = 8
HOMOGRAPHY_PX = 1.5
CLOSE_PX = 0.75
ENLARGED_UNIT = 0.7
STANDS_PX = 0.35
STANDS_SHARE = 0.8
MIN_BACKGROUND_POINTS = 40


@dataclass(frozen=True)
class Motion:
    """Motion between the samples of a window, in pixels.

    `forth` (T-1,H,W,2) says where the pixel of sample t lies in t+1 minus where it is, `back` where that of t+1 lies
    in t. `background` (T-1,3,3) are homographies from t to t+1 that most of the picture follows, in continuous
    pixels, `inliers` (T-1,) the share of points that do. `unit` is the length in pixels that thresholds are counted in:
    1 at 576 pixels of width, more where films are larger or enlarged and so less sharp.
    """

    forth: NDArray[np.float32]
    back: NDArray[np.float32]
    background: NDArray[np.float64]
    inliers: NDArray[np.float64]
    unit: float


def measure_motion(pictures: Pictures) -> Motion:
    """Optical flow (Kroeger et al., Fast Optical Flow using Dense Inverse Search, ECCV 2016) through all steps of a
    window, joined from sample to sample, and the background's homographies."""
    import cv2

    flow = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    ends = pictures.window.sample_steps
    forth, back = [], []
    for first, last in zip(ends[:-1], ends[1:], strict=True):
        there = [flow.calc(pictures.grey[i], pictures.grey[i + 1], None) for i in range(first, last)]
        again = [flow.calc(pictures.grey[i + 1], pictures.grey[i], None) for i in range(last - 1, first - 1, -1)]
        forth.append(_joined(there))
        back.append(_joined(again))
    height, width = pictures.grey.shape[1:]
    homographies, inliers = [], []
    start = grid(width, height, GRID_PX)
    unit = max(width / 576, ENLARGED_UNIT * pictures.fit.scale)
    for there, again in zip(forth, back, strict=True):
        end, sound = carry(start, there, again)
        homography, share = fit_background(start[sound], end[sound], STANDS_PX * unit)
        homographies.append(homography)
        inliers.append(share)
    return Motion(np.stack(forth), np.stack(back), np.stack(homographies), np.array(inliers), unit)


def grid(width: int, height: int, step: int) -> NDArray[np.float64]:
    """Points (K,2), continuous pixels, every `step` pixels."""
    x, y = np.meshgrid(np.arange(step / 2, width, step), np.arange(step / 2, height, step))
    return np.stack((x, y), axis=-1).reshape(-1, 2)


def carry(
    px: NDArray[np.floating], flow: NDArray[np.float32], back: NDArray[np.float32]
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Where flow (H,W,2) takes points (K,2), and whether that is in the frame and `back` takes them home again."""
    there = px + sample(flow, px)
    again = there + sample(back, there)
    moved = np.linalg.norm(there - px, axis=-1)
    error = np.linalg.norm(again - px, axis=-1)
    sound = error <= FORTH_AND_BACK_PX + FORTH_AND_BACK_SHARE * moved
    return there, sound & inside(there, flow.shape[1], flow.shape[0])


def inside(px: NDArray[np.floating], width: int, height: int) -> NDArray[np.bool_]:
    """Which points (...,2) lie in the frame."""
    with np.errstate(invalid="ignore"):
        return ((px >= 0) & (px < [width, height])).all(axis=-1)


def sample(field: NDArray[np.float32], px: NDArray[np.floating]) -> NDArray[np.float32]:
    """Values (K,...) of a field (H,W,...) at points (K,2), bilinear between pixel centres."""
    import cv2

    if not len(px):
        return np.zeros((0, *field.shape[2:]), np.float32)
    where = np.nan_to_num(px, nan=-1.0).astype(np.float32)[:, None] - np.float32(0.5)
    rows = [
        cv2.remap(field, part, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        for part in np.array_split(where, -(-len(where) // 30000))  # remap takes at most 32767 rows
    ]
    return np.concatenate(rows).reshape(-1, *field.shape[2:])


def fit_background(
    start: NDArray[np.floating], end: NDArray[np.floating], stands_px: float
) -> tuple[NDArray[np.float64], float]:
    """The homography (3,3) that most points (K,2) follow to (K,2), and the share that does.

    It is the identity where nearly as many points stand still to `stands_px`: a camera at rest is likelier than one
    whose motion fits noise. Identity and 0 where nothing fits.
    """
    import cv2

    if len(start) < MIN_BACKGROUND_POINTS:
        return np.eye(3), 0.0
    found, kept = cv2.findHomography(start, end, cv2.USAC_MAGSAC, HOMOGRAPHY_PX, maxIters=3000, confidence=0.9999)
    if found is None or kept is None or not np.isfinite(found).all():
        return np.eye(3), 0.0
    close = (np.linalg.norm(apply(found, start) - end, axis=1) <= stands_px).mean()
    standing = (np.linalg.norm(end - start, axis=1) <= stands_px).mean()
    if standing >= STANDS_SHARE * close and standing > 0:
        return np.eye(3), float((np.linalg.norm(end - start, axis=1) <= HOMOGRAPHY_PX).mean())
    share = float(kept.mean())
    for _ in range(2):  # least squares over those that follow it closely
        close = np.linalg.norm(apply(found, start) - end, axis=1) <= CLOSE_PX
        finer = cv2.findHomography(start[close], end[close], 0)[0] if close.sum() >= MIN_BACKGROUND_POINTS else None
        found = found if finer is None or not np.isfinite(finer).all() else finer
    return found, share


def apply(homography: NDArray[np.float64], px: NDArray[np.floating]) -> NDArray[np.float64]:
    """Points (...,2) mapped by a homography (3,3)."""
    mapped = np.asarray(px, np.float64) @ homography[:, :2].T + homography[:, 2]
    return mapped[..., :2] / mapped[..., 2:]


def _joined(flows: list[NDArray[np.float32]]) -> NDArray[np.float32]:
    """One field (H,W,2) of the fields of successive steps."""
    import cv2

    total = flows[0]
    height, width = total.shape[:2]
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    for following in flows[1:]:
        x_there, y_there = x + total[..., 0], y + total[..., 1]
        total = total + cv2.remap(following, x_there, y_there, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return total
