"""Render one clip from a job: matrices in, multilayer EXR files out.

Each frame is rendered up to 2 + N times: in colour (where the camera stands still, only what moves); once at one
sample per pixel, which Cycles shoots through the pixel's centre, for depth, normals and object index; and so for each
object alone where another object or the frame's edge hides part of it, on a film enlarged by whole pixels.
"""

import json
import os
import time
from typing import Any

import bpy
import numpy as np

from blender_gen.blender.devices import choose_device
from blender_gen.blender.freeze import Frozen, import_frozen
from blender_gen.blender.imported_materials import leave_lighting_to_lamps
from blender_gen.blender.label_materials import show_for_labels
from blender_gen.blender.plate import render_what_moves
from blender_gen.blender.stage import Surroundings, add_camera, build_surroundings, set_camera, to_matrix

PASS_ALPHA_THRESHOLD = 0.01


def render_job(job: dict[str, Any], out: str) -> dict[str, Any]:
    """Render the clip that `job` describes into the folder `out` and return what was used.

    Files: ``colour_0000.exr`` (linear RGB) or those of `plate.render_what_moves`; ``labels_0000.exr`` (depth, normals
    in world axes, object index); ``alone_{object}_0000.exr`` (the same on the enlarged film); ``mesh_{object}.npz``.
    """
    started = time.perf_counter()
    os.makedirs(out, exist_ok=True)
    os.chdir(out)  # Blender takes braces and a leading // in a render path for more than they are; bare names are safe
    bpy.ops.wm.read_factory_settings(use_empty=True)
    device = choose_device(job["device"])
    colour = bpy.context.scene
    colour.name = "colour"
    frozen = [_load(item, number) for number, item in enumerate(job["objects"])]
    materials = {material for item in frozen for part in item.mesh_objects for material in part.data.materials}
    leave_lighting_to_lamps(materials)
    labels = bpy.data.scenes.new("labels")
    _set_up_film(colour, job, device, samples=job["samples"])
    _set_up_film(labels, job, device, samples=1)
    _write_exr(colour, "OPEN_EXR")
    _write_exr(labels, "OPEN_EXR_MULTILAYER")
    _set_up_colour(colour, job)
    _set_up_labels(labels)
    colour_camera, label_camera = add_camera(colour), add_camera(labels)
    surroundings = build_surroundings(job["scene"])
    for item in (*surroundings.solid, *surroundings.lights):
        colour.collection.objects.link(item)
    for item in surroundings.solid:
        labels.collection.objects.link(item)
    colour.world = surroundings.world
    for item in frozen:
        for mesh_object in item.mesh_objects:
            labels.collection.objects.link(mesh_object)
            if mesh_object.name not in colour.collection.objects:
                colour.collection.objects.link(mesh_object)
    world_from_camera = np.array(job["world_from_camera"])
    world_from_object = np.array(job["world_from_object"])
    frames = job["frames"]

    def pose(frame: int, camera: bpy.types.Object) -> None:
        for number, item in enumerate(frozen):
            for mesh_object in item.mesh_objects:
                mesh_object.matrix_world = to_matrix(world_from_object[frame, number])
        set_camera(camera, world_from_camera[frame], job["focal_px"], job["width"])

    loaded = time.perf_counter()
    # All of one scene before the other: Cycles keeps its persistent data for the scene that it rendered last.
    if job["clean_plate"]:
        render_what_moves(colour, job, frozen, lambda frame: pose(frame, colour_camera), _render)
    else:
        for frame in frames:
            pose(frame, colour_camera)
            _render(colour, f"colour_{frame:04d}.exr")
    coloured = time.perf_counter()
    show_for_labels(materials)
    for frame in frames:
        pose(frame, label_camera)
        _render(labels, f"labels_{frame:04d}.exr")
    for alone in sorted(job["alone"], key=lambda alone: (alone["object"], alone["frame"])):
        pose(alone["frame"], label_camera)
        path = f"alone_{alone['object']}_{alone['frame']:04d}.exr"
        _render_alone(labels, label_camera, job, frozen, surroundings, alone, world_from_camera[alone["frame"]], path)
    return {
        "blender": bpy.app.version_string,
        "device": device,
        "seconds": {
            "load": loaded - started,
            "colour": coloured - loaded,
            "labels": time.perf_counter() - coloured,
        },
        "warnings": [warning for item in frozen for warning in item.warnings],
    }


def _load(item: dict[str, Any], number: int) -> Frozen:
    frozen = import_frozen(
        item["path"],
        object_from_asset=item["object_from_asset"] and np.array(item["object_from_asset"]),
        front_axis=item["front_axis"],
    )
    for mesh_object in frozen.mesh_objects:
        mesh_object.pass_index = number + 1
    np.savez(
        f"mesh_{number}.npz",
        vertices=frozen.vertices,
        triangles=frozen.triangles,
        opaque=frozen.opaque,
        double_sided=frozen.double_sided,
    )
    return frozen


def _set_up_film(scene: bpy.types.Scene, job: dict[str, Any], device: str, samples: int) -> None:
    scene.render.engine = "CYCLES"
    scene.cycles.device = "CPU" if device == "CPU" else "GPU"
    scene.cycles.samples = samples
    scene.cycles.seed = job["render_seed"]
    scene.cycles.use_adaptive_sampling = False
    scene.render.threads_mode = "FIXED"
    scene.render.threads = job["threads"]
    scene.render.use_persistent_data = job["persistent_data"]
    scene.render.resolution_x = job["width"]
    scene.render.resolution_y = job["height"]
    scene.render.resolution_percentage = 100
    scene.render.pixel_aspect_x = scene.render.pixel_aspect_y = 1.0
    scene.render.use_compositing = False
    scene.render.use_sequencer = False
    scene.render.use_motion_blur = False
    scene.render.dither_intensity = 0.0
    scene.view_settings.view_transform = "Raw"


def _write_exr(scene: bpy.types.Scene, file_format: str) -> None:
    settings = scene.render.image_settings
    if hasattr(settings, "media_type"):  # Blender 5: must be set first
        settings.media_type = "MULTI_LAYER_IMAGE" if file_format == "OPEN_EXR_MULTILAYER" else "IMAGE"
    settings.file_format = file_format
    settings.color_depth = "32"
    settings.exr_codec = "ZIPS"


def _set_up_colour(scene: bpy.types.Scene, job: dict[str, Any]) -> None:
    cycles = scene.cycles
    cycles.use_denoising = job["denoise"]
    if job["denoise"]:
        cycles.denoiser = "OPENIMAGEDENOISE"
        cycles.denoising_input_passes = "RGB_ALBEDO_NORMAL"
        cycles.denoising_prefilter = "FAST"
    cycles.max_bounces = 6
    cycles.transparent_max_bounces = 32
    cycles.sample_clamp_indirect = 4.0
    cycles.caustics_reflective = cycles.caustics_refractive = False


def _set_up_labels(scene: bpy.types.Scene) -> None:
    scene.cycles.use_denoising = False
    scene.cycles.max_bounces = 0
    scene.cycles.transparent_max_bounces = 256
    layer = scene.view_layers[0]
    layer.use_pass_combined = False
    layer.use_pass_z = True
    layer.use_pass_normal = True
    layer.use_pass_object_index = True
    layer.pass_alpha_threshold = PASS_ALPHA_THRESHOLD


def _render_alone(
    scene: bpy.types.Scene,
    camera: bpy.types.Object,
    job: dict[str, Any],
    frozen: list[Frozen],
    surroundings: Surroundings,
    alone: dict[str, Any],
    world_from_camera: np.ndarray,
    path: str,
) -> None:
    others = [part for number, item in enumerate(frozen) if number != alone["object"] for part in item.mesh_objects]
    hidden = [*others, *surroundings.solid]
    width = job["width"] + 2 * alone["margin_x"]
    for item in hidden:
        item.hide_render = True
    scene.render.resolution_x = width
    scene.render.resolution_y = job["height"] + 2 * alone["margin_y"]
    set_camera(camera, world_from_camera, job["focal_px"], width)
    _render(scene, path)
    scene.render.resolution_x = job["width"]
    scene.render.resolution_y = job["height"]
    for item in hidden:
        item.hide_render = False


def _render(scene: bpy.types.Scene, path: str) -> None:
    scene.render.filepath = path
    bpy.ops.render.render(write_still=True, scene=scene.name)
    if not os.path.isfile(path):
        raise RuntimeError(f"Cycles wrote no {os.path.basename(path)}; its log has the reason")


def read_job(path: str) -> dict[str, Any]:
    """Return the job in a JSON file."""
    with open(path, encoding="utf-8") as file:
        return json.load(file)
