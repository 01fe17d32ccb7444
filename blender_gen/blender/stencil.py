"""A stencil right before the camera: rays to the pixels that it covers end there and cost next to nothing."""

import bpy
import numpy as np

from blender_gen.blender.graph import Graph
from blender_gen.blender.pixels import covering, widened
from blender_gen.blender.windows import Rectangle

DISTANCE_M = 0.1
PARTS = 2  # of a pixel's side: a hole is so much wider on each side; Cycles' filter hardly sees what lies beyond


class Stencil:
    """An object that only the camera sees, black, at `DISTANCE_M` before it."""

    def __init__(self, scene: bpy.types.Scene) -> None:
        material = bpy.data.materials.new("stencil")
        graph = Graph(material)
        graph.add("OutputMaterial", {"Surface": graph.add("Holdout").outputs[0]})
        self._mesh = bpy.data.meshes.new("stencil")
        self._mesh.materials.append(material)
        self._object = bpy.data.objects.new("stencil", self._mesh)
        for way in ("diffuse", "glossy", "transmission", "volume_scatter", "shadow"):
            setattr(self._object, f"visible_{way}", False)
        self._object.parent = scene.camera
        scene.collection.objects.link(self._object)

    def leave_open(self, pixels: np.ndarray, window: Rectangle, film: tuple[int, int], focal_px: float) -> None:
        """Cover the pixels of a window that are not set in (h,w) bool.

        Args:
            film: width and height of the frame in pixels.
        """
        edges = covering(~widened(pixels.repeat(PARTS, axis=0).repeat(PARTS, axis=1))) / PARTS + (window[:2] * 2)
        x0, y0, x1, y1 = (DISTANCE_M / focal_px * (edges - np.tile(film, 2) / 2)).T
        corners = np.stack([np.stack([x, -y, np.full_like(x, -DISTANCE_M)], axis=-1) for x, y in
                            ((x0, y1), (x1, y1), (x1, y0), (x0, y0))], axis=1)  # fmt: skip
        self._mesh.clear_geometry()
        self._mesh.from_pydata(corners.reshape(-1, 3).tolist(), [], np.arange(4 * len(edges)).reshape(-1, 4).tolist())
        self._mesh.update()
