"""The models of a BOP dataset: an object at one size is one model, and stands as its bounding box."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dataset_tools.captions import name_of
from dataset_tools.exports.opened import text_of
from dataset_tools.geometry import FACES, box_corners

MM = 1000.0


@dataclass(frozen=True)
class _Key:
    """An asset, by its content's hash or else its id, at one size in whole micrometres."""

    asset: str
    size_um: tuple[int, int, int]


class Models:
    """Numbers objects from 1 in the order in which they come."""

    def __init__(self) -> None:
        self._numbers: dict[_Key, int] = {}
        self._infos: dict[int, dict[str, Any]] = {}
        self._corners: dict[int, NDArray[np.float64]] = {}

    def number(self, entry: dict[str, Any], box_size: NDArray[np.float64]) -> int:
        """The model's number for an object with the table `entry` and edges `box_size` (3,) in metres."""
        asset = text_of(entry, "sha256") or text_of(entry, "asset_id")
        size_um = tuple(round(edge * 1e6) for edge in box_size.tolist())
        key = _Key(asset, size_um)
        if key not in self._numbers:
            number = self._numbers[key] = len(self._numbers) + 1
            self._corners[number] = box_corners(box_size) * MM
            self._infos[number] = _info(entry, box_size * MM)
        return self._numbers[key]

    def write(self, folder: Path) -> None:
        """Write `models_info.json` and a PLY file for each model into a new folder."""
        folder.mkdir()
        (folder / "models_info.json").write_text(json.dumps(self._infos, indent=1), encoding="utf-8")
        for number, corners in self._corners.items():
            (folder / f"obj_{number:06d}.ply").write_text(box_ply(corners), encoding="ascii")


def _info(entry: dict[str, Any], size_mm: NDArray[np.float64]) -> dict[str, Any]:
    table: dict[str, Any] = {"diameter": float(np.linalg.norm(size_mm))}
    for axis, edge in zip("xyz", size_mm.tolist(), strict=True):
        table |= {f"min_{axis}": -edge / 2, f"size_{axis}": edge}
    facts = {name: text_of(entry, name) for name in ("asset_id", "category", "source", "licence", "author", "sha256")}
    return {**table, "name": name_of(entry), **facts, "front_is_symmetric": entry.get("symmetric") is True}


def box_ply(corners: NDArray[np.float64]) -> str:
    """An ASCII PLY of the box with these corners (8,3): 24 vertices with their face's normal, 12 triangles."""
    vertices, triangles = [], []
    for face in FACES:
        points = corners[list(face)]
        normal = np.cross(points[1] - points[0], points[2] - points[0])
        normal /= max(float(np.linalg.norm(normal)), 1e-12)
        start = len(vertices)
        vertices += [" ".join(f"{value:.6f}" for value in (*point, *normal)) for point in points]
        triangles += [f"3 {start} {start + 1} {start + 2}", f"3 {start} {start + 2} {start + 3}"]
    properties = [f"property float {name}" for name in ("x", "y", "z", "nx", "ny", "nz")]
    header = ["ply", "format ascii 1.0", "comment the object's bounding box in millimetres, not its mesh"]
    header += [f"element vertex {len(vertices)}", *properties]
    header += [f"element face {len(triangles)}", "property list uchar int vertex_indices", "end_header"]
    return "\n".join([*header, *vertices, *triangles]) + "\n"
