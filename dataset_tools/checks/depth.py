"""Depth against masks, boxes, poses, and its own neighbours in time."""

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import minimum_filter

from dataset_tools.checks.data import ClipData
from dataset_tools.checks.report import ClipReport, Fault, frames_text
from dataset_tools.geometry import invert_rigid, transform

FLOAT16_HALF_STEP = 2.0**-11
"""Relative rounding of float16."""
OUTSIDE_BOX_SHARE = 0.01
INSIDE_BOX_SHARE = 0.01
WELL_INSIDE = 0.8
"""The middle part of a box's edges in which no other surface may lie."""
FLOOR_CLEARANCE = 0.02
"""Of the box's longest edge: the floor may pass through a tilted object's box, up to this height over z = 0."""
VANISHED_SHARE = 0.1
VANISHED_TOLERANCE = 0.02
MIN_CARRIED = 50
MOST_CARRIED = 10_000
UNDER_FLOOR_SHARE = 0.05
FLOOR_TOLERANCE_M = 0.02
FLOOR_TOLERANCE = 0.02
"""Of the depth."""


def check_depth_values(data: ClipData) -> ClipReport:
    """Depth is over 0, and finite where a mask shows an object."""
    depth, faults = data["depth"], []
    if (depth <= 0).any():
        where = frames_text(np.nonzero((depth <= 0).any(axis=(1, 2)))[0])
        faults.append(Fault("depth", f"depth is 0 or negative in {where}; it is over 0, and inf where nothing was hit"))
    empty = (data["masks"] > 0) & np.isinf(depth)
    if empty.any():
        where = frames_text(np.nonzero(empty)[0])
        faults.append(Fault("depth", f"{empty.sum()} mask pixels have no depth (inf), in {where}"))
    return ClipReport(faults=tuple(faults))


def check_depth_in_boxes(data: ClipData) -> ClipReport:
    """Mask pixels, put back into space, lie within their object's box; what is not the object does not lie deep in it.

    Rounding of float16 and one pixel's footprint are allowed, in 99 % of an object's pixels. The floor is let off:
    a tilted object's box may reach into it.
    """
    faults = []
    for n in range(data.objects):
        outside, strangers, area = (np.zeros(data.frames) for _ in range(3))
        for t in range(data.frames):
            outside[t], strangers[t], area[t] = _count(data, t, n)
        shares = (
            (outside, OUTSIDE_BOX_SHARE, "of the pixels of {name}, put back by their depth, lie outside of its box"),
            (strangers, INSIDE_BOX_SHARE, "as many pixels as {name} shows are of something else deep inside its box"),
        )
        for count, allowed, text in shares:
            share = count.sum() / max(area.sum(), 1.0)
            if share > allowed:
                text = text.format(name=data.name(n))
                where = frames_text(np.flatnonzero(count > allowed * area))
                message = f"{share:.1%} {text} ({where}); {allowed:.0%} are allowed"
                faults.append(Fault("depth_in_boxes", message))
    return ClipReport(faults=tuple(faults))


def _count(data: ClipData, t: int, n: int) -> tuple[int, int, int]:
    """Pixels of object n outside its box, pixels of others deep inside it, and pixels of the object, in frame t."""
    pose, half = data.camera_from_object[t, n], data["box_size"][n] / 2
    mine = data["masks"][t] == n + 1
    rows, columns = _window(data, t, n, mine)
    mine, depth = mine[rows, columns], data["depth"][t, rows, columns].astype(np.float64)
    finite = np.isfinite(depth)
    ray = data.rays(t, rows, columns)
    points = transform(invert_rigid(pose), ray * np.where(finite, depth, 1.0)[..., None])
    rounding = (FLOAT16_HALF_STEP * np.linalg.norm(ray, axis=-1) + 1.0 / data["intrinsics"][t, 0, 0]) * depth
    beyond = (np.abs(points) - half).max(axis=-1)
    outside = mine & finite & (beyond > rounding + 1e-4 * half.max())
    height = transform(data["world_from_object"][t, n], points)[..., 2]
    deep = (np.abs(points) < WELL_INSIDE * half - rounding[..., None]).all(axis=-1)
    strangers = ~mine & finite & deep & (height > FLOOR_CLEARANCE * 2 * half.max() + rounding)
    return int(outside.sum()), int(strangers.sum()), int(mine.sum())


def _window(data: ClipData, t: int, n: int, mine: NDArray[np.bool_]) -> tuple[slice, slice]:
    """Rows and columns that hold the object's mask and its projected box."""
    whole = slice(0, data.height), slice(0, data.width)
    px, _ = data.project(data.camera_corners[t : t + 1, n])
    if np.isnan(px).any():
        return whole
    rows, columns = np.flatnonzero(mine.any(axis=1)), np.flatnonzero(mine.any(axis=0))
    x = np.concatenate([px[0, :, 0], columns])
    y = np.concatenate([px[0, :, 1], rows])
    low = np.floor([y.min(), x.min()]).clip(0, [data.height, data.width]).astype(int)
    high = (np.ceil([y.max(), x.max()]) + 1).clip(0, [data.height, data.width]).astype(int)
    return slice(low[0], high[0]), slice(low[1], high[1])


def check_rigid_surfaces(data: ClipData) -> ClipReport:
    """What one frame shows of a rigid surface, no other frame looks through.

    Each pixel's point is carried to another frame by its object's pose (the world stands still); nothing there may
    lie clearly behind it. Neighbouring frames are compared, and the first, the middle and the last. Parts thinner
    than a pixel may slip between pixel centres, so a tenth is allowed.
    """
    last, middle = data.frames - 1, (data.frames - 1) // 2
    neighbours = [(t, t + 1) for t in range(last)]
    distant = {(0, middle), (middle, last), (0, last)} - {(t, t) for t in (0, middle)}
    faults: dict[int, Fault] = {}
    for pairs in (neighbours, *([pair] for pair in sorted(distant))):
        vanished, seen = np.zeros((2, len(pairs), data.objects + 1))
        for i, (a, b) in enumerate(pairs):
            for source, target in ((a, b), (b, a)):
                counts = _vanished(data, source, target)
                vanished[i] += counts[0]
                seen[i] += counts[1]
        share = vanished.sum(axis=0) / np.maximum(seen.sum(axis=0), MIN_CARRIED)
        for label in np.flatnonzero(share > VANISHED_SHARE):
            name = data.name(label - 1) if label else "the still background"
            where = frames_text(t for i in np.flatnonzero(vanished[:, label] > 0) for t in pairs[i])
            message = (
                f"{share[label]:.0%} of the surface of {name}, carried to another frame by the poses, lies in front of "
                f"the depth there ({where}); depth and poses do not belong together"
            )
            faults.setdefault(int(label), Fault("rigid_surfaces", message))
    return ClipReport(faults=tuple(faults.values()))


def check_floor(data: ClipData) -> ClipReport:
    """Nothing of the background lies under the floor, z = 0 in the world."""
    under = np.zeros(data.frames)
    for t in range(data.frames):
        depth = data["depth"][t, ::2, ::2].astype(np.float64)
        known = np.isfinite(depth) & (data["masks"][t, ::2, ::2] == 0)
        if known.any():
            ray = data.rays(t, slice(None, None, 2), slice(None, None, 2))[known]
            height = transform(data["world_from_camera"][t], ray * depth[known][:, None])[:, 2]
            under[t] = (height < -FLOOR_TOLERANCE_M - FLOOR_TOLERANCE * depth[known]).mean()
    if not (under > UNDER_FLOOR_SHARE).any():
        return ClipReport()
    message = (
        f"{under.max():.0%} of the background lies under the floor (z = 0 in the world) in "
        f"{frames_text(np.flatnonzero(under > UNDER_FLOOR_SHARE))}"
    )
    return ClipReport(faults=(Fault("floor", message),))


def _vanished(data: ClipData, source: int, target: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Per mask value 0..N: pixels of frame `source` that frame `target` looks through, and pixels that it shows."""
    depth = data["depth"][source].astype(np.float64)
    labels = data["masks"][source]
    step = max(2, round(np.sqrt(depth.size / MOST_CARRIED)))
    some = (slice(step // 2, None, step),) * 2
    used = np.isfinite(depth[some])
    labels, depth, rays = labels[some][used], depth[some][used], data.rays(source, *some)[used]
    points = rays * depth[:, None]
    still = np.eye(4)[None]
    moved = data["world_from_object"][target] @ invert_rigid(data["world_from_object"][source])
    motions = data.camera_from_world[target] @ np.concatenate([still, moved]) @ data["world_from_camera"][source]
    carried = transform(motions[labels], points)
    px, z = data.project(carried[None])
    px, z = px[0], z[0]
    with np.errstate(invalid="ignore"):
        x, y = px.T
        inside = (x >= 0) & (y >= 0) & (x < data.width) & (y < data.height)
    columns, rows = np.floor(px[inside]).astype(np.int64).T
    near = minimum_filter(data["depth"][target].astype(np.float32), size=3)[rows, columns]
    gone = near > z[inside] * (1 + VANISHED_TOLERANCE)
    bins = data.objects + 1
    return np.bincount(labels[inside][gone], minlength=bins), np.bincount(labels[inside], minlength=bins)
