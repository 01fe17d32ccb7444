"""One window of a film into the members of one clip, or the reason why it gives none."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dataset_tools import npz, video
from dataset_tools.import_video import cotracker
from dataset_tools.import_video.annotations import Annotation, given_camera
from dataset_tools.import_video.camera import Camera, solve_camera, still_camera
from dataset_tools.import_video.film import Film
from dataset_tools.import_video.labels import boxes, centroids, make_labels
from dataset_tools.import_video.mask_files import read_masks
from dataset_tools.import_video.motion import Motion, inside, measure_motion
from dataset_tools.import_video.options import ImportOptions
from dataset_tools.import_video.segment import find_objects
from dataset_tools.import_video.shots import Survey
from dataset_tools.import_video.tracks import Tracks, follow, on_masks, seed_around, seed_in_masks
from dataset_tools.import_video.windows import Pictures
from dataset_tools.schema import FORMAT

CRF = 16
MIN_FOLLOWED = 0.25
"""Of the points of an object that motion gave, in the frames that show it."""


class Unusable(Exception):
    """A window that gives no clip; the message is the reason."""


@dataclass(frozen=True)
class Given:
    """What lies in files beside a film: masks by frame number, and an annotation."""

    masks: Mapping[int, Any] | None = None
    annotation: Annotation | None = None


@dataclass(frozen=True)
class Objects:
    """The objects of a window: `names`, `center_px` (T,N,2), `masks` (T,H,W) where they are known, and their origin."""

    names: tuple[str, ...]
    center_px: NDArray[np.float32]
    center_source: str
    masks: NDArray[np.uint8] | None
    masks_from: str

    @property
    def box2d(self) -> NDArray[np.float32]:
        """(T,N,4), NaN where it is not known."""
        if self.masks is None:
            return np.full((*self.center_px.shape[:2], 4), np.nan, np.float32)
        return boxes(self.masks)


def make_clip(film: Film, survey: Survey, pictures: Pictures, given: Given, options: ImportOptions) -> dict[str, bytes]:
    """The members of a window's clip; `clip` and `split` in its meta data are filled in when it is packed.

    Raises Unusable with the reason where the window gives no clip, FormatError for files given that are not sound.
    """
    numbers = tuple(int(survey.numbers[place]) for place in pictures.window.samples)
    motion = measure_motion(pictures)
    objects = _objects(pictures, motion, given, numbers, options)
    tracks = _tracks(pictures, objects, options)
    if objects.masks_from == "motion":
        objects, tracks = _followed(pictures, objects, tracks, options)
    camera = _camera(pictures, motion, objects.masks, given, numbers, options)
    size = (options.width, options.height)
    focal = camera.focal or pictures.fit.assumed_focal
    labels = make_labels(pictures.times, objects.center_px, objects.box2d, tracks, camera, focal, size)
    spec = {
        "film": film.name,
        "sha256": film.sha256,
        "start_s": float(pictures.times[0]),
        "film_frames": numbers,
        "enlarged": round(pictures.fit.scale, 4),
        "masks": objects.masks_from,
        "tracker": options.tracker,
        "intrinsics": "assumed" if camera.focal is None else "given" if camera.name == "given" else "estimated",
        "camera": {"how": camera.name, "error_px": camera.error_px, "reason": camera.reason},
    }
    meta = _meta(film, objects, camera, options, json.dumps(spec), _figures(objects, tracks, motion))
    members = {
        "video.mp4": video.encode(pictures.rgb, options.fps, crf=CRF),
        "labels.npz": npz.save(labels),
        "meta.json": json.dumps(meta).encode(),
    }
    return members if objects.masks is None else {**members, "masks.npz": npz.save({"masks": objects.masks})}


def _objects(
    pictures: Pictures, motion: Motion, given: Given, numbers: tuple[int, ...], options: ImportOptions
) -> Objects:
    size, most = (options.width, options.height), options.max_objects
    if given.masks is not None:
        masks, found = read_masks(dict(given.masks), numbers, pictures.fit, most)
        if not found:
            raise Unusable("its masks show no object in half of the frames")
        return Objects(tuple(f"object {name}" for name in found), centroids(masks), "mask", masks, "files")
    if given.annotation is not None:
        centers, names = [], []
        for name, track in given.annotation.tracks:
            if max(numbers) >= len(track):
                raise Unusable(f"its tracks end after {len(track)} frames")
            center = pictures.fit.points(track[list(numbers)] + 0.5)
            if inside(center, *size).mean() >= 0.5:
                centers.append(center)
                names.append(f"track {name}")
        if not centers:
            raise Unusable("no track given lies in the picture in half of the frames")
        center_px = np.stack(centers[:most], axis=1).astype(np.float32)
        return Objects(tuple(names[:most]), center_px, "track", None, "none")
    grey = pictures.grey[pictures.window.sample_steps]
    result = find_objects(pictures.rgb, grey, motion, most)
    if result.masks is None:
        raise Unusable(result.reason)
    return _moving(result.masks)


def _moving(masks: NDArray[np.uint8]) -> Objects:
    """Objects that motion gave."""
    names = tuple(f"object {n + 1}" for n in range(int(masks.max())))
    return Objects(names, centroids(masks), "mask", masks, "motion")


def _followed(pictures: Pictures, objects: Objects, tracks: Tracks, options: ImportOptions) -> tuple[Objects, Tracks]:
    """The objects whose points can be followed for a while, and their tracks. Raises Unusable where there are none.

    What blurs, or is a hole in the flow rather than an object, loses its points at once.
    """
    shown = np.stack([(objects.masks == n + 1).any(axis=(1, 2)) for n in range(len(objects.names))], axis=1)  # (T,N)
    shares = [float(tracks.visible[shown[:, n]][:, tracks.owner == n].mean()) for n in range(len(objects.names))]
    kept = [n for n, share in enumerate(shares) if share >= MIN_FOLLOWED]
    if not kept:
        raise Unusable(f"what moves in it cannot be followed: its points are seen in {max(shares):.0%} of the frames")
    if len(kept) == len(shares):
        return objects, tracks
    number = np.zeros(len(shares) + 1, np.uint8)
    number[[n + 1 for n in kept]] = np.arange(1, len(kept) + 1)
    fewer = _moving(number[objects.masks])
    return fewer, _tracks(pictures, fewer, options)


def _camera(
    pictures: Pictures,
    motion: Motion,
    masks: NDArray[np.uint8] | None,
    given: Given,
    numbers: tuple[int, ...],
    options: ImportOptions,
) -> Camera:
    if options.camera == "never":
        return Camera("unknown", reason="not asked for")
    if given.annotation is not None and given.annotation.camera is not None:
        camera = given_camera(given.annotation.camera, numbers, pictures.fit.scale)
    else:
        camera = still_camera(motion, options.width, options.height) or solve_camera(
            pictures.rgb, masks, pictures.fit.assumed_focal, options.seed
        )
    if options.camera == "always" and camera.world_from_camera is None:
        raise Unusable(camera.reason)
    return camera


def _tracks(pictures: Pictures, objects: Objects, options: ImportOptions) -> Tracks:
    grey = pictures.grey[pictures.window.sample_steps]
    if objects.masks is None:
        seeds = seed_around(grey, objects.center_px, options.points)
    else:
        seeds = seed_in_masks(grey, objects.masks, options.points)
    seen = None
    if options.tracker == "cotracker":
        px, seen = cotracker.follow(pictures.rgb, seeds)
    else:
        px = follow(pictures.grey, pictures.window.sample_steps, seeds)
    if objects.masks is not None:
        return on_masks(px, seeds, objects.masks, seen)
    known = inside(px, options.width, options.height)
    return Tracks(seeds.owner, px, known if seen is None else known & seen)


def _figures(objects: Objects, tracks: Tracks, motion: Motion) -> dict[str, float]:
    centers = ~np.isnan(objects.center_px[..., 0])
    return {
        "frames_seen": float(centers.mean(axis=0).min()),
        "tracks_visible": float(tracks.visible.mean()),
        "background_share": float(np.median(motion.inliers)),
    }


def _meta(
    film: Film, objects: Objects, camera: Camera, options: ImportOptions, spec: str, figures: dict[str, float]
) -> dict[str, Any]:
    identity = [[float(i == j) for j in range(4)] for i in range(4)]
    return {
        "format": FORMAT,
        "kind": "real",
        "clip": 0,
        "split": "train",
        "seed": options.seed,
        "attempt": 0,
        "frames": options.frames,
        "fps": options.fps,
        "width": options.width,
        "height": options.height,
        "center_source": objects.center_source,
        "objects": [
            {
                "asset_id": asset_id(film),
                "name": name,
                "category": "unknown",
                "source": film.name,
                "licence": options.licence,
                "author": options.author,
                "sha256": film.sha256,
                "front_known": False,
                "symmetric": False,
                "object_from_asset": identity,
                "family": "filmed",
                "facing": "unknown",
                "rotation_deg": 0.0,
            }
            for name in objects.names
        ],
        "camera": camera.name,
        "environment": "filmed",
        "floor": "unknown",
        "view": "as filmed",
        "engine": "film",
        "samples": 0,
        "blender": "none",
        "spec": spec,
        "qa": figures,
    }


def asset_id(film: Film) -> str:
    """What a film is called in the index and the records: its name and the beginning of its content's hash."""
    return f"{film.stem[:80]}-{film.sha256[:8]}"
