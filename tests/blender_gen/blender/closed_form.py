"""Boxes, ellipsoids and a floor seen by a pinhole camera, in closed form; written without any of the product's code."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Hit:
    """What each ray meets first: `depth` (...) along the camera's z, `normal` (...,3) in the world, `which` (...)."""

    depth: np.ndarray
    normal: np.ndarray
    which: np.ndarray


def look_at(eye: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Return world_from_camera (4,4) of a level OpenCV camera."""
    forward = (target - eye) / np.linalg.norm(target - eye)
    right = np.cross(forward, [0.0, 0.0, 1.0])
    right /= np.linalg.norm(right)
    matrix = np.eye(4)
    matrix[:3, :3] = np.stack([right, np.cross(forward, right), forward], axis=1)
    matrix[:3, 3] = eye
    return matrix


def yaw_pose(x: float, y: float, z: float, yaw: float) -> np.ndarray:
    """Return world_from_object (4,4) of an upright object."""
    c, s = np.cos(yaw), np.sin(yaw)
    return np.array([[c, -s, 0, x], [s, c, 0, y], [0, 0, 1, z], [0, 0, 0, 1]], dtype=np.float64)


def arc_pose(
    t: float, duration: float, radius: float, sweep: float, heading: float, origin: tuple[float, float], z: float
) -> np.ndarray:
    """Return the pose on an arc that turns left at constant speed and passes `origin` along `heading` halfway."""
    angle = sweep * (t / duration - 0.5)
    local = np.array([radius * np.sin(angle), radius * (1 - np.cos(angle))])
    c, s = np.cos(heading), np.sin(heading)
    x, y = np.array([[c, -s], [s, c]]) @ local + origin
    return yaw_pose(x, y, z, heading + angle)


def pixel_rays(width: int, height: int, focal: float) -> np.ndarray:
    """Return rays through the pixels' centres, (H,W,3) in camera axes with z = 1."""
    x, y = np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5)
    return np.stack([(x - width / 2) / focal, (y - height / 2) / focal, np.ones_like(x)], axis=-1)


def to_pixels(points_world: np.ndarray, camera: np.ndarray, focal: float, width: int, height: int) -> np.ndarray:
    """Return pixels (...,2) of world points (...,3)."""
    local = (points_world - camera[:3, 3]) @ camera[:3, :3]
    return focal * local[..., :2] / local[..., 2:] + np.array([width / 2, height / 2])


def hit_box(origin: np.ndarray, rays: np.ndarray, size: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Slab test in the box's frame; return (ray parameter, inf for a miss; normal)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        low, high = (-size / 2 - origin) / rays, (size / 2 - origin) / rays
    near, far = np.minimum(low, high), np.maximum(low, high)
    enter, leave = near.max(axis=-1), far.min(axis=-1)
    axis = near.argmax(axis=-1)
    normal = -np.sign(np.take_along_axis(rays, axis[..., None], -1)) * np.eye(3)[axis]
    good = (enter <= leave) & (enter > 0)
    return np.where(good, enter, np.inf), normal


def hit_ellipsoid(origin: np.ndarray, rays: np.ndarray, size: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Quadric in the ellipsoid's frame; return (ray parameter, inf for a miss; normal)."""
    half = size / 2
    o, d = origin / half, rays / half
    a, b, c = (d * d).sum(-1), (d * o).sum(-1), (o * o).sum() - 1
    root = b * b - a * c
    along = np.where(root >= 0, (-b - np.sqrt(np.maximum(root, 0))) / a, np.inf)
    point = origin + np.where(np.isfinite(along), along, 0)[..., None] * rays
    normal = point / half**2
    return along, normal / np.maximum(np.linalg.norm(normal, axis=-1, keepdims=True), 1e-12)


SHAPES = {"box": hit_box, "ellipsoid": hit_ellipsoid}


def cast(camera: np.ndarray, rays: np.ndarray, solids: list[tuple[str, np.ndarray, np.ndarray]]) -> Hit:
    """Return what rays (...,3) in camera axes (z = 1) meet first among solids (shape, size, pose) and the floor z = 0.

    `which` is n+1 for solid n, 0 for the floor or nothing.
    """
    in_world = rays @ camera[:3, :3].T
    with np.errstate(divide="ignore"):
        floor = -camera[2, 3] / in_world[..., 2]
    depth = np.where((floor > 0) & (floor < 200), floor, np.inf)
    normal = np.broadcast_to([0.0, 0.0, 1.0], in_world.shape).copy()
    which = np.zeros(depth.shape, int)
    for number, (shape, size, pose) in enumerate(solids):
        along, local_normal = SHAPES[shape](
            (camera[:3, 3] - pose[:3, 3]) @ pose[:3, :3], in_world @ pose[:3, :3], np.asarray(size, float)
        )
        nearer = along < depth
        depth = np.where(nearer, along, depth)
        normal = np.where(nearer[..., None], local_normal @ pose[:3, :3].T, normal)
        which = np.where(nearer, number + 1, which)
    return Hit(depth, normal, which)
