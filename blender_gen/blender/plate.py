"""Render only what moves: a clean plate once, then for each frame the pixels of the objects and of their shadows."""

import json
import os
from collections.abc import Callable, Sequence
from typing import Any

import bpy
import numpy as np

from blender_gen.blender.freeze import Frozen
from blender_gen.blender.pictures import image_pixels
from blender_gen.blender.stencil import Stencil
from blender_gen.blender.windows import (
    ProbeGrid,
    Rectangle,
    find_layers,
    light_ratio,
    light_samples,
    object_pixels,
    probe_grid,
)

Pose = Callable[[int], None]
Render = Callable[[bpy.types.Scene, str], None]


def render_what_moves(
    scene: bpy.types.Scene,
    job: dict[str, Any],
    frozen: Sequence[Frozen],
    pose: Pose,
    render: Render,
) -> None:
    """Render a clip whose camera stands still into the working folder.

    Files: ``plate.exr`` (the frame without the objects), ``probe_plate.exr`` and ``probe_0000.exr`` (whole frames on
    the small film of `windows.probe_grid`), ``needed_0000.npz`` (the pixels of frame 0 that are rendered, "light" and
    "objects", (H,W) bool), ``window_0000_0.exr`` (its first window, with its halo, black where nothing is needed) and
    ``windows.json`` (the layer and the box of each window of each frame). Probes and windows without an object take
    `windows.light_samples`.

    Args:
        pose: places objects and camera as in a frame.
        render: renders a scene to a path.
    """
    frames = job["frames"]
    parts = [part for item in frozen for part in item.mesh_objects]
    pose(frames[0])
    _show(parts, False)
    render(scene, "plate.exr")
    grid = probe_grid(job["width"], job["height"])
    scene.render.resolution_x, scene.render.resolution_y = grid.width, grid.height
    scene.cycles.samples = light_samples(job["samples"])
    film_filter, scene.cycles.pixel_filter_type = scene.cycles.pixel_filter_type, "BOX"  # no cell shows its neighbours
    render(scene, "probe_plate.exr")
    _show(parts, True)
    for frame in frames:
        pose(frame)
        render(scene, f"probe_{frame:04d}.exr")
    plate = read_plain("probe_plate.exr")
    scene.render.resolution_x, scene.render.resolution_y = job["width"], job["height"]
    scene.cycles.pixel_filter_type = film_filter
    scene.render.use_border = scene.render.use_crop_to_border = True
    film, stencil, about = (job["width"], job["height"]), Stencil(scene), {}
    for frame in frames:
        objects = _objects(job, frozen, frame, grid)
        ratio = light_ratio(plate, read_plain(f"probe_{frame:04d}.exr"))
        light, shown = layers = find_layers(objects, ratio, grid, job["samples"])
        np.savez_compressed(f"needed_{frame:04d}.npz", light=light.needed, objects=shown.needed)
        about[frame] = [(number, box) for number, layer in enumerate(layers) for box in layer.windows()]
        pose(frame)
        for place, (number, box) in enumerate(about[frame]):
            layer = layers[number]
            window = layer.with_halo(box)
            _use_border(scene, window, *film)
            stencil.leave_open(layer.shares(box) > 0, window, film, job["focal_px"])
            scene.cycles.samples = layer.samples
            render(scene, f"window_{frame:04d}_{place}.exr")
    scene.render.use_border = False
    with open("windows.json", "w", encoding="utf-8") as file:
        json.dump(about, file)


def _objects(job: dict[str, Any], frozen: Sequence[Frozen], frame: int, grid: ProbeGrid) -> np.ndarray:
    """Tell which pixels of a frame the objects come into or near, (H,W) bool."""
    camera_from_world = np.linalg.inv(np.array(job["world_from_camera"][frame]))
    objects = np.zeros((grid.frame_height, grid.frame_width), bool)
    for number, item in enumerate(frozen):
        camera_from_object = camera_from_world @ np.array(job["world_from_object"][frame][number])
        objects |= object_pixels(item.vertices, item.triangles, camera_from_object, job["focal_px"], grid)
    return objects


def _show(parts: Sequence[bpy.types.Object], shown: bool) -> None:
    for part in parts:
        part.hide_render = not shown


def _use_border(scene: bpy.types.Scene, window: Rectangle, width: int, height: int) -> None:
    """Render these pixels alone.

    Blender's border counts from the lower left in shares of the film and is rounded down to whole pixels, hence the
    halves.
    """
    x0, y0, x1, y1 = window
    scene.render.border_min_x, scene.render.border_max_x = (x0 + 0.5) / width, (x1 + 0.5) / width
    scene.render.border_min_y, scene.render.border_max_y = (height - y1 + 0.5) / height, (height - y0 + 0.5) / height


def read_plain(path: str) -> np.ndarray:
    """Return the colours (H,W,3) of a one-layer EXR file, top row first."""
    image = bpy.data.images.load(os.path.abspath(path))
    colours = image_pixels(image)[..., :3]
    bpy.data.images.remove(image)
    return colours
