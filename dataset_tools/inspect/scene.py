"""A clip in space: boxes, paths, camera and points as plain values, in world metres with z up, for any 3-D viewer."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from dataset_tools.drawing import EDGES, FACES, object_colour, track_colours
from dataset_tools.geometry import box_corners, pixel_centres, unproject

MAX_CLOUD_POINTS = 12_000
FUTURE_SHARE = 0.35
"""How much of its colour the path to come keeps; the rest is BACKGROUND."""
BACKGROUND = (26, 27, 30)
VIEW_ANGLE = np.radians(24.0)
"""By how much the first view turns about the vertical from the camera's own direction."""
VIEW_DISTANCE = 1.4
"""How far the first view stands off, in distances from the camera to the objects."""
WIDE = 1.2
FARTHEST = 2.5
"""A view narrower than WIDE is taken from farther off, up to so many times."""
HIDDEN_SHARE = 0.3
"""How much of its colour a hidden track point keeps."""


@dataclass(frozen=True)
class Pose:
    """A rigid motion as viewers take it: `wxyz`, a unit quaternion (4,), and `position` (3,) in metres."""

    wxyz: tuple[float, float, float, float]
    position: tuple[float, float, float]

    @classmethod
    def from_matrix(cls, a_from_b: NDArray[np.float64]) -> "Pose":
        """The pose of B in A from a rigid (4,4)."""
        x, y, z, w = Rotation.from_matrix(a_from_b[:3, :3]).as_quat()
        return cls((float(w), float(x), float(y), float(z)), tuple(a_from_b[:3, 3].tolist()))


@dataclass(frozen=True)
class SceneObject:
    """One object in its own frame: x forward, z up, the origin at the box centre. Metres."""

    colour: tuple[int, int, int]
    size: NDArray[np.float64]  # (3,)
    edges: NDArray[np.float64]  # (12,2,3)
    front: NDArray[np.float64]  # (4,3), the face +x, counter-clockwise from outside
    front_cross: NDArray[np.float64]  # (2,2,3), its diagonals
    path: NDArray[np.float64]  # (T,3) world: the box centre
    track_points: NDArray[np.float64]  # (K,3)
    track_colours: NDArray[np.uint8]  # (K,3)
    track_numbers: NDArray[np.intp]  # (K,), where they stand among the clip's P


@dataclass(frozen=True)
class Optics:
    """A pinhole's opening: `fov`, vertical, in radians, and `aspect`, width by height."""

    fov: float
    aspect: float


@dataclass(frozen=True)
class Scene:
    """What stays as it is along a clip. `reach` is the size of the whole in metres, `camera_path` (T,3)."""

    objects: tuple[SceneObject, ...]
    optics: Optics
    camera_path: NDArray[np.float64]
    middle: NDArray[np.float64]  # (3,)
    reach: float
    has_floor: bool


@dataclass(frozen=True)
class Moment:
    """What changes from frame to frame: the camera's pose, the objects' poses, and which points are seen."""

    camera: Pose
    objects: tuple[Pose, ...]
    track_visible: NDArray[np.bool_]  # (P,)


@dataclass(frozen=True)
class Viewpoint:
    """Where to look from at first, and at what; (3,) world metres each."""

    position: NDArray[np.float64]
    look_at: NDArray[np.float64]


def scene_of(labels: Mapping[str, NDArray], width: int, height: int) -> Scene:
    """The scene of a clip with camera poses; without `world_from_object` it has no objects and no floor."""
    cameras = np.asarray(labels["world_from_camera"], np.float64)[:, :3, 3]
    posed = "world_from_object" in labels and "box_size" in labels
    objects = tuple(_object(labels, n) for n in range(len(labels["box_size"]))) if posed else ()
    ahead = cameras + np.asarray(labels["world_from_camera"], np.float64)[:, :3, 2]  # a metre before the camera
    subject = labels["box_corners_world"].reshape(-1, 3) if objects else np.concatenate((cameras, ahead))
    subject = subject[np.isfinite(subject).all(axis=1)]
    low, high = subject.min(axis=0), subject.max(axis=0)
    middle = (low + high) / 2.0
    reach = max(float(np.linalg.norm(high - low)), float(np.linalg.norm(cameras - middle, axis=1).max()), 0.1)
    focal = float(labels["intrinsics"][0, 1, 1])
    optics = Optics(2.0 * float(np.arctan(height / 2.0 / focal)), width / height)
    return Scene(objects, optics, cameras, middle, reach, bool(objects))


def _object(labels: Mapping[str, NDArray], n: int) -> SceneObject:
    corners = box_corners(labels["box_size"][n])
    front = corners[list(FACES[0])]
    numbers = np.flatnonzero(labels["track_object"] == n) if "track_points" in labels else np.empty(0, np.intp)
    return SceneObject(
        colour=object_colour(n),
        size=np.asarray(labels["box_size"][n], np.float64),
        edges=corners[np.array(EDGES)],
        front=front,
        front_cross=np.stack((front[[0, 2]], front[[1, 3]])),
        path=np.asarray(labels["world_from_object"][:, n, :3, 3], np.float64),
        track_points=np.asarray(labels["track_points"][numbers] if numbers.size else np.empty((0, 3)), np.float64),
        track_colours=track_colours(labels)[numbers] if numbers.size else np.empty((0, 3), np.uint8),
        track_numbers=numbers,
    )


def moment(labels: Mapping[str, NDArray], t: int) -> Moment:
    """The scene's moving parts at frame `t`."""
    poses = labels["world_from_object"][t] if "world_from_object" in labels else ()
    return Moment(
        Pose.from_matrix(labels["world_from_camera"][t]),
        tuple(Pose.from_matrix(pose) for pose in poses),
        labels["track_visible"][t],
    )


def path_segments(path: NDArray[np.float64]) -> NDArray[np.float64]:
    """The steps (T-1,2,3) of a path (T,3)."""
    return np.stack((path[:-1], path[1:]), axis=1)


def path_colours(frames: int, t: int, colour: tuple[int, int, int]) -> NDArray[np.uint8]:
    """RGB (T-1,2,3) of a path's steps: those up to frame `t` in full colour, those to come faded."""
    steps = np.arange(frames - 1)[:, None, None] < t
    full = np.array(colour, np.float64)
    faded = full * FUTURE_SHARE + np.array(BACKGROUND) * (1.0 - FUTURE_SHARE)
    return np.broadcast_to(np.rint(np.where(steps, full, faded)), (frames - 1, 2, 3)).astype(np.uint8)


def seen_colours(thing: SceneObject, visible: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """RGB (K,3) of an object's track points: full colour where `visible` (P,), dark where hidden."""
    share = np.where(visible[thing.track_numbers], 1.0, HIDDEN_SHARE)[:, None]
    return np.rint(thing.track_colours * share).astype(np.uint8)


def depth_cloud(
    depth: NDArray[np.floating],
    frame: NDArray[np.uint8],
    intrinsics: NDArray[np.float64],
    most: int = MAX_CLOUD_POINTS,
) -> tuple[NDArray[np.float64], NDArray[np.uint8]]:
    """Points (K,3) in the camera's frame, metres, and their RGB (K,3), of at most `most` pixels evenly spaced.

    `depth` is (H,W) along the camera's z, `frame` (H,W,3); pixels that hit nothing give no point.
    """
    height, width = depth.shape
    every = max(1, int(np.ceil(np.sqrt(height * width / most))))
    rows, columns = slice(every // 2, None, every), slice(every // 2, None, every)
    centres = pixel_centres(height, width)[rows, columns].reshape(-1, 2)
    distances = np.asarray(depth[rows, columns], np.float64).reshape(-1)
    hit = np.isfinite(distances)
    points = unproject(centres[hit], distances[hit], intrinsics)
    return points, frame[rows, columns].reshape(-1, 3)[hit]


def viewpoint(scene: Scene, start: Moment, aspect: float = WIDE) -> Viewpoint:
    """A first view of the scene: from behind the camera and aside, so that its picture and the objects both show.

    Left and right look much as they do in the picture. A view that is not WIDE, width by height, stands farther off.
    """
    away = np.array(start.camera.position) - scene.middle
    distance = max(float(np.linalg.norm(away)), 0.6 * scene.reach)
    turned = Rotation.from_euler("z", VIEW_ANGLE).apply(away)
    turned /= max(float(np.linalg.norm(turned)), 1e-9)
    position = scene.middle + distance * (VIEW_DISTANCE * turned + (0.0, 0.0, 0.3))
    look_at = scene.middle + 0.4 * away
    farther = min(max(1.0, WIDE / max(aspect, 0.1)), FARTHEST)
    return Viewpoint(look_at + farther * (position - look_at), look_at)
