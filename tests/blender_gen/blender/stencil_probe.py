"""Render a floor whole and behind a stencil, into the folder that is named; bpy stays out of the tests' process."""

import sys
from pathlib import Path

import bpy
import numpy as np

from blender_gen.blender.graph import Graph
from blender_gen.blender.meshes import plane
from blender_gen.blender.stage import add_camera, set_camera
from blender_gen.blender.stencil import Stencil

WIDTH, HEIGHT, FOCAL_PX = 48, 32, 60.0


def main(folder: Path) -> None:
    scene = floor_under_white_light()
    seen = np.load(folder / "open.npz")
    rendered(scene, folder / "whole.exr")
    stencil = Stencil(scene)
    for number, pixels in enumerate(seen["pixels"]):
        stencil.leave_open(pixels, tuple(seen["window"].tolist()), (WIDTH, HEIGHT), FOCAL_PX)
        rendered(scene, folder / f"{number}.exr")


def floor_under_white_light() -> bpy.types.Scene:
    """A grey floor, seen by a turned camera close above it."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.context.scene
    scene.render.engine, scene.cycles.samples, scene.cycles.use_adaptive_sampling = "CYCLES", 16, False
    scene.cycles.use_denoising, scene.cycles.pixel_filter_type = False, "BOX"
    scene.render.use_persistent_data = True
    scene.render.resolution_x, scene.render.resolution_y = WIDTH, HEIGHT
    scene.view_settings.view_transform = "Raw"
    settings = scene.render.image_settings
    if hasattr(settings, "media_type"):  # Blender 5
        settings.media_type = "IMAGE"
    settings.file_format, settings.color_depth = "OPEN_EXR", "32"
    scene.world = bpy.data.worlds.new("white")
    graph = Graph(scene.world)
    graph.add("OutputWorld", {"Surface": graph.add("Background", {"Color": (1.0, 1.0, 1.0)}).outputs[0]})
    material = bpy.data.materials.new("grey")
    graph = Graph(material)
    graph.add("OutputMaterial", {"Surface": graph.add("BsdfDiffuse", {"Color": (0.5, 0.5, 0.5)}).outputs[0]})
    scene.collection.objects.link(plane("floor", (-50.0, 0.0, 50.0), 2.85, material))
    down = np.array([[0.0, -1, 0, 7], [-1, 0, 0, -5], [0, 0, -1, 3], [0, 0, 0, 1]])
    set_camera(add_camera(scene), down, FOCAL_PX, WIDTH)
    return scene


def rendered(scene: bpy.types.Scene, path: Path) -> None:
    scene.render.filepath = str(path)
    bpy.ops.render.render(write_still=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
