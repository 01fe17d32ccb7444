"""Normals: unit, facing the camera, and agreeing with the slope of depth."""

import numpy as np
from numpy.typing import NDArray

from dataset_tools.checks.data import ClipData
from dataset_tools.checks.report import ClipReport, Fault, frames_text

LENGTH_TOLERANCE = 2.0
"""Of 127: rounding each of three components by half a step changes the length by 0.87 at most."""
LENGTH_SHARE = 0.01
FACING_SHARE = 0.9
MEDIAN_ANGLE_DEG = 30.0
"""Smooth shading turns the normals of coarse meshes away from their faces, but not of half the pixels this far."""
STEP_PX = 2
MIN_PIXELS = 200


def check_normals_unit(data: ClipData) -> ClipReport:
    """Normals are zeros exactly where nothing was hit, of length 127 elsewhere, and face the camera."""
    normals = data["normals"]
    squared = sum(normals[..., i].astype(np.int32) ** 2 for i in range(3))
    nothing = squared == 0
    length = np.sqrt(squared.astype(np.float32))
    faults = []
    bad = ~nothing & (np.abs(length - 127.0) > LENGTH_TOLERANCE)
    share = bad.mean(axis=(1, 2))
    if (share > LENGTH_SHARE).any():
        where = frames_text(np.flatnonzero(share > LENGTH_SHARE))
        faults.append(f"normals are not of unit length (127) for {share.max():.1%} of the pixels in {where}")
    if data.has("depth"):
        differs = (nothing != np.isinf(data["depth"])).mean(axis=(1, 2))
        if (differs > LENGTH_SHARE).any():
            where = frames_text(np.flatnonzero(differs > LENGTH_SHARE))
            faults.append(f"normals are zero where depth is finite, or the reverse, in {where}")
    rays = np.stack([data.rays[..., 0], data.rays[..., 1]], axis=-1).astype(np.float32)
    towards = normals[..., 0] * rays[..., 0] + normals[..., 1] * rays[..., 1] + normals[..., 2]
    facing = (towards < 0)[~nothing].mean() if (~nothing).any() else 1.0
    if facing < FACING_SHARE:
        faults.append(f"only {facing:.0%} of the normals face the camera (their product with the ray is negative)")
    return ClipReport(faults=tuple(Fault("normals", fault) for fault in faults))


def check_normals_follow_depth(data: ClipData) -> ClipReport:
    """For each object and the background, half of the normals or more lie within 30 degrees of depth's slope."""
    angles = np.stack([_angles(data, t) for t in range(data.frames)])  # (T,H-2s,W-2s)
    step = slice(STEP_PX, -STEP_PX)
    labels = data["masks"][:, step, step]
    faults = []
    for label in range(data.objects + 1):
        found = angles[(labels == label) & ~np.isnan(angles)]
        if len(found) < MIN_PIXELS or (median := float(np.median(found))) <= MEDIAN_ANGLE_DEG:
            continue
        name = data.name(label - 1) if label else "the background"
        message = f"normals of {name} differ from the slope of its depth by {median:.0f} degrees (median of all frames)"
        faults.append(Fault("normals", f"{message}; {MEDIAN_ANGLE_DEG:.0f} are allowed"))
    return ClipReport(faults=tuple(faults))


def _angles(data: ClipData, t: int) -> NDArray[np.float32]:
    """Degrees between normals and depth's slope, NaN at edges of masks and depth, without a border of STEP_PX.

    The slope is taken over 4 pixels, so that float16's steps of depth (0.05 %) turn it by few degrees.
    """
    s, depth = STEP_PX, data["depth"][t].astype(np.float32)
    label = data["masks"][t]
    rays = data.rays[t].astype(np.float32)
    with np.errstate(invalid="ignore"):
        points = np.concatenate([rays, np.ones((*depth.shape, 1), np.float32)], axis=-1) * depth[..., None]
        middle = slice(s, -s)
        right, left = points[middle, 2 * s :], points[middle, : -2 * s]
        down, up = points[2 * s :, middle], points[: -2 * s, middle]
        here = points[middle, middle]
        slope = np.cross(down - up, right - left)
        normal = data["normals"][t, middle, middle].astype(np.float32)
        size = np.linalg.norm(slope, axis=-1) * np.linalg.norm(normal, axis=-1)
        cosine = (slope * normal).sum(axis=-1) / size
        bend = np.abs(right + left - 2 * here).max(axis=-1) + np.abs(down + up - 2 * here).max(axis=-1)
        spread = np.linalg.norm(right - left, axis=-1) + np.linalg.norm(down - up, axis=-1)
        smooth = bend < 0.2 * spread
        angle = np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0)))
    same = np.ones_like(smooth)
    for rows, columns in ((middle, slice(2 * s, None)), (middle, slice(None, -2 * s)),
                          (slice(2 * s, None), middle), (slice(None, -2 * s), middle)):  # fmt: skip
        same &= label[rows, columns] == label[middle, middle]
    return np.where(smooth & same, angle, np.nan)
