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
MAX_BEND = 0.2
"""Of the distance between the pixels compared: over that, depth has an edge or a fold between them."""
MIN_LIKENESS = 0.9
"""Cosine between the normals of neighbours: under that, the surface bends too much within the slope's 4 pixels."""
MIN_ALIKE_SHARE = 0.3
"""Of an object's pixels, those whose neighbours' normals are like theirs are judged alone where they are this many.
A thin, bent object has fewer pixels to judge then; normals that are noise are like nothing, and all are judged."""
STEP_PX = 2
MIN_PIXELS = 200


def check_normals_unit(data: ClipData) -> ClipReport:
    """Normals are zeros exactly where nothing was hit, of length 127 elsewhere, and face the camera."""
    unlike, unequal = np.zeros((2, data.frames))
    facing = hit = 0
    for t in range(data.frames):
        x, y, z = (data["normals"][t, ..., i].astype(np.float32) for i in range(3))
        length = np.sqrt(x * x + y * y + z * z)
        nothing = length == 0
        unlike[t] = (~nothing & (np.abs(length - 127.0) > LENGTH_TOLERANCE)).mean()
        if data.has("depth"):
            unequal[t] = (nothing != np.isinf(data["depth"][t])).mean()
        ray = data.rays(t).astype(np.float32)
        facing += int((x * ray[..., 0] + y * ray[..., 1] + z < 0).sum())
        hit += int((~nothing).sum())
    faults = []
    if (wrong := unlike > LENGTH_SHARE).any():
        where = frames_text(np.flatnonzero(wrong))
        faults.append(f"normals are not of unit length (127) for {unlike.max():.1%} of the pixels in {where}")
    if (wrong := unequal > LENGTH_SHARE).any():
        faults.append(
            f"normals are zero where depth is finite, or the reverse, in {frames_text(np.flatnonzero(wrong))}"
        )
    if facing < FACING_SHARE * hit:
        faults.append(f"only {facing / hit:.0%} of the normals face the camera (product with the ray under 0)")
    return ClipReport(faults=tuple(Fault("normals", fault) for fault in faults))


def check_normals_follow_depth(data: ClipData) -> ClipReport:
    """For each object and the background, half of the normals or more lie within 30 degrees of depth's slope."""
    angles, alike, labels = map(np.stack, zip(*(_angles(data, t) for t in range(data.frames)), strict=True))
    faults = []
    for label in range(data.objects + 1):
        smooth = (labels == label) & ~np.isnan(angles)
        even = smooth & alike
        found = angles[even if even.sum() >= MIN_ALIKE_SHARE * smooth.sum() else smooth]
        if len(found) < MIN_PIXELS or (median := float(np.median(found))) <= MEDIAN_ANGLE_DEG:
            continue
        name = data.name(label - 1) if label else "the background"
        message = f"normals of {name} differ from the slope of its depth by {median:.0f} degrees (median of all frames)"
        faults.append(Fault("normals", f"{message}; {MEDIAN_ANGLE_DEG:.0f} are allowed"))
    return ClipReport(faults=tuple(faults))


def _angles(data: ClipData, t: int) -> tuple[NDArray[np.float32], NDArray[np.bool_], NDArray[np.uint8]]:
    """Degrees between normals and depth's slope at every STEP_PX-th pixel; whether normals are alike around it; masks.

    NaN at edges of masks and depth. The slope is taken over 4 pixels, so that float16's steps of depth (0.05 %) turn
    it by few degrees.
    """
    s = STEP_PX
    label = data["masks"][t, ::s, ::s]
    depth = data["depth"][t, ::s, ::s].astype(np.float32)
    rays = data.rays(t, slice(None, None, s), slice(None, None, s)).astype(np.float32)
    x, y = (rays[..., i] * depth for i in range(2))
    right, left = (slice(1, -1), slice(2, None)), (slice(1, -1), slice(None, -2))
    down, up, here = (slice(2, None), slice(1, -1)), (slice(None, -2), slice(1, -1)), (slice(1, -1), slice(1, -1))
    across = [plane[right] - plane[left] for plane in (x, y, depth)]
    along = [plane[down] - plane[up] for plane in (x, y, depth)]
    normals = [data["normals"][t, ::s, ::s, i].astype(np.float32) for i in range(3)]
    normal = [plane[here] for plane in normals]
    slope = [along[i] * across[j] - along[j] * across[i] for i, j in ((1, 2), (2, 0), (0, 1))]
    size = np.sqrt(sum(v * v for v in slope) * sum(v * v for v in normal))
    cosine = sum(a * b for a, b in zip(slope, normal, strict=True)) / size
    bend = sum(np.abs(depth[a] + depth[b] - 2 * depth[here]) for a, b in ((right, left), (down, up)))
    spread = sum(np.sqrt(sum(v * v for v in side)) for side in (across, along))
    same = np.logical_and.reduce([label[side] == label[here] for side in (right, left, down, up)])
    length = np.sqrt(sum(plane * plane for plane in normals))
    alike = np.logical_and.reduce(
        [
            sum(plane[side] * plane[here] for plane in normals) >= MIN_LIKENESS * length[side] * length[here]
            for side in (right, left, down, up)
        ]
    )
    smooth = same & (bend < MAX_BEND * spread)
    return np.where(smooth, np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0))), np.nan), alike, label[here]
