"""Whether oriented boxes keep apart over time: the test of separating axes."""

from collections.abc import Sequence
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike, NDArray

SHORTEST_AXIS = 1e-6
"""Cross products of edges shorter than this are of parallel edges, whose axes the faces' normals already hold."""


def boxes_stay_apart(sizes: Sequence[ArrayLike], poses: Sequence[ArrayLike], clearance_m: float) -> bool:
    """Tell whether every two boxes keep apart at every time, with a gap of more than `clearance_m` along some axis.

    Args:
        sizes: extents (3,) of each box along its own axes, metres.
        poses: world_from_object (K,4,4) of each box at the same K times; any rotation.
        clearance_m: 0 or more. Two boxes that touch are not apart.
    """
    boxes = [
        (np.asarray(size, np.float64) / 2, np.asarray(pose, np.float64))
        for size, pose in zip(sizes, poses, strict=True)
    ]
    return all(_apart(*first, *second, clearance_m).all() for first, second in combinations(boxes, 2))


def _apart(
    half_a: NDArray[np.float64],
    world_from_a: NDArray[np.float64],
    half_b: NDArray[np.float64],
    world_from_b: NDArray[np.float64],
    clearance_m: float,
) -> NDArray[np.bool_]:
    """Tell at which times (K,) two boxes of half extents (3,) are apart.

    Each test is made of those times alone that the tests before it left open: spheres about the boxes, the six faces,
    the nine pairs of edges (Gottschalk, Lin and Manocha, OBBTree, 1996, section 5).
    """
    between = world_from_b[:, :3, 3] - world_from_a[:, :3, 3]
    spheres = np.linalg.norm(half_a) + np.linalg.norm(half_b) + clearance_m
    apart = np.sum(between**2, axis=1) > spheres**2
    for test in (_faces_separate, _edges_separate):
        left = np.flatnonzero(~apart)
        if not left.size:
            break
        a, b = world_from_a[left, :3, :3], world_from_b[left, :3, :3]
        b_in_a = np.swapaxes(a, 1, 2) @ b  # (K,3,3)
        shift_in_a = np.einsum("kca,kc->ka", a, between[left])  # (K,3)
        apart[left] = test(half_a, half_b, b_in_a, shift_in_a, clearance_m)
    return apart


def _faces_separate(
    half_a: NDArray[np.float64],
    half_b: NDArray[np.float64],
    b_in_a: NDArray[np.float64],
    shift_in_a: NDArray[np.float64],
    clearance_m: float,
) -> NDArray[np.bool_]:
    """Tell at which times (K,) the normal of a face separates the boxes."""
    cosines = np.abs(b_in_a)
    along_a = np.abs(shift_in_a) - (half_a + cosines @ half_b)
    along_b = np.abs(np.einsum("ki,kij->kj", shift_in_a, b_in_a)) - (half_b + half_a @ cosines)
    return np.maximum(along_a.max(axis=1), along_b.max(axis=1)) > clearance_m


def _edges_separate(
    half_a: NDArray[np.float64],
    half_b: NDArray[np.float64],
    b_in_a: NDArray[np.float64],
    shift_in_a: NDArray[np.float64],
    clearance_m: float,
) -> NDArray[np.bool_]:
    """Tell at which times (K,) the cross product of an edge of each separates the boxes."""
    cosines = np.abs(b_in_a)
    one, two = [1, 2, 0], [2, 0, 1]  # the other two axes, in turn
    shift = shift_in_a[:, :, None]
    gap = np.abs(shift[:, two] * b_in_a[:, one] - shift[:, one] * b_in_a[:, two])  # (K,3,3): edge of a, edge of b
    reach_a = half_a[one, None] * cosines[:, two] + half_a[two, None] * cosines[:, one]
    reach_b = half_b[one] * cosines[:, :, two] + half_b[two] * cosines[:, :, one]
    length = np.sqrt(np.maximum(1 - b_in_a**2, 0))
    separated = (gap - reach_a - reach_b > clearance_m * length) & (length > SHORTEST_AXIS)
    return separated.any(axis=(1, 2))
