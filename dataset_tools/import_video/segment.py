"""Masks of what moves by itself in a window: groups of points, grown to their outlines by colour."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from dataset_tools.import_video.motion import Motion, inside
from dataset_tools.import_video.movers import SPACING_PX, follow_grid, group

MIN_AREA_SHARE = 0.006
"""Of the frame; an object's mask in its largest frame."""
MIN_SEEN_SHARE = 0.5
MIN_BACKGROUND = 0.25
"""Of all points, in half of the steps: with fewer, nothing can be told from the background."""
MIN_STRENGTH = 1.4
OF_STRONGEST = 0.15
"""What strays less than this share of the strongest is parallax, a shadow's edge or ground dragged along."""
MARGIN_PX = 14
ROUNDS = 3
MOST_PIXELS = 120_000
"""Larger cut-outs are refined at half the size."""


@dataclass(frozen=True)
class Found:
    """Objects found in a window: `masks` (T,H,W) as in the format, or a `reason` why there is none."""

    masks: NDArray[np.uint8] | None
    reason: str = ""


def find_objects(rgb: NDArray[np.uint8], grey: NDArray[np.uint8], motion: Motion, most: int) -> Found:
    """Masks of up to `most` objects that move against the background of frames (T,H,W,3), (T,H,W).

    An object keeps its number through the window; larger and longer seen ones come first. The parts of an object
    that never move by themselves in the window are not found.
    """
    if np.median(motion.inliers) < MIN_BACKGROUND:
        return Found(None, f"only {np.median(motion.inliers):.0%} of the picture moves as one; no background is told")
    nodes = follow_grid(grey, motion)
    if not nodes.moves.any():
        return Found(None, "nothing moves against the background")
    labels = group(nodes, motion)
    count, height, width = rgb.shape[:3]
    area = height * width * MIN_AREA_SHARE
    seeds = max(1, len(np.unique(nodes.seed)))
    sizes = np.bincount(labels[labels >= 0])
    needed = MIN_SEEN_SHARE * seeds * area / SPACING_PX**2  # points of all grids on the smallest object
    candidates = [int(n) for n in np.argsort(-sizes, kind="stable")[: 4 * most] if sizes[n] >= needed]
    strengths = {n: float(np.median(nodes.strength[labels == n])) for n in candidates}
    least = max(MIN_STRENGTH, OF_STRONGEST * max(strengths.values(), default=0.0))
    candidates = [n for n in candidates if strengths[n] >= least]
    coarse = [_coarse(nodes.px[:, labels == n], width, height) for n in candidates]
    coarse = [region for region in coarse if _kept(region, area)]
    if not coarse:
        return Found(None, "what moves against the background is too small, or seen in less than half of the frames")
    coarse = sorted(coarse, key=lambda region: -int(region.sum()))[:most]
    masks = np.zeros((count, height, width), np.uint8)
    for t in range(count):
        regions = [region[t] for region in coarse]
        for n, region in enumerate(regions):
            others = np.logical_or.reduce([r for m, r in enumerate(regions) if m != n] or [np.zeros_like(region)])
            masks[t][_refined(rgb[t], region, others & ~region) & (masks[t] == 0)] = n + 1
    kept = [n for n in range(len(coarse)) if _kept(masks == n + 1, area)]
    if not kept:
        return Found(None, "what moves against the background cannot be told apart from it")
    renumbered = np.zeros(len(coarse) + 1, np.uint8)
    renumbered[[n + 1 for n in kept]] = np.arange(1, len(kept) + 1)
    return Found(renumbered[masks])


def _kept(region: NDArray[np.bool_], area: float) -> bool:
    """Whether a region (T,H,W) is large enough in its largest frame and seen in enough frames."""
    areas = region.sum(axis=(1, 2))
    return bool(areas.max() >= area and (areas >= max(20.0, areas.max() / 20)).mean() >= MIN_SEEN_SHARE)


def _coarse(px: NDArray[np.float64], width: int, height: int) -> NDArray[np.bool_]:
    """The region (T,H,W) that points (T,K,2) of a group cover, each a cell of the grid; holes are closed."""
    region = np.zeros((len(px), height, width), bool)
    for t, points in enumerate(px):
        points = points[inside(points, width, height)]
        if not len(points):
            continue
        votes = np.zeros((height, width), np.float32)
        columns, rows = np.floor(points).astype(np.int64).T
        np.add.at(votes, (rows, columns), 1.0)
        cover = ndimage.uniform_filter(votes, SPACING_PX + 1) * (SPACING_PX + 1) ** 2
        cells = ndimage.binary_closing(np.pad(cover > 0.5, 16), iterations=SPACING_PX)[16:-16, 16:-16]
        filled = ndimage.binary_fill_holes(ndimage.binary_opening(cells, iterations=2))
        region[t] = _large_parts(filled)
    return region


def _large_parts(region: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The connected parts of (H,W) that have at least a tenth of the largest one's pixels."""
    parts, count = ndimage.label(region)
    if count <= 1:
        return region
    sizes = np.bincount(parts.ravel())
    sizes[0] = 0
    return (sizes >= sizes.max() / 10)[parts] & region


def _refined(rgb: NDArray[np.uint8], region: NDArray[np.bool_], others: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The region (H,W) with its outline moved to where colours part (GrabCut: Rother et al., SIGGRAPH 2004)."""
    import cv2

    if region.sum() < 20:
        return np.zeros_like(region)
    rows, columns = np.nonzero(region)
    top, left = max(0, rows.min() - 2 * MARGIN_PX), max(0, columns.min() - 2 * MARGIN_PX)
    part = np.s_[top : rows.max() + 2 * MARGIN_PX, left : columns.max() + 2 * MARGIN_PX]
    picture, inner = np.ascontiguousarray(rgb[part][..., ::-1]), region[part]
    near = ndimage.binary_dilation(inner, iterations=MARGIN_PX // 2)
    core = ndimage.binary_erosion(inner, iterations=SPACING_PX, border_value=1)
    trimap = np.full(inner.shape, cv2.GC_BGD, np.uint8)
    trimap[near] = cv2.GC_PR_BGD
    trimap[inner] = cv2.GC_PR_FGD
    trimap[core] = cv2.GC_FGD
    trimap[others[part] & ~core] = cv2.GC_BGD
    size = trimap.shape[::-1]
    if trimap.size > MOST_PIXELS:
        half = (size[0] // 2, size[1] // 2)
        picture, trimap = (
            cv2.resize(picture, half, interpolation=cv2.INTER_AREA),
            cv2.resize(trimap, half, interpolation=0),
        )
    if not (trimap == cv2.GC_BGD).any() or not np.isin(trimap, (cv2.GC_FGD, cv2.GC_PR_FGD)).any():
        return region
    cv2.setRNGSeed(0)
    cv2.grabCut(picture, trimap, None, np.zeros((1, 65)), np.zeros((1, 65)), ROUNDS, cv2.GC_INIT_WITH_MASK)
    cut = np.isin(trimap, (cv2.GC_FGD, cv2.GC_PR_FGD)).astype(np.uint8)
    cut = cv2.resize(cut, size, interpolation=cv2.INTER_NEAREST) > 0
    cut = ndimage.binary_fill_holes(ndimage.binary_opening(cut, iterations=1))
    refined = np.zeros_like(region)
    refined[part] = _large_parts(cut) if cut.sum() >= 0.4 * inner.sum() else inner
    return refined
