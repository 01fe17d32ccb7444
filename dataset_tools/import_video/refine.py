"""Take the drift out of tracks: what lies around a point is matched to where the point began, turned and stretched."""

import numpy as np
from numpy.typing import NDArray

HALF_PX = 8
SEARCH_PX = 8
MOST_AWAY_PX = 2.0
"""How far a match may lie from where Lucas-Kanade expects it."""
MIN_CORRELATION = 0.9
MAX_STRETCH = 0.35
ROUNDS = 20


def without_drift(px: NDArray[np.floating], grey: NDArray[np.uint8], start: NDArray[np.int64]) -> NDArray[np.float64]:
    """Points (T,P,2) of frames (T,H,W), each moved to where an affine match with its patch in sample `start` (P,)
    lies, as long as that correlates (ECC: Evangelidis and Psarakis, PAMI 2008).

    From the start on, both ways, a point's steps are Lucas-Kanade's, which slide a little on what turns, and each
    match makes up for what has gathered; where nothing matches any more, the steps go on from the last match.
    """
    import cv2

    refined = np.asarray(px, np.float64).copy()
    side = 2 * HALF_PX + 1
    middle = np.array([HALF_PX, HALF_PX, 1.0])
    stop = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, ROUNDS, 1e-3)
    for p in range(px.shape[1]):
        if np.isnan(px[start[p], p, 0]):
            continue
        template = cv2.getRectSubPix(grey[start[p]], (side, side), _centres(px[start[p], p]))
        for way in (1, -1):
            shape, moved = np.eye(2), np.zeros(2)
            t = int(start[p]) + way
            while 0 <= t < len(px) and not np.isnan(px[t, p, 0]):
                expected = px[t, p] + moved
                field = side + 2 * SEARCH_PX
                around = cv2.getRectSubPix(grey[t], (field, field), _centres(expected))
                guess = np.zeros((2, 3), np.float32)
                guess[:, :2] = shape
                guess[:, 2] = (field - 1) / 2 - shape @ middle[:2]
                try:
                    correlation, match = cv2.findTransformECC(template, around, guess, cv2.MOTION_AFFINE, stop, None, 1)
                except cv2.error:  # it raises where it does not converge
                    correlation, match = 0.0, guess
                away = match @ middle - (field - 1) / 2
                if correlation >= MIN_CORRELATION and np.linalg.norm(away) <= MOST_AWAY_PX and _sound(match[:, :2]):
                    shape, moved = match[:, :2].astype(np.float64), moved + away
                refined[t, p] = px[t, p] + moved
                t += way
    return refined


def _centres(point: NDArray[np.floating]) -> tuple[float, float]:
    """A continuous pixel as OpenCV counts."""
    return float(point[0]) - 0.5, float(point[1]) - 0.5


def _sound(shape: NDArray[np.floating]) -> bool:
    """Whether a 2x2 matrix turns, and stretches by a third at most."""
    stretches = np.linalg.svd(shape, compute_uv=False)
    return bool(np.linalg.det(shape) > 0 and (np.abs(np.log(np.maximum(stretches, 1e-6))) <= MAX_STRETCH).all())
