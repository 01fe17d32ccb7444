"""The camera of a window: standing still, solved by structure from motion, or not known."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from dataset_tools.geometry import invert_rigid, pinhole
from dataset_tools.import_video.motion import Motion, apply
from dataset_tools.import_video.shots import missing

STILL_PX = 1.0
"""At 576 pixels of width: how far a standing camera's background may seem to go through a window."""
STILL_INLIERS = 0.5
MAX_ERROR_PX = 1.5
MIN_POINTS = 100
MIN_SEEN_POINTS = 50
FOCAL_RANGE = (0.5, 4.0)
"""Of the picture's longer side."""
MIN_TURN_DEG = 1.5
MASK_MARGIN_PX = 9
Z_UP_FROM_CAMERA = np.array([[1.0, 0, 0, 0], [0, 0, 1, 0], [0, -1, 0, 0], [0, 0, 0, 1]])
"""A world with z up in which a camera (x right, y down, z forward) that is held level looks along +y."""


@dataclass(frozen=True)
class Camera:
    """What is known of a window's camera.

    `world_from_camera` (T,4,4) is None where it is not known: `name` then says `unknown` and `reason` why. The
    world's origin is the first camera, its z axis up if that one was held level; its scale is free, the middle depth
    of what the first frame shows being 1. `focal` is in pixels, None where it was not estimated.
    """

    name: str
    world_from_camera: NDArray[np.float64] | None = None
    focal: float | None = None
    error_px: float = 0.0
    reason: str = ""


def still_camera(motion: Motion, width: int, height: int) -> Camera | None:
    """A camera that stands still, where the background's homographies, joined from the first sample on, leave the
    picture's corners and middle where they are; None where they do not."""
    if np.median(motion.inliers) < STILL_INLIERS:
        return None
    marks = np.array([(0, 0), (width, 0), (0, height), (width, height), (width / 2, height / 2)], float)
    moved = marks
    for homography in motion.background:
        moved = apply(homography, moved)
        if np.linalg.norm(moved - marks, axis=1).max() > STILL_PX * width / 576:
            return None
    return Camera("still", np.tile(Z_UP_FROM_CAMERA, (len(motion.background) + 1, 1, 1)))


def solve_camera(rgb: NDArray[np.uint8], masks: NDArray[np.uint8] | None, assumed_focal: float, seed: int) -> Camera:
    """The camera of frames (T,H,W,3) by COLMAP's incremental mapping, what lies in masks (T,H,W) left out.

    It counts as solved where every frame is registered, the mean reprojection error is at most 1.5 px, the focal
    length is one that lenses have and rays meet at more than a sliver.
    """
    try:
        import pycolmap
    except ModuleNotFoundError as error:
        raise missing(error) from error

    pycolmap.logging.minloglevel = pycolmap.logging.Level.FATAL.value
    count, height, width = rgb.shape[:3]
    with tempfile.TemporaryDirectory(prefix="posetraj-camera-") as folder:
        pictures, hidden, database = Path(folder, "pictures"), Path(folder, "masks"), Path(folder, "database.db")
        pictures.mkdir()
        hidden.mkdir()
        for t in range(count):
            Image.fromarray(rgb[t]).save(pictures / f"{t:06d}.png", compress_level=1)
            free = np.ones((height, width), bool) if masks is None else masks[t] == 0
            free = ndimage.minimum_filter(free, 2 * MASK_MARGIN_PX + 1)
            Image.fromarray(free.astype(np.uint8) * 255).save(hidden / f"{t:06d}.png.png")
        parameters = f"{assumed_focal},{width / 2},{height / 2}"
        reader = pycolmap.ImageReaderOptions(
            camera_model="SIMPLE_PINHOLE", camera_params=parameters, mask_path=str(hidden)
        )
        mapping = pycolmap.IncrementalPipelineOptions(
            min_model_size=count,
            multiple_models=False,
            extract_colors=False,
            random_seed=seed,
            num_threads=1,
            max_runtime_seconds=300,
        )
        mapping.mapper.init_min_tri_angle = 2.0
        mapping.mapper.filter_min_tri_angle = 0.5
        mapping.mapper.ba_local_min_tri_angle = 1.0
        mapping.triangulation.min_angle = 0.5
        pycolmap.set_random_seed(seed)
        try:
            pycolmap.extract_features(
                database, pictures, camera_mode=pycolmap.CameraMode.SINGLE, reader_options=reader,
                device=pycolmap.Device.cpu,
            )  # fmt: skip
            pycolmap.match_sequential(
                database, pairing_options=pycolmap.SequentialPairingOptions(overlap=6), device=pycolmap.Device.cpu
            )
            models = pycolmap.incremental_mapping(database, pictures, Path(folder), options=mapping)
        except (RuntimeError, ValueError, IndexError) as error:
            return Camera("unknown", reason=f"COLMAP gave up ({error!s:.120})")
    if not models:
        return Camera("unknown", reason="COLMAP found no start: too few matches, or no parallax (a pan or a zoom)")
    return _judged(max(models.values(), key=lambda model: model.num_reg_images()), count, width, height)


def poses_from_colmap(camera_from_world: NDArray[np.float64], depth: float) -> NDArray[np.float64]:
    """`world_from_camera` (T,4,4) in a world that begins at the first camera, from poses (T,4,4) in any world.

    `depth` becomes 1.
    """
    first_from_camera = camera_from_world[0] @ invert_rigid(camera_from_world)
    first_from_camera[:, :3, 3] /= depth
    return Z_UP_FROM_CAMERA @ first_from_camera


def intrinsics(focal: float, count: int, width: int, height: int) -> NDArray[np.float64]:
    """The same pinhole (T,3,3) for `count` frames."""
    return np.tile(pinhole(focal, width, height), (count, 1, 1))


def _judged(model, count: int, width: int, height: int) -> Camera:
    """The camera that a COLMAP model gives, or why it gives none."""
    error = float(model.compute_mean_reprojection_error())
    focal = float(next(iter(model.cameras.values())).params[0])
    points = np.array([point.xyz for point in model.points3D.values()]).reshape(-1, 3)
    registered = sorted((image for image in model.images.values() if image.has_pose), key=lambda image: image.name)
    if len(registered) < count:
        return Camera("unknown", reason=f"COLMAP placed {len(registered)} of {count} frames")
    if not error <= MAX_ERROR_PX:
        return Camera("unknown", reason=f"COLMAP's points miss their pixels by {error:.2f} px on average")
    fewest = min(image.num_points3D for image in registered)
    if fewest < MIN_SEEN_POINTS:
        return Camera("unknown", reason=f"COLMAP sees {fewest} points in a frame, fewer than {MIN_SEEN_POINTS}")
    if len(points) < MIN_POINTS:
        return Camera("unknown", reason=f"COLMAP found {len(points)} points, fewer than {MIN_POINTS}")
    low, high = (share * max(width, height) for share in FOCAL_RANGE)
    if not low <= focal <= high:
        return Camera("unknown", reason=f"COLMAP took the focal length for {focal:.0f} px, which no film's lens has")
    poses = np.tile(np.eye(4), (count, 1, 1))
    poses[:, :3] = [image.cam_from_world().matrix() for image in registered]
    first = points @ poses[0, :3, :3].T + poses[0, :3, 3]
    depth = float(np.median(first[first[:, 2] > 0, 2])) if (first[:, 2] > 0).any() else 0.0
    if not depth > 0:
        return Camera("unknown", reason="COLMAP's points lie behind the camera")
    world_from_camera = poses_from_colmap(poses, depth)
    reach = np.linalg.norm(np.ptp(world_from_camera[:, :3, 3], axis=0))
    if np.degrees(np.arctan(reach)) < MIN_TURN_DEG:
        return Camera("unknown", reason="the camera moves too little beside the scene's depth to be solved")
    return Camera("solved", world_from_camera, focal, error)
