"""Rigid motions, boxes and the pinhole camera, in float64.

Matrices are named `A_from_B` and map points in B to A. Cameras are OpenCV's: x right, y down, z forward.
Pixels are continuous: (0, 0) is the image's top-left corner and the first pixel's centre is (0.5, 0.5).
Leading axes broadcast as in numpy, so a pose per frame meets points per frame as `pose[:, None]`.
Nothing here raises on values: what cannot be computed is NaN.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dataset_tools.schema import NEAR

CORNER_SIGNS: NDArray[np.float64] = np.array(
    [[1.0 if k & bit else -1.0 for bit in (4, 2, 1)] for k in range(8)]
)  # (8,3)
"""Signs of x, y, z of box corner k: `+` where bit 4, 2, 1 of k is set."""

EDGES = tuple((a, a | bit) for bit in (4, 2, 1) for a in range(8) if not a & bit)
"""The 12 edges of a box, as pairs of corner numbers."""


def _outward_faces() -> tuple[tuple[int, ...], ...]:
    faces = []
    for axis in range(3):
        for sign in (1.0, -1.0):
            corners = np.empty((4, 3))
            corners[:, axis] = sign
            corners[:, (axis + 1) % 3] = (-sign, sign, sign, -sign)
            corners[:, (axis + 2) % 3] = (-1.0, -1.0, 1.0, 1.0)
            faces.append(tuple(int((corner == CORNER_SIGNS).all(axis=1).argmax()) for corner in corners))
    return tuple(faces)


FACES = _outward_faces()
"""Corner numbers of the faces +x (the object's front), -x, +y, -y, +z, -z, counter-clockwise from outside."""


def transform(a_from_b: ArrayLike, points: ArrayLike) -> NDArray[np.float64]:
    """Map points (..., 3) in B by the affine matrices (..., 4, 4) to points (..., 3) in A."""
    a_from_b = np.asarray(a_from_b, np.float64)
    points = np.asarray(points, np.float64)
    x, y, z = points[..., 0:1], points[..., 1:2], points[..., 2:3]
    axes = a_from_b[..., :3, :]  # (...,3,4)
    return axes[..., 0] * x + axes[..., 1] * y + axes[..., 2] * z + axes[..., 3]


def rotate(a_from_b: ArrayLike, directions: ArrayLike) -> NDArray[np.float64]:
    """Map directions (..., 3) in B to A by the upper-left 3x3 of (..., 3, 3) or (..., 4, 4) matrices."""
    a_from_b = np.asarray(a_from_b, np.float64)[..., :3, :3]
    directions = np.asarray(directions, np.float64)
    x, y, z = directions[..., 0:1], directions[..., 1:2], directions[..., 2:3]
    return a_from_b[..., 0] * x + a_from_b[..., 1] * y + a_from_b[..., 2] * z


def invert_rigid(a_from_b: ArrayLike) -> NDArray[np.float64]:
    """`b_from_a` (..., 4, 4) of rigid motions (..., 4, 4), by the transpose of their rotation."""
    a_from_b = np.asarray(a_from_b, np.float64)
    rotation = np.swapaxes(a_from_b[..., :3, :3], -1, -2)
    b_from_a = np.zeros_like(a_from_b)
    b_from_a[..., :3, :3] = rotation
    b_from_a[..., :3, 3] = -rotate(rotation, a_from_b[..., :3, 3])
    b_from_a[..., 3, 3] = 1.0
    return b_from_a


def rotation_errors(rotation: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """How far (..., 3, 3) or the upper-left of (..., 4, 4) matrices are from rotations.

    Returns the largest entry of |R^T R - 1| (...) and |det R - 1| (...), 2 for a mirror.
    """
    rotation = np.asarray(rotation, np.float64)[..., :3, :3]
    gram = np.swapaxes(rotation, -1, -2) @ rotation
    return np.abs(gram - np.eye(3)).max(axis=(-1, -2)), np.abs(np.linalg.det(rotation) - 1.0)


def box_corners(size: ArrayLike) -> NDArray[np.float64]:
    """Corners (..., 8, 3) of boxes centred on the origin with edges `size` (..., 3), in the fixed order.

    Corner k has the signs x: `+` if k & 4, y: `+` if k & 2, z: `+` if k & 1.
    """
    return np.asarray(size, np.float64)[..., None, :] / 2.0 * CORNER_SIGNS


def pinhole(focal_px: float, width: int, height: int) -> NDArray[np.float64]:
    """Intrinsics (3, 3) with square pixels, no skew, and the axis through the middle of the image."""
    return np.array([[focal_px, 0.0, width / 2.0], [0.0, focal_px, height / 2.0], [0.0, 0.0, 1.0]])


def project(
    points_camera: ArrayLike, intrinsics: ArrayLike, near: float = NEAR
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Pixels (..., 2) and depths (...) in metres along z of points (..., 3) in the camera's frame.

    `intrinsics` is (..., 3, 3). Pixels are NaN where the depth is `near` metres or less; depths never are.
    """
    points = np.asarray(points_camera, np.float64)
    intrinsics = np.asarray(intrinsics, np.float64)
    depth = points[..., 2]
    safe = np.where(depth > near, depth, np.nan)
    x, y = points[..., 0] / safe, points[..., 1] / safe
    px = np.stack(
        (
            intrinsics[..., 0, 0] * x + intrinsics[..., 0, 1] * y + intrinsics[..., 0, 2],
            intrinsics[..., 1, 1] * y + intrinsics[..., 1, 2],
        ),
        axis=-1,
    )
    return px, np.broadcast_to(depth, px.shape[:-1])


def project_world(
    points_world: ArrayLike, world_from_camera: ArrayLike, intrinsics: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Pixels (..., 2) and depths (...) of world points (..., 3) seen by cameras (..., 4, 4), (..., 3, 3)."""
    return project(transform(invert_rigid(world_from_camera), points_world), intrinsics)


def unproject(px: ArrayLike, depth: ArrayLike, intrinsics: ArrayLike) -> NDArray[np.float64]:
    """Points (..., 3) in the camera's frame, in metres, that lie at `depth` (...) behind pixels (..., 2)."""
    px = np.asarray(px, np.float64)
    depth = np.asarray(depth, np.float64)
    intrinsics = np.asarray(intrinsics, np.float64)
    y = (px[..., 1] - intrinsics[..., 1, 2]) / intrinsics[..., 1, 1]
    x = (px[..., 0] - intrinsics[..., 0, 2] - intrinsics[..., 0, 1] * y) / intrinsics[..., 0, 0]
    return np.stack(np.broadcast_arrays(x * depth, y * depth, depth), axis=-1)


def pixel_centres(height: int, width: int) -> NDArray[np.float64]:
    """Centres (H, W, 2) of all pixels, x then y: the first is (0.5, 0.5)."""
    x, y = np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5)
    return np.stack((x, y), axis=-1)


def mask_box(mask: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Pixel edges (4,) x0, y0, x1, y1 of a mask (H, W), x1 = last column + 1; NaN where the mask is empty."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if rows.size == 0:
        return np.full(4, np.nan, np.float32)
    return np.array([columns[0], rows[0], columns[-1] + 1, rows[-1] + 1], np.float32)
