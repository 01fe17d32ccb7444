"""What the picture looks like around points, to tell whether they still lie on the same thing."""

import numpy as np
from numpy.typing import NDArray

from dataset_tools.import_video.motion import sample

LOOK_PX = (-4.0, -2.0, 0.0, 2.0, 4.0)
NOISE = 2.5
"""Of 255."""


def smoothed(grey: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Frames (T,H,W), each lightly smoothed."""
    import cv2

    return np.stack([cv2.GaussianBlur(frame, (0, 0), 1.0) for frame in grey]).astype(np.float32)


def looks(smooth: NDArray[np.float32], px: NDArray[np.floating]) -> NDArray[np.float32]:
    """Grey (K,25) on and around points (K,2) of a smoothed frame (H,W), less its mean, so that light may change."""
    offsets = np.stack(np.meshgrid(LOOK_PX, LOOK_PX), axis=-1).reshape(-1, 2)
    grey = sample(smooth, (px[:, None] + offsets).reshape(-1, 2)).reshape(len(px), -1)
    return grey - grey.mean(axis=1, keepdims=True)


def changed(a: NDArray[np.float32], b: NDArray[np.float32], share: float) -> NDArray[np.bool_]:
    """Whether looks (K,25) differ by more than a share of their own contrast, and by more than noise does."""
    contrast = (np.abs(a).mean(axis=1) + np.abs(b).mean(axis=1)) / 2
    return np.abs(a - b).mean(axis=1) > share * contrast + NOISE
