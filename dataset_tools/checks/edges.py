"""How well outlines of masks lie on edges of pictures, for masks and frames of any pairing and placement.

An outline is a band around a mask's edge with the direction across it at each pixel; an edge map says for each
pixel in which direction the picture changes, as a structure tensor scaled to at most 1. The fit of an outline to
a frame is the mean over the band of the part of the picture's change that runs across the outline: near 1 where
the outline lies on a clear edge, near 0 on plain ground. It asks for direction, not strength, so that one strong
edge of the background does not outweigh the rest.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.fft import irfft2, next_fast_len, rfft2
from scipy.ndimage import gaussian_filter

from dataset_tools.checks.data import SMOOTHING_PX

EDGE_LEVEL = 4.0
"""Change in levels of 255 per pixel, over all channels, at which an edge counts half."""


@dataclass(frozen=True)
class Outlines:
    """Bands around masks: tensors (T,3,H,W) of xx, 2xy, yy and their weights (T,H,W)."""

    tensors: NDArray[np.float32]
    weights: NDArray[np.float32]


def outlines(masks: NDArray[np.uint8], objects: int) -> Outlines:
    """Outlines of masks (T,H,W). Edges of the image are no outline."""
    tensors = np.zeros((len(masks), 3, *masks.shape[1:]), np.float32)
    weights = np.zeros(masks.shape, np.float32)
    for mask, tensor, weight in zip(masks, tensors, weights, strict=True):
        for n in range(objects):
            plane = (mask == n + 1).astype(np.float32)
            x, y = _differences(gaussian_filter(plane, SMOOTHING_PX, mode="nearest", truncate=3.0))
            size = np.sqrt(x * x + y * y)
            scale = np.divide(1.0, size, out=np.zeros_like(size), where=size > 1e-6)
            tensor += (x * x * scale, 2 * x * y * scale, y * y * scale)
            weight += size
    return Outlines(tensors, weights)


def edge_maps(smooth_frames: NDArray[np.float32]) -> NDArray[np.float32]:
    """Edge maps (T,3,H,W): xx, xy, yy of the direction of change of smoothed frames (T,H,W,3) in levels of 255."""
    maps = np.empty((len(smooth_frames), 3, *smooth_frames.shape[1:3]), np.float32)
    for frame, edges in zip(smooth_frames, maps, strict=True):
        changes = [_differences(np.ascontiguousarray(frame[..., channel])) for channel in range(3)]
        xx, xy, yy = (sum(x * x for x, _ in changes), sum(x * y for x, y in changes), sum(y * y for _, y in changes))
        scale = 1.0 / (xx + yy + EDGE_LEVEL**2)
        edges[:] = xx * scale, xy * scale, yy * scale
    return maps


def fits(bands: Outlines, edges: NDArray[np.float32]) -> NDArray[np.float64]:
    """Fit (T,S) of the outline of each mask frame to each of the edge maps (S,3,H,W); NaN for an empty outline."""
    weight = bands.weights.sum(axis=(1, 2), dtype=np.float64)
    found = bands.tensors.reshape(len(weight), -1) @ edges.reshape(len(edges), -1).T
    return np.divide(found, weight[:, None], out=np.full(found.shape, np.nan), where=weight[:, None] > 0)


def placement_fits(bands: Outlines, edges: NDArray[np.float32], reach: int) -> NDArray[np.float64]:
    """Fit (2 reach + 1, 2 reach + 1) over all frames of outlines moved by -reach..reach px, rows (y) then columns.

    NaN where less than half of the outlines stays inside the frame.
    """
    height, width = bands.weights.shape[1:]
    shape = next_fast_len(height + reach, real=True), next_fast_len(width + reach, real=True)
    moved_weight = _correlate(bands.weights[:, None], np.ones((1, 1, height, width), np.float32), shape)
    found = _correlate(bands.tensors, edges, shape)
    steps = np.arange(-reach, reach + 1)
    found, moved_weight = found[np.ix_(steps, steps)], moved_weight[np.ix_(steps, steps)]
    enough = moved_weight > 0.5 * max(moved_weight[reach, reach], 1e-3)
    return np.divide(found, moved_weight, out=np.full(found.shape, np.nan), where=enough)


def _correlate(a: NDArray, b: NDArray, shape: tuple[int, int]) -> NDArray[np.float64]:
    """Sum over frames and channels of the cross-correlation of a with b, both (T or 1,C,H,W)."""
    total = 0.0
    for frame_a, frame_b in zip(a, np.broadcast_to(b, (len(a), *b.shape[1:])), strict=True):
        total = total + (np.conj(rfft2(frame_a, shape)) * rfft2(frame_b, shape)).sum(axis=0)
    return irfft2(total, shape)


def _differences(plane: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Central differences along x and y of a plane (H,W), 0 in the border rows and columns."""
    x, y = np.zeros_like(plane), np.zeros_like(plane)
    x[:, 1:-1] = (plane[:, 2:] - plane[:, :-2]) / 2
    y[1:-1] = (plane[2:] - plane[:-2]) / 2
    return x, y
