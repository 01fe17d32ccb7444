"""The intake worker: imports files that are asked for on stdin, one JSON line each, and answers what it measured.

`python intake_worker.py`, or `blender -b -P intake_worker.py`. A request is {"path", "front_axis", "memory_bytes"}
or {"build": true}.
"""

import hashlib
import os
import sys

# An installed Blender runs this file alone; its own packages go before ours.
sys.path.append(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))

import bpy  # noqa: E402
import numpy as np  # noqa: E402

from blender_gen.blender import freeze, imported_materials, importers, opacity  # noqa: E402
from blender_gen.blender.serve import Refused, serve  # noqa: E402

FLAT = 1e-4
SMALLEST_AREA = 1e-10


def main() -> int:
    """Answer requests until stdin closes."""
    serve(_handle)
    return 0


def _handle(request: dict) -> dict:
    if request.get("build"):
        return {"build": _build()}
    _limit_memory(int(request["memory_bytes"]))
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    try:
        frozen = freeze.import_frozen(request["path"], front_axis=request["front_axis"])
    except freeze.FreezeError as error:
        raise Refused(str(error)) from error
    _check_shape(frozen)
    return {
        "facts": {
            "box_size": frozen.box_size.tolist(),
            "object_from_asset": frozen.object_from_asset.tolist(),
            "imported_dims": frozen.imported_dims.tolist(),
            "vertices": len(frozen.vertices),
            "triangles": len(frozen.triangles),
            "warnings": list(frozen.warnings),
        }
    }


def _check_shape(frozen: freeze.Frozen) -> None:
    """Refuse what cannot be seen from every side: no area, no thickness, or transparent throughout."""
    points = frozen.vertices.astype(np.float64)
    first, second, third = (points[frozen.triangles[:, k]] for k in range(3))
    area = np.linalg.norm(np.cross(second - first, third - first), axis=1).sum() / 2
    if not area > SMALLEST_AREA:
        raise Refused("no triangle with area")
    _, axes = np.linalg.eigh(np.cov(points.T))
    thickness = min(np.ptp(points @ axes, axis=0).min(), frozen.box_size.min())
    if thickness < FLAT * frozen.box_size.max():
        raise Refused("zero thickness: it is flat, and there is nothing to see from the side")
    if not frozen.opaque.any():
        raise Refused("nothing to see: all its materials are fully transparent")


def _limit_memory(memory_bytes: int) -> None:
    """Hold the address space to what is mapped at the first request and `memory_bytes` more."""
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return
    if resource.getrlimit(resource.RLIMIT_AS)[0] != resource.RLIM_INFINITY:
        return
    with open("/proc/self/statm", encoding="ascii") as stream:
        mapped = int(stream.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (mapped + memory_bytes, mapped + memory_bytes))


def _build() -> str:
    """Blender's version and a hash of the code that imports and measures."""
    digest = hashlib.sha256()
    for module in (freeze, imported_materials, importers, opacity, sys.modules[__name__]):
        with open(module.__file__, "rb") as stream:
            digest.update(stream.read())
    return f"{bpy.app.version_string} {digest.hexdigest()[:16]}"


if __name__ == "__main__":
    sys.exit(main())
