"""The layout in which PoseTraj's authors keep VIPSeg: a track per object in JSON, the camera in a pickled npy.

Under the folder given, a film (or folder of pictures) NAME has `NAME.json`, also in `trajectory_CoTracker_all/`, with
`{track: [[x, y], ...]}` in pixels of the upright film, integer centres, a point for each frame; and `NAME/camera.npy`,
also under `camera/`, with `pred_cam_R` (F,3,3) and `pred_cam_T` (F,3), world from camera, and perhaps `img_focal`.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dataset_tools.errors import FormatError
from dataset_tools.geometry import invert_rigid, rotation_errors
from dataset_tools.import_video.camera import Camera, poses_from_colmap
from dataset_tools.import_video.unpickle import load_table

TRACK_FOLDERS = (".", "trajectory_CoTracker_all")
CAMERA_FOLDERS = (".", "camera")
MOST_BYTES = 256 << 20
ROTATION_TOLERANCE = 1e-3


@dataclass(frozen=True)
class Annotation:
    """What is given of one film: `tracks` (name, (F,2) pixels with integer centres) and the file of its camera."""

    tracks: tuple[tuple[str, NDArray[np.float64]], ...]
    camera: Path | None


def read_annotation(folder: Path, stem: str) -> Annotation:
    """The annotation of the film of that name. Raises FormatError where there are no sound tracks."""
    path = _found(folder, TRACK_FOLDERS, f"{stem}.json")
    if path is None:
        raise FormatError(f"there are no tracks for it: {str(folder)!r:.160} holds no {stem + '.json'!r:.80}")
    if path.stat().st_size > MOST_BYTES:
        raise FormatError(f"its tracks {path.name!r:.80} have more than {MOST_BYTES >> 20} MiB")
    try:
        table = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise FormatError(f"its tracks {path.name!r:.80} are no JSON ({error!s:.80})") from error
    if not isinstance(table, dict) or not table:
        raise FormatError(f"its tracks {path.name!r:.80} are no table of tracks")
    tracks = tuple((str(name)[:80], _track(points, path.name)) for name, points in table.items())
    return Annotation(tracks, _found(folder, CAMERA_FOLDERS, f"{stem}/camera.npy"))


def given_camera(path: Path, frames: tuple[int, ...], scale: float) -> Camera:
    """The camera in some frames of a film; `scale` are pixels of the clip per square pixel of the film.

    Raises FormatError for a file that is not sound; poses that were lost (NaN) give an unknown camera.
    """
    table = load_table(path)
    if not {"pred_cam_R", "pred_cam_T"} <= set(table):
        raise FormatError(f"{path.name!r:.80} lacks pred_cam_R or pred_cam_T; it has {', '.join(table)!s:.120}")
    rotation, place = (np.asarray(table[name], np.float64) for name in ("pred_cam_R", "pred_cam_T"))
    if rotation.ndim != 3 or rotation.shape[1:] != (3, 3) or place.shape != (len(rotation), 3):
        raise FormatError(
            f"{path.name!r:.80} has pred_cam_R {rotation.shape} and pred_cam_T {place.shape}; expected (F,3,3), (F,3)"
        )
    if max(frames) >= len(rotation):
        return Camera("unknown", reason=f"the camera given ends after {len(rotation)} frames")
    rotation, place = rotation[list(frames)], place[list(frames)]
    if not (np.isfinite(rotation).all() and np.isfinite(place).all()):
        return Camera("unknown", reason="the camera given holds NaN")
    if max(error.max() for error in rotation_errors(rotation)) > ROTATION_TOLERANCE:
        return Camera("unknown", reason="the camera given holds matrices that are no rotations")
    world_from_camera = np.tile(np.eye(4), (len(frames), 1, 1))
    left, _, right = np.linalg.svd(rotation)  # float32 files are rotations to 1e-7, the format asks for 1e-6
    world_from_camera[:, :3, :3] = left @ right
    world_from_camera[:, :3, 3] = place
    focal = float(np.ravel(table["img_focal"])[0]) * scale if table.get("img_focal", np.zeros(0)).size else None
    focal = focal if focal is not None and np.isfinite(focal) and focal > 0 else None
    return Camera("given", poses_from_colmap(invert_rigid(world_from_camera), 1.0), focal)


def _found(folder: Path, under: tuple[str, ...], name: str) -> Path | None:
    return next((folder / part / name for part in under if (folder / part / name).is_file()), None)


def _track(points: object, name: str) -> NDArray[np.float64]:
    try:
        track = np.asarray(points, np.float64)
    except (TypeError, ValueError) as error:
        raise FormatError(f"its tracks {name!r:.80} hold something that is no list of points") from error
    if track.ndim != 2 or track.shape[1] != 2 or not len(track):
        raise FormatError(f"its tracks {name!r:.80} hold a track of shape {track.shape}; expected (frames, 2)")
    return track
