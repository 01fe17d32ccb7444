"""Depth as colours: near is warm, far is cool, nothing hit is black."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

RAMP = np.array(
    [(38, 20, 92), (36, 83, 178), (33, 154, 178), (86, 195, 124), (205, 212, 74), (250, 158, 50), (222, 64, 43)],
    np.float64,
)
"""RGB from far to near, evenly spaced."""


@dataclass(frozen=True)
class DepthRange:
    """The depths, in metres, at the two ends of the ramp; 0 < near < far."""

    near: float
    far: float


def depth_range(depth: NDArray[np.floating]) -> DepthRange:
    """The range of a clip's depth (T,H,W): its 1st and 99th percentile over every fourth frame, row and column."""
    sample = np.asarray(depth[::4, ::4, ::4], np.float64)
    known = sample[np.isfinite(sample) & (sample > 0)]
    if known.size == 0:
        return DepthRange(1.0, 2.0)
    near, far = np.percentile(known, (1, 99)).tolist()
    return DepthRange(near, max(far, near * 1.01))


def depth_picture(depth: NDArray[np.floating], limits: DepthRange) -> NDArray[np.uint8]:
    """RGB (H,W,3) of depths (H,W) in metres, evenly spaced in 1/depth, black where nothing was hit."""
    depth = np.asarray(depth, np.float64)
    known = np.isfinite(depth) & (depth > 0)
    inverse = 1.0 / np.where(known, depth, limits.far)
    share = (inverse - 1.0 / limits.far) / (1.0 / limits.near - 1.0 / limits.far)
    place = share.clip(0.0, 1.0) * (len(RAMP) - 1)
    low = np.minimum(place.astype(int), len(RAMP) - 2)
    colours = RAMP[low] + (place - low)[..., None] * (RAMP[low + 1] - RAMP[low])
    return np.where(known[..., None], np.rint(colours), 0).astype(np.uint8)
