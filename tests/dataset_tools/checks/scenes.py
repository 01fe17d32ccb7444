"""Small ray-cast clips with all labels, made without any code that the checks share but plain geometry.

Ellipsoids and boxes with painted patterns stand on a painted floor, z = 0, under one far light that casts shadows.
"""

from dataclasses import dataclass

import numpy as np

from dataset_tools import video
from dataset_tools.flow import flow_from_depth
from dataset_tools.geometry import box_corners, invert_rigid, mask_box, pinhole, project, transform
from tests.dataset_tools.clip_parts import Parts

LIGHT = np.array([0.4, -0.3, 0.866])
POINTS = 128
MARGIN = 0.5
"""Of the film's width and height, added on each side for objects seen alone."""


@dataclass(frozen=True)
class Solid:
    """An ellipsoid or a box with edges `size`, at `path` (T,4) of x, y, z and heading in radians."""

    shape: str
    size: tuple[float, float, float]
    path: np.ndarray
    colour: tuple[float, float, float] = (200.0, 80.0, 60.0)
    contrast: float = 0.4
    """Of the pattern, 0 for a plain surface."""

    @property
    def poses(self) -> np.ndarray:
        poses = np.tile(np.eye(4), (len(self.path), 1, 1))
        cos, sin = np.cos(self.path[:, 3]), np.sin(self.path[:, 3])
        poses[:, 0, 0], poses[:, 0, 1], poses[:, 1, 0], poses[:, 1, 1] = cos, -sin, sin, cos
        poses[:, :3, 3] = self.path[:, :3]
        return poses


@dataclass(frozen=True)
class Scene:
    solids: tuple[Solid, ...]
    frames: int = 10
    width: int = 128
    height: int = 80
    focal: float = 150.0
    camera_arc: float = 0.0
    """Radians that the camera goes around the middle from frame to frame."""
    floor_contrast: float = 0.25
    floor_level: float = 130.0
    shadow: float = 0.5
    noise: float = 1.0
    """Standard deviation of the render's noise in levels."""


def line(frames: int, start: tuple[float, float], step: tuple[float, float], z: float, turn: float = 0.0) -> np.ndarray:
    """A path (T,4) with a constant step per frame and a constant turn per frame."""
    t = np.arange(frames)[:, None]
    return np.concatenate([np.add(start, t * step), np.full((frames, 1), z), 0.3 + t * turn], axis=1)


def cameras(scene: Scene) -> np.ndarray:
    """world_from_camera (T,4,4): 4 m from the middle, 1.6 m high, looking at it."""
    angle = -np.pi / 2 + scene.camera_arc * np.arange(scene.frames)
    eye = np.stack([4 * np.cos(angle), 4 * np.sin(angle), np.full(scene.frames, 1.6)], axis=1)
    z = np.array([0, 0, 0.3]) - eye
    z /= np.linalg.norm(z, axis=1, keepdims=True)
    x = np.cross(z, [0.0, 0.0, 1.0])
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    poses = np.tile(np.eye(4), (scene.frames, 1, 1))
    poses[:, :3] = np.stack([x, np.cross(z, x), z, eye], axis=2)
    return poses


def first_hit(solid: Solid, pose: np.ndarray, origin: np.ndarray, ray: np.ndarray) -> np.ndarray:
    """Lengths (K,) along rays (K,3) from origins (K,3) to a solid, in units of the rays; inf where missed."""
    inverse = invert_rigid(pose)
    half = np.array(solid.size) / 2
    start, along = transform(inverse, origin) / half, ray @ inverse[:3, :3].T / half
    with np.errstate(divide="ignore", invalid="ignore"):
        if solid.shape == "box":
            enter, leave = np.sort(np.stack([(-1 - start) / along, (1 - start) / along]), axis=0)
            near, far = enter.max(axis=-1), leave.min(axis=-1)
            return np.where((near < far) & (near > 1e-6), near, np.inf)
        a, b, c = (along**2).sum(-1), (start * along).sum(-1), (start**2).sum(-1) - 1
        length = (-b - np.sqrt(b * b - a * c)) / a
        return np.where(length > 1e-6, length, np.inf)


def normals_at(solid: Solid, points: np.ndarray) -> np.ndarray:
    """Unit normals (K,3) in the object's frame at surface points (K,3)."""
    scaled = points / (np.array(solid.size) / 2)
    if solid.shape == "box":
        axis = np.abs(scaled).argmax(axis=-1)
        return np.eye(3)[axis] * np.sign(np.take_along_axis(scaled, axis[:, None], 1))
    normal = scaled / (np.array(solid.size) / 2)
    return normal / np.linalg.norm(normal, axis=-1, keepdims=True)


def cast(scene: Scene, t: int, camera: np.ndarray, px: np.ndarray, only: int | None = None):
    """What rays through pixels (K,2) meet: label (K,), depth (K,), unit normal in the world (K,3), colour (K,3)."""
    ray = np.concatenate([(px - [scene.width / 2, scene.height / 2]) / scene.focal, np.ones((len(px), 1))], axis=1)
    ray = ray @ camera[:3, :3].T
    origin = np.broadcast_to(camera[:3, 3], ray.shape)
    floor = np.where(ray[:, 2] < 0, -origin[:, 2] / np.minimum(ray[:, 2], -1e-9), np.inf)
    lengths = [np.where(floor < 60, floor, np.inf)]
    lengths += [
        first_hit(solid, solid.poses[t], origin, ray) if only in (None, n) else np.full(len(px), np.inf)
        for n, solid in enumerate(scene.solids)
    ]
    label = np.argmin(lengths, axis=0)
    depth = np.min(lengths, axis=0)
    points = origin + ray * np.where(np.isfinite(depth), depth, 0.0)[:, None]
    normal = np.where(np.isfinite(depth)[:, None], [0.0, 0.0, 1.0], 0.0)
    square = (np.floor(points[:, :2]).sum(axis=1) % 2) * 2 - 1
    colour = scene.floor_level * (1 + scene.floor_contrast / 2 * square)[:, None] * np.ones(3)
    colour[~np.isfinite(depth)] = (150.0, 170.0, 200.0)
    for n, solid in enumerate(scene.solids):
        mine = label == n + 1
        own = transform(invert_rigid(solid.poses[t]), points[mine])
        pattern = (np.floor(own * 6 + 0.5).sum(axis=1) % 2) * 2 - 1
        normal[mine] = normals_at(solid, own) @ solid.poses[t][:3, :3].T
        colour[mine] = np.array(solid.colour) * (1 + solid.contrast / 2 * pattern)[:, None]
    lit = np.clip(normal @ LIGHT, 0, None) / LIGHT[2]
    blocked = np.zeros(len(px), bool)
    towards = np.broadcast_to(LIGHT, ray.shape)
    for solid in scene.solids:
        blocked |= np.isfinite(first_hit(solid, solid.poses[t], points + 1e-4 * normal, towards))
    shade = np.where(np.isfinite(depth), 1 - scene.shadow + scene.shadow * np.where(blocked, 0, lit), 1.0)
    return label, depth, normal, colour * shade[:, None]


def centres(rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    return np.stack(np.meshgrid(columns, rows), axis=-1).reshape(-1, 2) + 0.5


def surface_points(solid: Solid, rng: np.random.Generator) -> np.ndarray:
    """Points (POINTS,3) on a solid's surface, its underside left out."""
    points = rng.normal(size=(8 * POINTS, 3))
    scale = np.abs(points).max(axis=1) if solid.shape == "box" else np.linalg.norm(points, axis=1)
    points = points / scale[:, None] * np.array(solid.size) / 2
    return points[points[:, 2] > -0.45 * solid.size[2]][:POINTS]


def make(scene: Scene, seed: int = 0) -> Parts:
    """The clip of a scene with every member of the format."""
    rng = np.random.default_rng(seed)
    frames, count, (height, width) = scene.frames, len(scene.solids), (scene.height, scene.width)
    camera = cameras(scene)
    poses = np.stack([solid.poses for solid in scene.solids], axis=1)
    intrinsics = np.tile(pinhole(scene.focal, width, height), (frames, 1, 1))
    masks, depth = np.zeros((frames, height, width), np.uint8), np.zeros((frames, height, width))
    normals, pictures = np.zeros((frames, height, width, 3)), np.zeros((frames, height, width, 3))
    silhouette, alone = np.full((frames, count, 4), np.nan), np.zeros((frames, count))
    film_rows, film_columns = (np.arange(-int(MARGIN * n), n + int(MARGIN * n)) for n in (height, width))
    for t in range(frames):
        label, hit, normal, _ = cast(scene, t, camera[t], centres(np.arange(height), np.arange(width)))
        masks[t], depth[t] = label.reshape(height, width), hit.reshape(height, width)
        normals[t] = (normal @ camera[t, :3, :3]).reshape(height, width, 3)
        for dx, dy in ((-0.25, -0.25), (0.25, -0.25), (-0.25, 0.25), (0.25, 0.25)):
            px = centres(np.arange(height), np.arange(width)) + (dx, dy)
            pictures[t] += cast(scene, t, camera[t], px)[3].reshape(height, width, 3) / 4
        for n in range(count):
            film = cast(scene, t, camera[t], centres(film_rows, film_columns), only=n)[0] == n + 1
            film = film.reshape(len(film_rows), len(film_columns))
            alone[t, n] = film.sum()
            silhouette[t, n] = mask_box(film) + np.tile([film_columns[0], film_rows[0]], 2)
    pictures += rng.normal(0, scene.noise, pictures.shape)
    frames_rgb = np.clip(np.round(pictures), 0, 255).astype(np.uint8)
    points = [surface_points(solid, rng).astype(np.float32) for solid in scene.solids]
    owners = np.repeat(np.arange(count), [len(p) for p in points]).astype(np.int32)
    points = np.concatenate(points)
    camera_from_object = invert_rigid(camera)[:, None] @ poses
    in_camera = transform(camera_from_object[:, owners], points)
    track_px = project(in_camera, intrinsics[:, None])[0]
    visible = np.zeros(track_px.shape[:2], bool)
    for t in range(frames):
        inside = ((track_px[t] >= 0) & (track_px[t] < [width, height])).all(axis=1)
        nearest = cast(scene, t, camera[t], np.nan_to_num(track_px[t]))[1]
        visible[t] = inside & (nearest >= 0.998 * in_camera[t, :, 2])
    area = np.stack([(masks == n + 1).sum(axis=(1, 2)) for n in range(count)], axis=1)
    sizes = np.array([solid.size for solid in scene.solids])
    corners = transform(poses[:, :, None], box_corners(sizes))
    corners_in_camera = transform(invert_rigid(camera)[:, None, None], corners)
    corners_px, corners_depth = project(corners_in_camera, intrinsics[:, None, None])
    center_px, center_depth = project(camera_from_object[..., :3, 3], intrinsics[:, None])
    labels = {
        "timestamps": np.arange(frames) / 8.0, "intrinsics": intrinsics, "world_from_camera": camera,
        "world_from_object": poses, "box_size": sizes, "box_corners_world": corners,
        "box_corners_px": corners_px.astype(np.float32), "box_corners_depth": corners_depth.astype(np.float32),
        "center_px": center_px.astype(np.float32), "center_depth": center_depth.astype(np.float32),
        "box2d": np.stack([[mask_box(m == n + 1) for n in range(count)] for m in masks]),
        "silhouette2d": silhouette.astype(np.float32), "visible_fraction": (area / alone).astype(np.float32),
        "track_object": owners, "track_points": points, "track_px": track_px.astype(np.float32),
        "track_visible": visible,
    }  # fmt: skip
    planes = {
        "masks": masks, "depth": depth.astype(np.float16), "normals": np.round(127 * normals).astype(np.int8),
        "flow": flow_from_depth(depth.astype(np.float32), masks, intrinsics, camera, poses).astype(np.float16),
    }  # fmt: skip
    members = {"video.mp4": video.encode(frames_rgb, 8)}
    return Parts("00000000", members, _meta(scene), labels, planes)


def _meta(scene: Scene) -> dict:
    objects = [
        {
            "asset_id": f"{solid.shape}-{n}", "name": solid.shape, "category": "solid", "source": "painted",
            "licence": "CC0-1.0", "author": "nobody", "sha256": f"{n:064x}", "front_known": True, "symmetric": False,
            "object_from_asset": np.eye(4).tolist(), "family": "line", "facing": "fixed", "rotation_deg": 0.0,
        }
        for n, solid in enumerate(scene.solids)
    ]  # fmt: skip
    return {
        "format": "posetraj/1", "kind": "synthetic", "clip": 0, "split": "train", "seed": 0, "attempt": 0,
        "frames": scene.frames, "fps": 8, "width": scene.width, "height": scene.height, "center_source": "box",
        "objects": objects, "camera": "still", "environment": "sky", "floor": "squares", "view": "plain",
        "engine": "ray casting", "samples": 4, "blender": "none", "spec": "{}", "qa": {},
    }  # fmt: skip
