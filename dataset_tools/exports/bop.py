"""BOP: a scene per clip with pictures, depth, masks and each object's pose in the camera's frame, in millimetres."""

import json
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from dataset_tools.exports.bop_models import MM, Models
from dataset_tools.exports.opened import OpenedClip
from dataset_tools.exports.pictures import write_png
from dataset_tools.geometry import invert_rigid, mask_box

DEPTH_SCALE = 1.0
"""Millimetres that one level of a depth picture stands for."""
MOST_DEPTH = 65535
LEAST_VISIBLE = 0.1
"""Share of an object that must be seen for it to be a target."""
UNKNOWN = -1
UNKNOWN_BOX = [UNKNOWN] * 4
ABOUT = """# About this dataset

Written by `posetraj export` from a dataset in the format posetraj/1. A scene is a clip, its number is the clip's; an
image's number is the frame's. The files in `models/` are the objects' bounding boxes, not their meshes: origin at the
box's centre, x forward, y left, z up. `diameter` is the box's diagonal. An object at two sizes is two models.
A number of -1, as a count, a fraction or a box, says that the dataset does not know it.
"""


class Bop:
    """`{split}/{scene}/` with `rgb`, `depth`, `mask_visib` and the scene's JSON files; `models/`, `camera.json`."""

    needs: ClassVar[tuple[str, ...]] = (
        "masks", "intrinsics", "world_from_camera", "world_from_object", "box_size", "silhouette2d",
        "visible_fraction",
    )  # fmt: skip
    takes: ClassVar[tuple[str, ...]] = ("depth",)

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._models = Models()
        self._targets: dict[str, list[dict[str, int]]] = {}
        self._camera: dict[str, float] = {}

    def add(self, clip: OpenedClip) -> None:
        """Write one clip as a scene."""
        scene = self._folder / clip.split / f"{int(clip.key):06d}"
        arrays = clip.arrays
        camera_from_world = invert_rigid(arrays["world_from_camera"])  # (T,4,4)
        camera_from_object = camera_from_world[:, None] @ arrays["world_from_object"]  # (T,N,4,4)
        intrinsics = centred_on_pixels(arrays["intrinsics"])
        numbers = [
            self._models.number(entry, size) for entry, size in zip(clip.objects, arrays["box_size"], strict=True)
        ]
        cameras, poses, infos = {}, {}, {}
        for t, frame in enumerate(clip.frames):
            write_png(scene / "rgb" / f"{t:06d}.png", frame)
            depth = depth_levels(arrays["depth"][t]) if "depth" in arrays else np.zeros(frame.shape[:2], np.uint16)
            if "depth" in arrays:
                write_png(scene / "depth" / f"{t:06d}.png", depth)
            cameras[t] = _camera(intrinsics[t], camera_from_world[t])
            poses[t] = [_pose(pose, number) for pose, number in zip(camera_from_object[t], numbers, strict=True)]
            infos[t] = []
            for n in range(len(numbers)):
                mask = arrays["masks"][t] == n + 1
                write_png(scene / "mask_visib" / f"{t:06d}_{n:06d}.png", mask.astype(np.uint8) * 255)
                fraction, silhouette = float(arrays["visible_fraction"][t, n]), arrays["silhouette2d"][t, n]
                infos[t].append(_info(mask, depth, fraction, silhouette))
        for name, table in (("camera", cameras), ("gt", poses), ("gt_info", infos)):
            _write_lines(scene / f"scene_{name}.json", table)
        self._targets.setdefault(clip.split, []).extend(_targets(int(clip.key), numbers, infos))
        if not self._camera:
            self._camera = _sensor(intrinsics[0], clip.frames.shape)

    def finish(self) -> None:
        """Write the models, the first clip's camera, and the targets of the test split."""
        self._models.write(self._folder / "models")
        (self._folder / "camera.json").write_text(json.dumps(self._camera, indent=1), encoding="utf-8")
        (self._folder / "dataset_info.md").write_text(ABOUT, encoding="utf-8")
        if "test" in self._targets:
            text = json.dumps(self._targets["test"])
            (self._folder / "test_targets_bop19.json").write_text(text, encoding="utf-8")


def centred_on_pixels(intrinsics: NDArray[np.float64]) -> NDArray[np.float64]:
    """Intrinsics (...,3,3) for pixels whose centres are whole numbers, from ours, whose centres lie at halves."""
    moved = np.array(intrinsics, np.float64)
    moved[..., :2, 2] -= 0.5
    return moved


def depth_levels(depth: NDArray[np.floating]) -> NDArray[np.uint16]:
    """16-bit levels (H,W) of depths in metres, DEPTH_SCALE millimetres each; 0 = nothing hit, or too far to tell."""
    levels = np.rint(np.asarray(depth, np.float64) * MM / DEPTH_SCALE)
    known = np.isfinite(levels) & (levels > 0) & (levels <= MOST_DEPTH)
    return np.where(known, levels, 0).astype(np.uint16)


def _camera(intrinsics: NDArray[np.float64], camera_from_world: NDArray[np.float64]) -> dict[str, Any]:
    return {
        "cam_K": intrinsics.ravel().tolist(),
        "depth_scale": DEPTH_SCALE,
        "cam_R_w2c": camera_from_world[:3, :3].ravel().tolist(),
        "cam_t_w2c": (camera_from_world[:3, 3] * MM).tolist(),
    }


def _pose(camera_from_object: NDArray[np.float64], number: int) -> dict[str, Any]:
    rotation, translation = camera_from_object[:3, :3], camera_from_object[:3, 3] * MM
    return {"cam_R_m2c": rotation.ravel().tolist(), "cam_t_m2c": translation.tolist(), "obj_id": number}


def _info(
    mask: NDArray[np.bool_], depth: NDArray[np.uint16], fraction: float, silhouette: NDArray[np.floating]
) -> dict[str, Any]:
    seen = int(mask.sum())
    return {
        "bbox_obj": _box(silhouette),
        "bbox_visib": _box(mask_box(mask)),
        "px_count_all": round(seen / fraction) if seen and fraction > 0 else UNKNOWN,
        "px_count_valid": int((depth[mask] > 0).sum()),
        "px_count_visib": seen,
        "visib_fract": fraction if np.isfinite(fraction) else UNKNOWN,
    }


def _box(edges: NDArray[np.floating]) -> list[int]:
    """First column and row, and how far on the last ones lie, as BOP's tools count, from the edges x0, y0, x1, y1."""
    if not np.isfinite(edges).all():
        return UNKNOWN_BOX
    x0, y0, x1, y1 = (round(edge) for edge in edges.tolist())
    return [x0, y0, x1 - x0 - 1, y1 - y0 - 1]


def _targets(scene: int, numbers: list[int], infos: dict[int, list[dict[str, Any]]]) -> list[dict[str, int]]:
    found = []
    for t, per_object in infos.items():
        seen = [
            number for number, info in zip(numbers, per_object, strict=True) if info["visib_fract"] >= LEAST_VISIBLE
        ]
        found += [
            {"im_id": t, "inst_count": seen.count(number), "obj_id": number, "scene_id": scene}
            for number in sorted(set(seen))
        ]
    return found


def _sensor(intrinsics: NDArray[np.float64], shape: tuple[int, ...]) -> dict[str, float]:
    places = {"cx": (0, 2), "cy": (1, 2), "fx": (0, 0), "fy": (1, 1)}
    sensor = {name: float(intrinsics[place]) for name, place in places.items()}
    return {**sensor, "depth_scale": DEPTH_SCALE, "height": shape[1], "width": shape[2]}


def _write_lines(path: Path, table: dict[int, Any]) -> None:
    """A JSON table with a line for each image."""
    lines = ",\n".join(f'  "{number}": {json.dumps(value, allow_nan=False)}' for number, value in table.items())
    path.write_text("{\n" + lines + "\n}\n", encoding="utf-8")
