"""The arrays of labels.npz: computed from matrices and the frozen mesh, with what the pixels decide read from them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from blender_gen.spec import ClipSpec
from blender_gen.tracks import ObjectMesh, TrackPoints, visible
from dataset_tools.geometry import box_corners, mask_box, project_world, transform


@dataclass(frozen=True)
class Geometry:
    """Where everything is: the exact numbers that also drove the renderer.

    Attributes:
        timestamps: (T,) seconds.
        intrinsics: (3,3).
        world_from_camera: (T,4,4).
        world_from_object: (T,N,4,4).
        box_size: (N,3) metres.
    """

    timestamps: np.ndarray
    intrinsics: np.ndarray
    world_from_camera: np.ndarray
    world_from_object: np.ndarray
    box_size: np.ndarray


@dataclass(frozen=True)
class Silhouette:
    """An object seen alone in one frame: the mask (H+2my, W+2mx) on a film with that many more pixels on each side."""

    mask: np.ndarray
    margin_x: int = 0
    margin_y: int = 0


def clip_geometry(spec: ClipSpec) -> Geometry:
    """Return the geometry of every frame of a clip."""
    return Geometry(
        timestamps=spec.timestamps,
        intrinsics=spec.intrinsics,
        world_from_camera=spec.world_from_camera(spec.timestamps),
        world_from_object=spec.world_from_object(spec.timestamps),
        box_size=np.array([item.box_size for item in spec.objects], dtype=np.float64),
    )


def clip_labels(
    geometry: Geometry,
    meshes: Sequence[ObjectMesh],
    tracks: Sequence[TrackPoints],
    masks: np.ndarray,
    depth: np.ndarray,
    silhouettes: dict[tuple[int, int], Silhouette],
) -> dict[str, np.ndarray]:
    """Return the arrays of labels.npz (FORMAT.md) of a synthetic clip.

    Args:
        masks: (T,H,W) u8, n+1 for object n.
        depth: (T,H,W) f32 metres.
        silhouettes: (object, frame) -> the object alone, where something hides or crops it; else its mask is whole.
    """
    poses, cameras = geometry.world_from_object, geometry.world_from_camera
    frames, objects = poses.shape[:2]
    boxes = box_labels(geometry)
    track_object = np.repeat(np.arange(objects, dtype=np.int32), [len(item.points) for item in tracks])
    points = np.concatenate([item.points for item in tracks]).astype(np.float32)
    points_world = transform(poses[:, track_object], points)
    track_px, _ = project_world(points_world, cameras[:, None], geometry.intrinsics)
    box2d = np.full((frames, objects, 4), np.nan, np.float32)
    silhouette2d = np.full((frames, objects, 4), np.nan, np.float32)
    fraction = np.full((frames, objects), np.nan, np.float32)
    for t in range(frames):
        for n in range(objects):
            mask = masks[t] == n + 1
            whole = silhouettes.get((n, t), Silhouette(mask))
            box2d[t, n] = mask_box(mask)
            silhouette2d[t, n] = mask_box(whole.mask) - np.tile([whole.margin_x, whole.margin_y], 2)
            if not np.isnan(boxes["box_corners_px"][t, n]).any():
                fraction[t, n] = visible_fraction(masks[t], n, whole)
    return {
        **boxes,
        "box2d": box2d,
        "silhouette2d": silhouette2d,
        "visible_fraction": fraction,
        "track_object": track_object,
        "track_points": points,
        "track_px": track_px.astype(np.float32),
        "track_visible": visible(tracks, meshes, poses, cameras, masks, depth, track_px),
    }


def box_labels(geometry: Geometry) -> dict[str, np.ndarray]:
    """Return the arrays that follow from the matrices alone: times, cameras, poses, boxes and centres."""
    poses, cameras = geometry.world_from_object, geometry.world_from_camera
    corners_world = transform(poses[:, :, None], box_corners(geometry.box_size))
    corners_px, corners_depth = project_world(corners_world, cameras[:, None, None], geometry.intrinsics)
    centres_px, centres_depth = project_world(poses[:, :, :3, 3], cameras[:, None], geometry.intrinsics)
    return {
        "timestamps": geometry.timestamps.astype(np.float64),
        "intrinsics": np.broadcast_to(geometry.intrinsics, (len(poses), 3, 3)).astype(np.float64),
        "world_from_camera": cameras.astype(np.float64),
        "world_from_object": poses.astype(np.float64),
        "box_size": geometry.box_size.astype(np.float64),
        "box_corners_world": corners_world,
        "box_corners_px": corners_px.astype(np.float32),
        "box_corners_depth": corners_depth.astype(np.float32),
        "center_px": centres_px.astype(np.float32),
        "center_depth": centres_depth.astype(np.float32),
    }


def visible_fraction(mask_image: np.ndarray, number: int, whole: Silhouette) -> float:
    """Return mask pixels over the pixels of the object alone.

    A pixel of the object alone that shows the scene behind it differs by rounding at an edge, since nothing stands
    there to hide it; it does not count, so the fraction is exactly 1 where nothing hides or crops the object.
    NaN where neither shows a pixel.
    """
    height, width = mask_image.shape
    inside = whole.mask[whole.margin_y : whole.margin_y + height, whole.margin_x : whole.margin_x + width]
    seen = int((mask_image == number + 1).sum())
    hidden = int((inside & (mask_image != 0) & (mask_image != number + 1)).sum())
    cropped = int(whole.mask.sum()) - int(inside.sum())
    total = seen + hidden + cropped
    return seen / total if total else float("nan")


def encode_normals(normals_world: np.ndarray, world_from_camera: np.ndarray, depth: np.ndarray) -> np.ndarray:
    """Return int8 unit normals in camera axes, (T,H,W,3); zeros where nothing was hit.

    Args:
        normals_world: (T,H,W,3) f32.
        world_from_camera: (T,4,4).
        depth: (T,H,W), inf where nothing was hit.
    """
    in_camera = np.einsum("thwi,tij->thwj", normals_world.astype(np.float64), world_from_camera[:, :3, :3])
    length = np.linalg.norm(in_camera, axis=-1, keepdims=True)
    unit = np.divide(in_camera, length, out=np.zeros_like(in_camera), where=length > 0)
    return np.where(np.isfinite(depth)[..., None], np.rint(127 * unit), 0).astype(np.int8)
