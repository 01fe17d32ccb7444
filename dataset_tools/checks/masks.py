"""Masks against the labels that are counted from them, and against the boxes that must hold them."""

import numpy as np
from numpy.typing import NDArray

from dataset_tools.checks.data import ClipData
from dataset_tools.checks.hull import box_outline, distance_outside
from dataset_tools.checks.report import ClipReport, Fault, frames_text
from dataset_tools.geometry import mask_box

OUTSIDE_HULL_PX = 1.5
SEEN_PIXELS = 20
SEEN_SHARE = 0.8
EDGE_TOLERANCE_PX = 1.0
"""Two renders of one object, alone and in the scene, may differ by a pixel at its edge."""


def check_mask_values(data: ClipData) -> ClipReport:
    """Masks name only objects that are there."""
    most = int(data["masks"].max(initial=0))
    if most <= data.objects:
        return ClipReport()
    message = f"masks hold the value {most}, but the clip has {data.objects} objects, so at most {data.objects}"
    return ClipReport(faults=(Fault("masks", message),))


def check_frames_seen(data: ClipData) -> ClipReport:
    """Each object shows 20 pixels or more in 80 % of the frames. Figure `frames_seen`: the smallest share."""
    share = (mask_areas(data) >= SEEN_PIXELS).mean(axis=0)  # (N,)
    faults = tuple(
        Fault("frames_seen", f"{data.name(n)} shows {SEEN_PIXELS} pixels or more in {share[n]:.0%} of the frames; "
              f"at least {SEEN_SHARE:.0%} are needed")
        for n in np.flatnonzero(share < SEEN_SHARE)
    )  # fmt: skip
    return ClipReport({"frames_seen": float(share.min(initial=1.0))}, faults)


def check_box2d(data: ClipData) -> ClipReport:
    """`box2d` are the pixel edges of the masks, NaN where an object is unseen."""
    expected = np.stack([[mask_box(mask == n + 1) for n in range(data.objects)] for mask in data["masks"]])
    same = (data["box2d"] == expected) | (np.isnan(data["box2d"]) & np.isnan(expected))
    return _per_object(data, ~same.all(axis=-1), "box2d", "box2d of {name} is not the box of its mask in {frames}")


def check_visibility(data: ClipData) -> ClipReport:
    """`visible_fraction` and `silhouette2d` agree with the masks and with each other."""
    area, fraction = mask_areas(data), data["visible_fraction"].astype(np.float64)
    silhouette, box = data["silhouette2d"].astype(np.float64), data["box2d"].astype(np.float64)
    nan = np.isnan(fraction)
    hidden_corner = np.isnan(data["box_corners_px"]).any(axis=(-1, -2))
    known = ~nan & ~np.isnan(silhouette).any(axis=-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        beyond = np.stack([silhouette[..., :2] - box[..., :2], box[..., 2:] - silhouette[..., 2:]]).max(axis=(0, -1))
        alone = area / fraction
        room = np.prod(silhouette[..., 2:] - silhouette[..., :2] + 2 * EDGE_TOLERANCE_PX, axis=-1)
        cropped = (silhouette[..., :2] < -EDGE_TOLERANCE_PX).any(axis=-1)
        cropped |= (silhouette[..., 2:] > np.array([data.width, data.height]) + EDGE_TOLERANCE_PX).any(axis=-1)
        differs = known & (np.abs(silhouette - box).max(axis=-1) > EDGE_TOLERANCE_PX)
    problems = (
        (nan != hidden_corner, "visible_fraction of {name} is not NaN exactly where a corner is NaN, in {frames}"),
        (~nan & ((fraction < 0) | (fraction > 1)), "visible_fraction of {name} is not within 0 and 1 in {frames}"),
        (~nan & ((fraction > 0) != (area > 0)), "visible_fraction of {name} does not fit its mask being empty or not, "
         "in {frames}"),
        (known & (area > 0) & ~(beyond <= EDGE_TOLERANCE_PX), "silhouette2d of {name} does not contain box2d in "
         "{frames}"),
        (known & (area > 0) & ~(alone <= room), "visible_fraction of {name} asks for more pixels than silhouette2d "
         "has room for, in {frames}"),
        ((fraction == 1) & cropped, "{name} counts as wholly visible although silhouette2d leaves the frame, in "
         "{frames}"),
        ((fraction == 1) & differs, "{name} counts as wholly visible although silhouette2d is not box2d, in {frames}"),
    )  # fmt: skip
    return ClipReport(
        faults=tuple(fault for wrong, text in problems for fault in _per_object(data, wrong, "visibility", text).faults)
    )


def check_masks_in_boxes(data: ClipData) -> ClipReport:
    """Mask pixels and silhouettes lie within the outline of the projected box, to 1.5 px.

    Figure `mask_outside_hull_px`: how far the farthest mask pixel's centre lies outside.
    """
    outside = np.zeros((data.frames, data.objects))
    wide = np.zeros((data.frames, data.objects), bool)
    silhouette = data["silhouette2d"]
    for t, n in np.ndindex(outside.shape):
        outline = box_outline(data.camera_corners[t, n], data["intrinsics"][t])
        if outline is None:
            continue
        rows, columns = np.nonzero(data["masks"][t] == n + 1)
        if rows.size:
            outside[t, n] = distance_outside(outline, np.stack([columns, rows], axis=1) + 0.5).max()
        low, high = outline.min(axis=0) - OUTSIDE_HULL_PX, outline.max(axis=0) + OUTSIDE_HULL_PX
        wide[t, n] = (silhouette[t, n, :2] < low).any() or (silhouette[t, n, 2:] > high).any()
    faults = []
    for n in range(data.objects):
        if (far := outside[:, n] > OUTSIDE_HULL_PX).any():
            message = (
                f"mask pixels of {data.name(n)} lie up to {outside[:, n].max():.1f} px outside of its projected box in "
                f"{frames_text(np.flatnonzero(far))}; {OUTSIDE_HULL_PX} px are allowed"
            )
            faults.append(Fault("masks_in_boxes", message))
    text = "silhouette2d of {name} reaches out of its projected box in {frames}"
    faults += _per_object(data, wide, "masks_in_boxes", text).faults
    return ClipReport({"mask_outside_hull_px": float(outside.max(initial=0.0))}, tuple(faults))


def mask_areas(data: ClipData) -> NDArray[np.int64]:
    """Pixels (T,N) of each object in each frame."""
    return np.stack([(data["masks"] == n + 1).sum(axis=(1, 2)) for n in range(data.objects)], axis=1)


def _per_object(data: ClipData, wrong: NDArray[np.bool_], check: str, text: str) -> ClipReport:
    """A fault for each object with wrong frames (T,N), from a text with {name} and {frames}."""
    return ClipReport(
        faults=tuple(
            Fault(check, text.format(name=data.name(n), frames=frames_text(np.flatnonzero(wrong[:, n]))))
            for n in np.flatnonzero(wrong.any(axis=0))
        )
    )
