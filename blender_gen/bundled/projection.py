"""Texture coordinates by projection: from the nearest axis, along an axis, or wrapped around one."""

from dataclasses import dataclass

import numpy as np
import trimesh

from blender_gen.bundled.textures import Texture

AXES = {"x": 0, "y": 1, "z": 2}
PLANES = {0: (1, 2), 1: (0, 2), 2: (0, 1)}  # looked at along this axis: u and v go along these
TURNS = {0: (1, 2), 1: (2, 0), 2: (0, 1)}  # around this axis: the angle is counted from the first to the second


@dataclass(frozen=True)
class Surface:
    """A mesh for export: vertices (V,3), unit normals (V,3), faces (F,3), texture coordinates (V,2) or None."""

    vertices: np.ndarray
    normals: np.ndarray
    faces: np.ndarray
    uv: np.ndarray | None


def unwrapped(solid: trimesh.Trimesh, texture: Texture) -> Surface:
    """Return a solid in the object frame with texture coordinates, its vertices doubled along seams.

    The normals are those of the whole solid, so that a seam does not show in its shading.
    """
    method, _, axis_name = texture.projection.partition(" ")
    corners = solid.vertices[solid.faces]  # (F,3,3)
    origin = np.array(texture.origin_m)
    if method == "around":
        uv, key = _around(corners, AXES[axis_name], solid.bounds, texture.uv_scale_m, origin)
    else:
        axis = np.abs(solid.face_normals).argmax(axis=1) if method == "box" else np.full(len(corners), AXES[axis_name])
        uv = np.stack([np.take_along_axis(corners - origin, _pick(axis, k), axis=2)[..., 0] for k in (0, 1)], axis=-1)
        uv, key = uv / texture.uv_scale_m, np.broadcast_to(axis[:, None], corners.shape[:2])
    if texture.upright:
        uv = uv[..., ::-1]
    pairs = np.stack([solid.faces, key], axis=-1).reshape(-1, 2)
    _, first, faces = np.unique(pairs, axis=0, return_index=True, return_inverse=True)
    vertex = solid.faces.reshape(-1)[first]
    return Surface(solid.vertices[vertex], solid.vertex_normals[vertex], faces.reshape(-1, 3), uv.reshape(-1, 2)[first])


def _pick(axis: np.ndarray, which: int) -> np.ndarray:
    """For each face, the coordinate that u (0) or v (1) follows: (F,3,1)."""
    chosen = np.array([PLANES[k][which] for k in range(3)])[axis]
    return np.broadcast_to(chosen[:, None, None], (len(axis), 3, 1))


def _around(
    corners: np.ndarray, axis: int, bounds: np.ndarray, scale_m: float, origin: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Coordinates (F,3,2) and how often each corner was wound on (F,3), for a whole number of pictures around."""
    first, second = TURNS[axis]
    local = corners - bounds.mean(axis=0)
    angle = np.arctan2(local[..., second].copy(), local[..., first].copy()) / (2 * np.pi)
    wound = np.round(angle[:, :1] - angle).astype(int)
    girth = np.pi * np.ptp(bounds, axis=0)[[first, second]].mean()
    repeats = max(1, round(girth / scale_m))
    along = (corners - origin)[..., axis] / scale_m
    return np.stack([repeats * (angle + wound), along], axis=-1), wound
