"""Blender's importers behind one call, and the axes that each format is stored in."""

import re
from collections.abc import Callable
from pathlib import Path

import bpy
import numpy as np

# glTF and OBJ are stored Y up; Blender turns (x, y, z) into (x, -z, y).
Z_UP_FROM_Y_UP = np.array([[1.0, 0, 0, 0], [0, 0, -1, 0], [0, 1, 0, 0], [0, 0, 0, 1]])
GLTF_ERRORS_ONLY = 40
DRACO = b"KHR_draco_mesh_compression"


class ImportFailed(Exception):
    """Blender cannot read the file; the message says why."""


def _gltf(path: str) -> None:
    bpy.ops.import_scene.gltf(filepath=path, disable_bone_shape=True, loglevel=GLTF_ERRORS_ONLY)


def _obj(path: str) -> None:
    bpy.ops.wm.obj_import(filepath=path, forward_axis="NEGATIVE_Z", up_axis="Y")


def _stl(path: str) -> None:
    bpy.ops.wm.stl_import(filepath=path, forward_axis="Y", up_axis="Z")


def _ply(path: str) -> None:
    bpy.ops.wm.ply_import(filepath=path, forward_axis="Y", up_axis="Z", import_colors="SRGB")


def _fbx(path: str) -> None:
    bpy.ops.wm.fbx_import(filepath=path)


IMPORTERS: dict[str, Callable[[str], None]] = {
    ".glb": _gltf, ".gltf": _gltf, ".obj": _obj, ".stl": _stl, ".ply": _ply, ".fbx": _fbx,
}  # fmt: skip


def blender_from_asset(path: Path) -> np.ndarray:
    """(4,4) from the stored coordinates, node transforms applied, to Blender's imported frame (z up).

    An FBX file names its own axes and unit, which Blender's importer folds into the objects; for FBX the
    asset frame is therefore Blender's imported frame (z up, metres) and this matrix is the identity.
    """
    return Z_UP_FROM_Y_UP.copy() if path.suffix.lower() in (".glb", ".gltf", ".obj") else np.eye(4)


def import_file(path: Path) -> None:
    """Import `path` into the current scene.

    Raises ImportFailed where the format is unknown or Blender's importer gives up.
    """
    importer = IMPORTERS.get(path.suffix.lower())
    if importer is None:
        raise ImportFailed(f"{path.suffix or 'no suffix'} is not one of {', '.join(sorted(IMPORTERS))}")
    try:
        importer(str(path))
    except RuntimeError as error:
        if "Traceback" in str(error) and DRACO in path.read_bytes():
            raise ImportFailed(
                f"Blender {bpy.app.version_string} could not decode its Draco compression (some builds come"
                " without the decoder): export the file without Draco, or use another build of Blender"
            ) from error
        raise ImportFailed(f"Blender's importer failed: {_sentence(error)}") from error


def _sentence(error: RuntimeError) -> str:
    """The line of Blender's report that says what went wrong."""
    lines = [line.strip() for line in str(error).splitlines()]
    lines = [line for line in lines if line and not line.startswith("Location:")]
    raised = [line for line in lines if re.match(r"\w+(Error|Exception)\b", line)]
    return ((raised or lines or ["no reason given"])[-1]).removeprefix("Error: ")
