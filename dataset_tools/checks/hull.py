"""The outline of a box in the image: the convex hull of its corners, cut at the near limit."""

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import ConvexHull, QhullError

from dataset_tools.geometry import EDGES, project
from dataset_tools.schema import NEAR

_EDGES = np.array(EDGES)  # (12,2) corner pairs
_NEAR = NEAR * (1 + 1e-6)


def box_outline(corners_camera: NDArray, intrinsics: NDArray) -> NDArray[np.float64] | None:
    """Outline (K,2) in pixels, in order around it, of a box with corners (8,3) in the camera's frame.

    None where nothing of the box lies beyond the near limit or where it is seen exactly edge-on.
    """
    points = _beyond_near(corners_camera)
    if len(points) < 3:
        return None
    px, _ = project(points, intrinsics, near=0.0)
    try:
        return px[ConvexHull(px).vertices]
    except QhullError:
        return None


def distance_outside(outline: NDArray, px: NDArray) -> NDArray[np.float64]:
    """How far (M,) pixels (M,2) lie outside of a convex outline (K,2) in px; 0 inside."""
    start = outline
    along = np.roll(outline, -1, axis=0) - start  # (K,2), counter-clockwise as qhull orders it
    offset = px[:, None] - start  # (M,K,2)
    outside = ((offset[..., 0] * along[:, 1] - offset[..., 1] * along[:, 0]) > 0).any(axis=1)
    offset = offset[outside]
    part = np.clip((offset * along).sum(axis=-1) / np.maximum((along**2).sum(axis=-1), 1e-12), 0.0, 1.0)
    distance = np.zeros(len(px))
    if outside.any():
        distance[outside] = np.linalg.norm(offset - part[..., None] * along, axis=-1).min(axis=1)
    return distance


def _beyond_near(corners_camera: NDArray) -> NDArray[np.float64]:
    """Points (K,3) whose hull is the part of the box beyond the near limit."""
    inside = corners_camera[:, 2] > _NEAR
    crossing = inside[_EDGES[:, 0]] != inside[_EDGES[:, 1]]
    a, b = corners_camera[_EDGES[crossing, 0]], corners_camera[_EDGES[crossing, 1]]
    weight = (_NEAR - a[:, 2]) / (b[:, 2] - a[:, 2])
    return np.concatenate([corners_camera[inside], a + weight[:, None] * (b - a)])
