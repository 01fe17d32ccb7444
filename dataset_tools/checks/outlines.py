"""The video against the masks: do the outlines lie where the picture has edges, and nowhere better?

Every verdict is relative: the given pairing loses to another one that explains the picture clearly better, be it
a shift in time, a mirror, a displacement, one frame out of place, or none at all. A clip whose objects stand still
or can hardly be told from the ground gives no evidence and passes.

Gains on renders of real objects (256x144, 8 samples, 16 frames) and on the golden clips: a shift in time gains at
most 0.001 in good clips and 0.005 or more in clips shifted by a frame (still objects and slow straight motion
aside); a mirror loses 0.3 or more, one frame out of place gains at most 0 in good clips and 0.29 or more else. A
displacement can gain 0.05 in a good clip, where stripes run along an object's edge.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dataset_tools.checks.data import ClipData
from dataset_tools.checks.edges import Outlines, edge_maps, fits, outlines, placement_fits
from dataset_tools.checks.report import ClipReport, Fault

SHIFTS = (-2, -1, 1, 2)
SHIFT_GAIN = 0.12
SLOW_SHIFT_GAIN = 0.004
"""Enough where no displacement explains the gain as well."""
ASIDE_PX = 3
SURE = 2.0
"""Standard errors, over the frames, by which a gain in time must exceed 0."""
MIRROR_GAIN = 0.05
DISPLACED_GAIN = 0.12
FRAME_GAIN = 0.1
UNRELATED_PX = 8
"""A placement that far away has nothing to do with the object."""
NEAR_PX = 6
REACH_SHARE = 0.16
"""Of the width: how far outlines are moved."""
VISIBLE_FIT = 0.02
MIN_OUTLINE = 50.0
"""Weight of the outlines of all frames, about a pixel each, from which there is something to compare."""
PLACED_FRAMES = 8


def check_outlines(data: ClipData) -> ClipReport:
    """The outlines of the masks lie on edges of the frames. Figure `outline_fit`, 0 to 1.

    Of several other pairings that fit clearly better, the one that fits best is named.
    """
    bands, edges = outlines(data["masks"], data.objects), edge_maps(data.smooth_video)
    fit = fits(bands, edges)  # (T frames of masks, T frames of video)
    weight = bands.weights.sum(axis=(1, 2), dtype=np.float64)
    if weight.sum() < MIN_OUTLINE:
        return ClipReport({"outline_fit": 0.0})
    given = float(np.nansum(np.diag(fit) * weight) / weight.sum())
    found = [
        *_shifted(data["masks"], data.objects, edges, fit),
        *_frame_out_of_place(fit, given),
        *_mirrored(bands, edges, weight, given),
        *_placed_elsewhere(bands, edges),
        *_invisible(given),
    ]
    faults = (Fault("outlines", max(found, key=lambda rival: rival.fit).message),) if found else ()
    return ClipReport({"outline_fit": given}, faults)


@dataclass(frozen=True)
class _Rival:
    """Another pairing of masks and frames that explains the picture better, and how well it fits."""

    fit: float
    message: str


def _shifted(masks: NDArray[np.uint8], objects: int, edges: NDArray, fit: NDArray) -> list[_Rival]:
    rivals = []
    for s in SHIFTS:
        moved = np.diagonal(fit, s)
        gain = moved - (np.diag(fit)[:-s] if s > 0 else np.diag(fit)[-s:])
        gain, moved = gain[~np.isnan(gain)], moved[~np.isnan(gain)]
        if len(gain) < 3 or gain.mean() < max(SLOW_SHIFT_GAIN, SURE * gain.std() / np.sqrt(len(gain))):
            continue
        if gain.mean() > SHIFT_GAIN or _gain_beyond_displacement(masks, objects, edges, s) > SLOW_SHIFT_GAIN:
            side = "behind" if s > 0 else "ahead of"
            message = (
                f"the video runs {abs(s)} frame{'s' * (abs(s) > 1)} {side} the masks: with that taken back, their "
                f"outlines fit its edges better by {gain.mean():.3f} (of 1)"
            )
            rivals.append(_Rival(float(moved.mean()), message))
    return rivals


def _gain_beyond_displacement(masks: NDArray[np.uint8], objects: int, edges: NDArray, s: int) -> float:
    """What a shift in time gains when, in both pairings, each object may also be moved by a few pixels.

    A stripe along an object's edge draws its outline aside; slow steady motion towards that side then looks like a
    shift in time. A slow shift must explain more than a displacement does.
    """
    frames = len(edges)
    first, last = (abs(s), frames - abs(s)) if frames > 4 * abs(s) else (max(0, -s), frames - max(0, s))
    gain = total = 0.0
    for n in range(objects):
        bands = outlines((masks[first:last] == n + 1).astype(np.uint8), 1)
        weight = float(bands.weights.sum(dtype=np.float64))
        if weight > 0:
            shifted, given = (placement_fits(bands, edges[first + k : last + k], ASIDE_PX) for k in (s, 0))
            gain += weight * (_best(shifted) - _best(given))
            total += weight
    return gain / total if total else 0.0


def _best(placed: NDArray) -> float:
    """The best of fits on a grid of displacements in px, refined between its points by a paraboloid."""
    row, column = np.unravel_index(np.nanargmax(placed), placed.shape)
    top = float(placed[row, column])
    if not (0 < row < placed.shape[0] - 1 and 0 < column < placed.shape[1] - 1):
        return top
    around = placed[row - 1 : row + 2, column - 1 : column + 2]
    y, x = (grid.ravel() for grid in np.mgrid[-1:2, -1:2])
    terms = np.stack([np.ones(9), x, y, x * x, x * y, y * y], axis=1).astype(float)
    constant, *slope, xx, xy, yy = np.linalg.lstsq(terms, np.nan_to_num(around, nan=top).ravel(), rcond=None)[0]
    bend = np.array([[2 * xx, xy], [xy, 2 * yy]])
    if np.linalg.eigvalsh(bend).max() >= 0:
        return top
    offset = np.clip(-np.linalg.solve(bend, slope), -1.0, 1.0)
    return float(constant + np.dot(slope, offset) + offset @ bend @ offset / 2)


def _frame_out_of_place(fit: NDArray, given: float) -> list[_Rival]:
    gain = np.nan_to_num(fit - np.diag(fit)[None, :], nan=-1.0)  # how much better video frame t fits masks u
    masks, frame = np.unravel_index(gain.argmax(), gain.shape)
    if gain[masks, frame] <= FRAME_GAIN:
        return []
    message = f"frame {frame} of the video shows what the masks of frame {masks} outline, not those of frame {frame}"
    return [_Rival(given + gain[masks, frame] / len(fit), message)]


def _mirrored(bands: Outlines, edges: NDArray, weight: NDArray, given: float) -> list[_Rival]:
    rivals = []
    for axis, how in ((-1, "left to right"), (-2, "upside down")):
        flipped = np.flip(edges, axis).copy()
        flipped[:, 1] *= -1
        mirrored = float(np.vdot(bands.tensors, flipped) / weight.sum())
        if mirrored - given > MIRROR_GAIN:
            message = (
                f"the video is mirrored {how} against the masks: with that taken back, their outlines fit its edges "
                f"better by {mirrored - given:.2f} (of 1)"
            )
            rivals.append(_Rival(mirrored, message))
    return rivals


def _placed_elsewhere(bands: Outlines, edges: NDArray) -> list[_Rival]:
    frames, _, _, width = edges.shape
    reach = max(NEAR_PX + UNRELATED_PX, round(REACH_SHARE * width))
    some = np.unique(np.linspace(0, frames - 1, PLACED_FRAMES).round().astype(int))
    placed = placement_fits(Outlines(bands.tensors[some], bands.weights[some]), edges[some], reach)
    given = placed[reach, reach]
    middle = slice(reach - NEAR_PX, reach + NEAR_PX + 1)
    near = placed[middle, middle].copy()
    middle = slice(reach - UNRELATED_PX, reach + UNRELATED_PX + 1)
    placed[middle, middle] = np.nan
    rivals = []
    if np.nanmax(near) - given > DISPLACED_GAIN:
        y, x = np.unravel_index(np.nanargmax(near), near.shape)
        message = (
            f"the masks lie beside what the video shows: moved by ({x - NEAR_PX}, {y - NEAR_PX}) px, their outlines "
            f"fit its edges better by {np.nanmax(near) - given:.2f} (of 1)"
        )
        rivals.append(_Rival(float(np.nanmax(near)), message))
    if not np.isnan(placed).all() and np.nanmax(placed) > given:
        message = (
            f"the video does not show what the masks outline: they fit its edges to {given:.2f} (of 1), and to "
            f"{np.nanmax(placed):.2f} at some place more than {UNRELATED_PX} px away; it may be another clip's"
        )
        rivals.append(_Rival(float(np.nanmax(placed)), message))
    return rivals


def _invisible(given: float) -> list[_Rival]:
    if given >= VISIBLE_FIT:
        return []
    return [_Rival(0.0, f"the video shows nothing where the masks have their outlines (fit {given:.3f} of 1)")]
