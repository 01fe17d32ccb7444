"""Tracked points against boxes, masks, depth and each other."""

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter, minimum_filter
from scipy.spatial import cKDTree

from dataset_tools.checks.data import ClipData
from dataset_tools.checks.masks import mask_areas
from dataset_tools.checks.report import ClipReport, Fault, frames_text

POINTS_PER_OBJECT = 64
ON_MASK = 0.98
AT_DEPTH = 0.98
BEFORE_DEPTH = 0.1
"""Points on rods thinner than a pixel may have what is behind them in their pixel."""
DEPTH_TOLERANCE = 0.01
HALF_OFF = 0.0012
MOST_OFF = 0.004
SMOOTH_DEPTH = 0.02
"""Of the depth: over that, four pixels side by side show an edge."""
MIN_ON_SURFACE = 100
BOX_TOLERANCE = 1e-4
"""Of the box's longest edge, as for the mesh itself."""
NEIGHBOURS_PX = 1.0
ORDER_DEPTH = 0.05
"""Of the box's diagonal: how much nearer a hidden point must be to contradict a visible one beside it."""
ORDER_SHARE = 0.25
"""Renders of real objects have 10 % at most, poses that face the other way about half."""
ORDER_PAIRS = 40


def check_track_owners(data: ClipData) -> ClipReport:
    """`track_object` names objects that are there, each at least 64 times in synthetic clips."""
    owners = data["track_object"]
    faults = []
    if owners.size and (owners.min() < 0 or owners.max() >= data.objects):
        message = f"track_object holds {owners.min()} to {owners.max()}; objects are numbered 0 to {data.objects - 1}"
        faults.append(Fault("tracks", message))
    if data.kind == "synthetic":
        counts = np.bincount(owners[owners >= 0], minlength=data.objects)[: data.objects]
        faults += [
            Fault("tracks", f"{data.name(n)} has {counts[n]} tracked points; at least {POINTS_PER_OBJECT} are needed")
            for n in np.flatnonzero(counts < POINTS_PER_OBJECT)
        ]
    return ClipReport(faults=tuple(faults))


def check_points_in_boxes(data: ClipData) -> ClipReport:
    """`track_points` lie within their object's box."""
    size = data["box_size"][data["track_object"]]  # (P,3)
    beyond = (np.abs(data["track_points"]) - size / 2).max(axis=1) - BOX_TOLERANCE * size.max(axis=1)
    if not (beyond > 0).any():
        return ClipReport()
    message = (
        f"{(beyond > 0).sum()} of {len(beyond)} track_points lie outside of their object's box_size, by up to "
        f"{beyond.max():.3g} m"
    )
    return ClipReport(faults=(Fault("tracks", message),))


def check_visible_in_frame(data: ClipData) -> ClipReport:
    """Visible points are finite and inside the frame."""
    with np.errstate(invalid="ignore"):
        inside = ((data["track_px"] >= 0) & (data["track_px"] <= [data.width, data.height])).all(axis=-1)
    wrong = data["track_visible"] & ~inside
    if not wrong.any():
        return ClipReport()
    message = f"{wrong.sum()} visible track points lie outside of the frame, in {frames_text(np.nonzero(wrong)[0])}"
    return ClipReport(faults=(Fault("tracks", message),))


def check_tracks_on_masks(data: ClipData) -> ClipReport:
    """Visible points lie on their object's mask to 1 px, in 98 % of cases. Figure `tracks_on_mask`.

    An object that shows itself also shows some of its points.
    """
    owners, (t, p) = data["track_object"], _visible_inside(data)
    rows, columns = _pixels(data, t, p)
    on_mask = np.zeros(len(t), bool)
    for n in range(data.objects):
        mine = owners[p] == n
        near = maximum_filter(data["masks"] == n + 1, size=(1, 3, 3))
        on_mask[mine] = near[t[mine], rows[mine], columns[mine]]
    share = float(on_mask.mean()) if len(t) else 1.0
    faults = []
    if share < ON_MASK:
        worst = frames_text(np.unique(t[~on_mask]))
        message = f"{share:.1%} of the visible track points lie on their object's mask (1 px); {ON_MASK:.0%} are needed"
        faults.append(Fault("tracks_on_mask", f"{message}; misses are in {worst}"))
    shown = (mask_areas(data) >= POINTS_PER_OBJECT).any(axis=0)
    for n in np.flatnonzero(shown & (np.bincount(owners[p], minlength=data.objects)[: data.objects] == 0)):
        message = f"no track point of {data.name(n)} is ever visible although its mask shows it"
        faults.append(Fault("tracks_on_mask", message))
    return ClipReport({"tracks_on_mask": share}, tuple(faults))


def check_tracks_at_depth(data: ClipData) -> ClipReport:
    """Visible points lie at the depth that their pixel or one beside it shows, to 1 %, in 98 % of cases.

    Figure `tracks_at_depth`.
    """
    t, p = _visible_inside(data)
    rows, columns = _pixels(data, t, p)
    depth = data["depth"].astype(np.float32)
    low = minimum_filter(depth, size=(1, 3, 3))[t, rows, columns]
    high = maximum_filter(depth, size=(1, 3, 3))[t, rows, columns]
    z = data.camera_tracks[t, p, 2]
    good = (z >= low * (1 - DEPTH_TOLERANCE)) & (z <= high * (1 + DEPTH_TOLERANCE))
    share = float(good.mean()) if len(t) else 1.0
    faults = ()
    if share < AT_DEPTH:
        message = f"{share:.1%} of the visible track points lie at their pixel's depth (1 %); {AT_DEPTH:.0%} are needed"
        faults = (Fault("tracks_at_depth", f"{message}; misses are in {frames_text(np.unique(t[~good]))}"),)
    return ClipReport({"tracks_at_depth": share}, faults)


def check_tracks_on_surface(data: ClipData) -> ClipReport:
    """Visible points lie on the surface that depth shows, far closer than the bound of the self-check.

    Depth is read between pixel centres, away from edges, so that float16 (0.05 %) and the bend of the surface are all
    that separates them: half of each object's points lie within 0.12 % of their depth and four fifths within 0.4 %.
    On the golden clips and on renders of real objects these are 0.06 % and 0.15 % at most.
    """
    owners, (t, p) = data["track_object"], _visible_inside(data)
    x, y = (data["track_px"][t, p].astype(np.float64) - 0.5).T
    left, top = np.floor(x).astype(np.int64), np.floor(y).astype(np.int64)
    inside = (left >= 0) & (top >= 0) & (left + 1 < data.width) & (top + 1 < data.height)
    t, p, x, y, left, top = (values[inside] for values in (t, p, x - left, y - top, left, top))
    corners = [(t, top + down, left + right) for down in (0, 1) for right in (0, 1)]
    depth = np.stack([data["depth"][corner] for corner in corners]).astype(np.float64)
    z = data.camera_tracks[t, p, 2]
    smooth = (depth.max(axis=0) - depth.min(axis=0)) < SMOOTH_DEPTH * z
    smooth &= np.logical_and.reduce([data["masks"][corner] == owners[p] + 1 for corner in corners])
    between = (1 - y) * ((1 - x) * depth[0] + x * depth[1]) + y * ((1 - x) * depth[2] + x * depth[3])
    faults = []
    for n in range(data.objects):
        off = np.abs(between / z - 1)[smooth & (owners[p] == n)]
        if len(off) < MIN_ON_SURFACE:
            continue
        half, most = np.quantile(off, (0.5, 0.8))
        if half > HALF_OFF or most > MOST_OFF:
            message = (
                f"half of the visible track points of {data.name(n)} lie more than {half:.2%} of their depth off the "
                f"surface that depth shows, a fifth more than {most:.2%}; {HALF_OFF:.2%} and {MOST_OFF:.2%} are allowed"
            )
            faults.append(Fault("tracks_on_surface", message))
    return ClipReport(faults=tuple(faults))


def check_tracks_before_depth(data: ClipData) -> ClipReport:
    """Hidden points do not lie in front of what their pixel shows: something hides them, or they turn away."""
    hidden, inside = ~data["track_visible"], _inside(data)
    t, p = np.nonzero(hidden & inside)
    if not len(t):
        return ClipReport()
    rows, columns = _pixels(data, t, p)
    near = minimum_filter(data["depth"].astype(np.float32), size=(1, 3, 3))[t, rows, columns]
    before = data.camera_tracks[t, p, 2] < near * (1 - 2 * DEPTH_TOLERANCE)
    if before.mean() <= BEFORE_DEPTH:
        return ClipReport()
    message = (
        f"{before.mean():.1%} of the hidden track points lie clearly in front of the depth that their pixel shows, in "
        f"{frames_text(np.unique(t[before]))}"
    )
    return ClipReport(faults=(Fault("tracks_at_depth", message),))


def check_track_order(data: ClipData) -> ClipReport:
    """Where a visible and a hidden point of one object meet in the image, the hidden one is not the nearer.

    Near silhouettes that happens; a clip is at fault when it is common.
    """
    diagonal = np.linalg.norm(data["box_size"], axis=1)
    pairs = contradictions = 0
    inside = _inside(data)
    for t in range(data.frames):
        for n in range(data.objects):
            mine = inside[t] & (data["track_object"] == n)
            visible = np.flatnonzero(mine & data["track_visible"][t])
            hidden = np.flatnonzero(mine & ~data["track_visible"][t])
            if not len(visible) or not len(hidden):
                continue
            seen_px, hidden_px = data["track_px"][t, visible], data["track_px"][t, hidden]
            distance, nearest = cKDTree(seen_px).query(hidden_px, distance_upper_bound=NEIGHBOURS_PX)
            met = np.isfinite(distance)
            z = data.camera_tracks[t, :, 2]
            behind = z[hidden[met]] - z[visible[nearest[met]]]
            pairs += int((np.abs(behind) > ORDER_DEPTH * diagonal[n]).sum())
            contradictions += int((behind < -ORDER_DEPTH * diagonal[n]).sum())
    if pairs < ORDER_PAIRS or contradictions <= ORDER_SHARE * pairs:
        return ClipReport()
    message = (
        f"of {pairs} places where a visible and a hidden track point of one object meet in the image, the hidden one "
        f"is the nearer in {contradictions}; poses or track_visible are wrong"
    )
    return ClipReport(faults=(Fault("track_order", message),))


def _inside(data: ClipData) -> NDArray[np.bool_]:
    """(T,P) points whose pixel lies in the frame."""
    px = data["track_px"]
    with np.errstate(invalid="ignore"):
        return ((px >= 0) & (px < [data.width, data.height])).all(axis=-1)


def _visible_inside(data: ClipData) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Frames and points of all visible points inside the frame."""
    t, p = np.nonzero(data["track_visible"] & _inside(data))
    return t, p


def _pixels(data: ClipData, t: NDArray, p: NDArray) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows and columns of the pixels that points lie in."""
    px = np.floor(data["track_px"][t, p]).astype(np.int64)
    return px[:, 1], px[:, 0]
