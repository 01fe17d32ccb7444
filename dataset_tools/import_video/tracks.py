"""Points on objects, followed through a window by pyramidal Lucas-Kanade with a check forth and back."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from dataset_tools.import_video.looks import changed, looks, smoothed
from dataset_tools.import_video.motion import inside
from dataset_tools.import_video.refine import without_drift

PATCHES = ((11, 3), (25, 3))
"""Side in pixels, and how often the picture is halved, in the order in which they are tried."""
BACK_PX = 0.5
EDGE_PX = (7, 5, 3)
"""Points begin this far inside of a mask, the farthest of these that leaves a third of it: patches that reach over an
edge follow whatever lies there too."""
LEAVES_PX = 3
"""Points end where they leave the mask by more."""
VISIBLE_PX = 1
LAG = 5
OTHER_LOOK = 0.85
"""Of its contrast: how much the picture around a point may change in that many samples."""
DISC_SHARE = 0.03
"""Of the picture's height."""


@dataclass(frozen=True)
class Tracks:
    """Tracked points of a clip: `owner` (P,), `px` (T,P,2), NaN where a point is not known, `visible` (T,P)."""

    owner: NDArray[np.int32]
    px: NDArray[np.float32]
    visible: NDArray[np.bool_]


@dataclass(frozen=True)
class Seeds:
    """Where points are begun: `px` (P,2) in sample `start` (P,), on object `owner` (P,)."""

    owner: NDArray[np.int32]
    px: NDArray[np.float64]
    start: NDArray[np.int64]


def seed_in_masks(grey: NDArray[np.uint8], masks: NDArray[np.uint8], points: int) -> Seeds:
    """`points` points shared out among the objects of masks (T,H,W), in frames `grey` (T,H,W).

    Half of an object's points begin in the first sample that shows most of it, half where it is largest. Corners
    come first (Shi and Tomasi, 1994), then the places farthest from those.
    """
    count = int(masks.max())
    shares = [points // count + (n < points % count) for n in range(count)]
    owners, px, starts = [], [], []
    for n, share in enumerate(shares):
        areas = (masks == n + 1).sum(axis=(1, 2))
        first, largest = int(np.argmax(areas >= 0.6 * areas.max())), int(np.argmax(areas))
        halves = [(first, share)] if first == largest else [(first, share - share // 2), (largest, share // 2)]
        for sample, some in halves:
            px.append(_spread(grey[sample], masks[sample] == n + 1, some))
            starts += [sample] * some
            owners += [n] * some
    return Seeds(np.array(owners, np.int32), np.concatenate(px), np.array(starts, np.int64))


def seed_around(grey: NDArray[np.uint8], center_px: NDArray[np.floating], points: int) -> Seeds:
    """`points` points on objects of which only a track (T,N,2) is known: on a disc around the first sample's place.

    The first point of each object is the track's own.
    """
    height, width = grey.shape[1:]
    y, x = np.mgrid[0.5:height, 0.5:width]
    count = center_px.shape[1]
    owners, px, starts = [], [], []
    for n in range(count):
        share = points // count + (n < points % count)
        start = int(np.argmax(inside(center_px[:, n], width, height)))
        own = center_px[start, n].astype(np.float64)
        disc = np.hypot(x - own[0], y - own[1]) <= max(4.0, DISC_SHARE * height)
        px.append(np.concatenate((own[None], _spread(grey[start], disc, share - 1, edges=()))))
        owners += [n] * share
        starts += [start] * share
    return Seeds(np.array(owners, np.int32), np.concatenate(px), np.array(starts, np.int64))


def follow(grey: NDArray[np.uint8], sample_steps: Sequence[int], seeds: Seeds) -> NDArray[np.float32]:
    """Where points lie in each sample, (T,P,2); NaN from where a point is lost, on both sides of its start.

    `grey` (M,H,W) are all steps, `sample_steps` (T,) those that are samples.
    """
    px = np.full((len(grey), len(seeds.px), 2), np.nan)
    for start in np.unique(seeds.start):
        own = seeds.start == start
        first = int(sample_steps[start])
        px[first, own] = seeds.px[own]
        for step in range(first, len(grey) - 1):
            px[step + 1, own] = _step(grey[step], grey[step + 1], px[step, own])
        for step in range(first, 0, -1):
            px[step - 1, own] = _step(grey[step], grey[step - 1], px[step, own])
    samples = np.asarray(sample_steps)
    px = _while_alike(px[samples], grey[samples], seeds.start)
    return without_drift(px, grey[samples], seeds.start).astype(np.float32)


def on_masks(
    px: NDArray[np.float32], seeds: Seeds, masks: NDArray[np.uint8], seen: NDArray[np.bool_] | None = None
) -> Tracks:
    """Tracks of points (T,P,2): a point is visible where it is known and on its object's mask (T,H,W) to 1 px.

    Where a tracker says itself which points are `seen` (T,P), those alone are visible. Without, a point ends where it
    leaves the mask by more than 3 px: it hangs on something else from there.
    """
    count, height, width = masks.shape
    px = px.copy()
    visible = np.zeros(px.shape[:2], bool)
    for n in np.unique(seeds.owner):
        own = np.flatnonzero(seeds.owner == n)
        near = _read(_widened(masks == n + 1, LEAVES_PX), px[:, own])
        for k, p in enumerate(own if seen is None else ()):
            start = seeds.start[p]
            lost = ~near[:, k]
            after = np.flatnonzero(lost[start:])
            before = np.flatnonzero(lost[:start])
            if len(after):
                px[start + after[0] :, p] = np.nan
            if len(before):
                px[: before[-1] + 1, p] = np.nan
        visible[:, own] = _read(_widened(masks == n + 1, VISIBLE_PX), px[:, own])
    return Tracks(seeds.owner, px, visible if seen is None else visible & seen)


def _while_alike(px: NDArray[np.float64], grey: NDArray[np.uint8], start: NDArray[np.int64]) -> NDArray[np.float64]:
    """Points (T,P,2) up to where they no longer lie on what they lay on half a dozen samples nearer to their start.

    Lucas-Kanade slides by fractions of a pixel from ground onto the object that comes to hide it, and forth and back
    alike; turning and light change the picture more slowly than that.
    """
    smooth = smoothed(grey)
    seen = np.stack([looks(frame, np.nan_to_num(points)) for frame, points in zip(smooth, px, strict=True)])
    px = px.copy()
    for way in (1, -1):
        for t in range(len(px)) if way > 0 else range(len(px) - 1, -1, -1):
            before = np.where(way > 0, np.maximum(start, t - LAG), np.minimum(start, t + LAG))
            there = (t > start) if way > 0 else (t < start)
            other = changed(seen[t], seen[before, np.arange(len(start))], OTHER_LOOK)
            beyond = np.isnan(px[t - way, :, 0]) if 0 <= t - way < len(px) else np.zeros(len(start), bool)
            px[t, there & (other | beyond)] = np.nan
    return px


def _step(here: NDArray[np.uint8], there: NDArray[np.uint8], px: NDArray[np.float64]) -> NDArray[np.float64]:
    """Where points (P,2) go; with a small patch where that is sound, with a larger one where it is too plain."""
    moved = np.full_like(px, np.nan)
    for side, levels in PATCHES:
        left = np.flatnonzero(~np.isnan(px[:, 0]) & np.isnan(moved[:, 0]))
        if len(left):
            moved[left] = _lucas_kanade(here, there, px[left], side, levels)
    return moved


def _lucas_kanade(
    here: NDArray[np.uint8], there: NDArray[np.uint8], px: NDArray[np.float64], side: int, levels: int
) -> NDArray[np.float64]:
    """Where points (K,2) go, by patches of `side` pixels; NaN where the way back does not lead to where they were."""
    import cv2

    settings = dict(
        winSize=(side, side),
        maxLevel=levels,
        criteria=(cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 30, 0.01),
        minEigThreshold=1e-5,
    )
    begin = (px - 0.5).astype(np.float32)[:, None]
    end, found, _ = cv2.calcOpticalFlowPyrLK(here, there, begin, None, **settings)
    again, found_again, _ = cv2.calcOpticalFlowPyrLK(there, here, end, None, **settings)
    back = np.linalg.norm(again - begin, axis=-1)[:, 0]
    end_px = end[:, 0].astype(np.float64) + 0.5
    sound = (found[:, 0] > 0) & (found_again[:, 0] > 0) & (back <= BACK_PX)
    sound &= inside(end_px, here.shape[1], here.shape[0])
    return np.where(sound[:, None], end_px, np.nan)


def _spread(
    grey: NDArray[np.uint8], mask: NDArray[np.bool_], count: int, edges: tuple[int, ...] = EDGE_PX
) -> NDArray[np.float64]:
    """`count` points (count,2) in a mask (H,W): corners, then what fills the gaps, then points between pixels."""
    import cv2

    smaller = (ndimage.binary_erosion(mask, iterations=edge) for edge in edges)
    inner = next((region for region in smaller if region.sum() >= max(4, mask.sum() / 3)), mask)
    apart = max(2.0, 0.7 * np.sqrt(inner.sum() / max(count, 1)))
    corners = cv2.goodFeaturesToTrack(grey, count, 0.01, apart, mask=inner.astype(np.uint8), blockSize=5)
    chosen = np.zeros((0, 2)) if corners is None else corners[:, 0].astype(np.float64) + 0.5
    rows, columns = np.nonzero(inner)
    places = np.stack((columns, rows), axis=1) + 0.5
    if len(places) > 4000:
        places = places[:: -(-len(places) // 4000)]
    gap = np.full(len(places), np.inf)
    for point in chosen:
        np.minimum(gap, np.linalg.norm(places - point, axis=1), out=gap)
    more = []
    while len(chosen) + len(more) < count:
        farthest = int(np.argmax(gap)) if gap.max() > 0 else len(more) % len(places)
        shift = 0.0 if gap.max() > 0 else 0.25 * (1 + len(more) % 3) / 2
        more.append(places[farthest] + shift)
        np.minimum(gap, np.linalg.norm(places - places[farthest], axis=1), out=gap)
    return np.concatenate((chosen, np.array(more).reshape(-1, 2)))[:count]


def _widened(regions: NDArray[np.bool_], by: int) -> NDArray[np.bool_]:
    return ndimage.maximum_filter(regions, size=(1, 2 * by + 1, 2 * by + 1))


def _read(regions: NDArray[np.bool_], px: NDArray[np.floating]) -> NDArray[np.bool_]:
    """Whether points (T,K,2) lie on regions (T,H,W); a point that is not known does not."""
    count, height, width = regions.shape
    known = inside(px, width, height)
    columns, rows = np.moveaxis(np.floor(np.where(known[..., None], px, 0)).astype(np.int64), -1, 0)
    return regions[np.arange(count)[:, None], rows, columns] & known
