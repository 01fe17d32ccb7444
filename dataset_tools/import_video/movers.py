"""Points that do not move as the background does, and which of them belong together."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from dataset_tools.import_video.looks import changed, looks, smoothed
from dataset_tools.import_video.motion import Motion, apply, carry, fit_background, grid

SPACING_PX = 6
SEED_EVERY = 3
"""Samples from one grid of points to the next."""
MIN_SAMPLES = 3
MOVES_PX = 2.5
STANDS_PX = 1.0
"""In units of `Motion.unit`, as MOVING_STEP_PX and ALIKE_PX."""
NOISE = 5.0
"""Of the background's own spread: what counts as another motion."""
OTHER_LOOK = 0.6
"""Of its contrast: how much the picture around a point may differ from that where it began."""
MOVING_SHARE = 0.25
"""Of the steps in which a point is known: in fewer, what moved was its neighbour."""
MOVING_STEP_PX = 0.5
PATCH_PX = 9
MIN_CHANGE = 7.0
"""Of 255: what a patch must differ by from where the background would be, so that plain walls beside an object, to
which flow spreads from it, do not count as moving."""
ALIKE_PX = 0.5
ALIKE_SHARE = 0.2
"""Neighbours belong together whose steps differ by less than this much and this share of their length."""


@dataclass(frozen=True)
class Nodes:
    """Points followed through a window: `px` (T,K,2), NaN where they are not known, and whether they `move` (K,)
    against the background. `seed` (K,) is the sample whose grid they lie on, `strength` (K,) how far a point strays
    at most, 1 being just enough to move."""

    px: NDArray[np.float64]
    moves: NDArray[np.bool_]
    seed: NDArray[np.int64]
    strength: NDArray[np.float64]


def follow_grid(grey: NDArray[np.uint8], motion: Motion) -> Nodes:
    """Grids of points on some samples `grey` (T,H,W), followed forth and back as long as flow is sound both ways.

    A point moves where it strays from the background's homography and the picture there is not what the background
    would show.
    """
    count = len(motion.forth) + 1
    height, width = motion.forth.shape[1:3]
    threshold = MOVES_PX * motion.unit
    smooth = smoothed(grey)
    all_px, all_moves, all_seeds, all_strengths = [], [], [], []
    for seed in _seeds(count):
        px = np.full((count, *grid(width, height, SPACING_PX).shape), np.nan)
        px[seed] = grid(width, height, SPACING_PX)
        _follow(px, range(seed, count - 1), 1, motion.forth, motion.back, smooth)
        _follow(px, range(seed, 0, -1), -1, motion.back, motion.forth, smooth)
        strayed = np.full(px.shape[:2], np.nan)
        for t in range(count):
            known = ~np.isnan(px[t, :, 0])
            if t == seed or known.sum() < 40:
                continue
            homography, share = fit_background(px[seed, known], px[t, known], STANDS_PX * motion.unit)
            if share == 0:
                continue
            away = np.linalg.norm(apply(homography, px[seed, known]) - px[t, known], axis=1)
            spread = 1.4826 * np.median(away)
            allowed = max(threshold, min(NOISE * spread, 4 * threshold))
            strayed[t, known] = away / allowed * _changed(grey[seed], grey[t], homography, px[seed, known])
        strength = np.nan_to_num(strayed).max(axis=0)
        steps = np.linalg.norm(against_background(px, motion), axis=-1)  # (T-1,K)
        known_steps = (~np.isnan(steps)).sum(axis=0)
        moving_steps = (np.nan_to_num(steps) > MOVING_STEP_PX * motion.unit).sum(axis=0)
        all_px.append(px)
        all_moves.append(
            (strength > 1) & (known_steps >= min(MIN_SAMPLES, count) - 1) & (moving_steps >= MOVING_SHARE * known_steps)
        )
        all_seeds.append(np.full(px.shape[1], seed))
        all_strengths.append(strength)
    return Nodes(
        np.concatenate(all_px, axis=1),
        np.concatenate(all_moves),
        np.concatenate(all_seeds),
        np.concatenate(all_strengths),
    )


def group(nodes: Nodes, motion: Motion) -> NDArray[np.int64]:
    """The group (K,) of each node that moves, numbered from 0, and -1 for the others.

    Neighbours that step alike, against the background, are of one group, and so are theirs (single linkage): limbs
    stay with their body through the joint, and objects that pass each other stay apart.
    """
    moving = np.flatnonzero(nodes.moves)
    px = nodes.px[:, moving]
    steps = against_background(px, motion)
    pairs = _neighbours(px, nodes.seed[moving])
    a, b = pairs.T
    known = ~np.isnan(steps[..., 0])
    both = known[:, a] & known[:, b]
    apart = np.where(both, np.linalg.norm(np.nan_to_num(steps[:, a] - steps[:, b]), axis=-1), 0).sum(axis=0)
    length = np.where(both, np.linalg.norm(np.nan_to_num(steps[:, a] + steps[:, b]), axis=-1) / 2, 0).sum(axis=0)
    shared = both.sum(axis=0)
    alike = (shared >= 2) & (apart <= ALIKE_PX * motion.unit * shared + ALIKE_SHARE * length)
    a, b = a[alike], b[alike]
    graph = coo_matrix((np.ones(len(a)), (a, b)), shape=(len(moving), len(moving)))
    labels = np.full(len(nodes.moves), -1, np.int64)
    labels[moving] = connected_components(graph, directed=False)[1]
    return labels


def against_background(px: NDArray[np.float64], motion: Motion) -> NDArray[np.float64]:
    """Steps (T-1,K,2) of points (T,K,2) from sample to sample, less the background's; NaN where one is not known."""
    return np.stack([px[t + 1] - apply(homography, px[t]) for t, homography in enumerate(motion.background)])


def _seeds(count: int) -> list[int]:
    return sorted({*range(0, count, SEED_EVERY), count - 1})


def _follow(px: NDArray, samples: range, way: int, flows: NDArray, backs: NDArray, smooth: NDArray) -> None:
    """Carry points on as long as flow is sound and the picture around them is that of their start: ground that an
    object comes to hide is not taken along."""
    begun = looks(smooth[samples.start], px[samples.start])
    for t in samples:
        step = t if way > 0 else t - 1
        known = np.flatnonzero(~np.isnan(px[t, :, 0]))
        there, sound = carry(px[t, known], flows[step], backs[step])
        sound &= ~changed(looks(smooth[t + way], there), begun[known], OTHER_LOOK)
        px[t + way, known[sound]] = there[sound]


def _changed(
    here: NDArray[np.uint8], there: NDArray[np.uint8], homography: NDArray[np.float64], px: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Whether patches around points (K,2) of one picture (H,W) differ from where a homography finds them in another."""
    import cv2

    shift = np.eye(3)
    shift[:2, 2] = -0.5
    to_there = shift @ homography @ np.linalg.inv(shift)
    as_background = cv2.warpPerspective(
        there,
        to_there,
        here.shape[::-1],
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    difference = cv2.boxFilter(cv2.absdiff(here, as_background).astype(np.float32), -1, (PATCH_PX, PATCH_PX))
    columns, rows = np.floor(px).astype(np.int64).T
    return difference[rows, columns] > max(MIN_CHANGE, 2 * float(np.median(difference)))


def _neighbours(px: NDArray, seed: NDArray[np.int64]) -> NDArray[np.int64]:
    """Pairs (L,2) of nodes that lie side by side in a grid, or beside a grid's node on the grid's own sample."""
    pairs = [np.zeros((0, 2), np.int64)]
    for start in np.unique(seed):
        own = np.flatnonzero(seed == start)
        others = np.flatnonzero((seed != start) & ~np.isnan(px[start, :, 0]))
        tree = cKDTree(px[start, own])
        pairs.append(own[tree.query_pairs(SPACING_PX * 1.5, output_type="ndarray")])
        if len(others):
            distance, nearest = tree.query(px[start, others], distance_upper_bound=SPACING_PX)
            near = np.isfinite(distance)
            pairs.append(np.stack((others[near], own[nearest[near]]), axis=1))
    return np.concatenate(pairs)
