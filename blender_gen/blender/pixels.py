"""Sets of pixels, (H,W) bool."""

import numpy as np


def widened(pixels: np.ndarray, reach: int = 1) -> np.ndarray:
    """Tell which pixels of (H,W) bool lie within `reach` of one that is set, to each side and across."""
    height, width = pixels.shape
    padded = np.pad(pixels, reach)
    shifts = range(2 * reach + 1)
    rows = np.logical_or.reduce([padded[shift : shift + height] for shift in shifts])
    return np.logical_or.reduce([rows[:, shift : shift + width] for shift in shifts])


def covering(places: np.ndarray) -> np.ndarray:
    """Return rectangles x0, y0, x1, y1, (K,4), that cover all that is set in (H,W) bool, once, and nothing else."""
    found = [np.zeros((0, 4))]
    changes = np.flatnonzero((places[1:] != places[:-1]).any(axis=1)) + 1
    for top, bottom in zip([0, *changes], [*changes, len(places)], strict=True):
        steps = np.flatnonzero(np.diff(places[top], prepend=False, append=False)).reshape(-1, 2)
        rows = np.broadcast_to((top, bottom), steps.shape)
        found.append(np.column_stack([steps[:, 0], rows[:, 0], steps[:, 1], rows[:, 1]]))
    return np.concatenate(found)
