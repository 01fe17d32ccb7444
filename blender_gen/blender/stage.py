"""Build the still part of a clip: film, camera, light and floor."""

import math
import os
from dataclasses import dataclass
from typing import Any

import bpy
import numpy as np

from blender_gen.blender.floors import floor_material
from blender_gen.blender.serve import Refused

FLOOR_HALF_SIZE_M = 250.0
FLOOR_DROP_M = 1e-4  # a ray that passes through a clear face lying on the floor must still meet the floor behind it
SENSOR_WIDTH_MM = 36.0
IMPORTANCE_MAP_PX = 512
BLENDER_FROM_OPENCV = np.diag([1.0, -1.0, -1.0, 1.0])


@dataclass(frozen=True)
class Surroundings:
    """What stands around the objects, not yet linked to a scene.

    Attributes:
        solid: floor and walls; they are seen, take shadows, and count in depth and normals.
        lights: lamps; the label pass does without them.
        world: light from infinitely far away.
    """

    solid: tuple[bpy.types.Object, ...] = ()
    lights: tuple[bpy.types.Object, ...] = ()
    world: bpy.types.World | None = None


def build_surroundings(scene_spec: dict[str, Any] | None) -> Surroundings:
    """Return the still part of the scene that `scene_spec` describes; nothing where it is None."""
    if not scene_spec:
        return Surroundings()
    return Surroundings(solid=(add_floor(scene_spec),), world=light_world(scene_spec))


def add_camera(scene: bpy.types.Scene) -> bpy.types.Object:
    """Add the scene's camera: perspective, focal length tied to the film's width, no shift."""
    data = bpy.data.cameras.new(f"camera {scene.name}")
    data.sensor_fit = "HORIZONTAL"
    data.sensor_width = SENSOR_WIDTH_MM
    data.clip_start = 0.01
    data.clip_end = 10_000.0
    camera = bpy.data.objects.new(data.name, data)
    scene.collection.objects.link(camera)
    scene.camera = camera
    return camera


def set_camera(camera: bpy.types.Object, world_from_camera: np.ndarray, focal_px: float, film_width: int) -> None:
    """Place a camera given in OpenCV axes (x right, y down, z forward); `focal_px` on a film of `film_width` pixels."""
    camera.matrix_world = to_matrix(world_from_camera @ BLENDER_FROM_OPENCV)
    camera.data.lens = focal_px * SENSOR_WIDTH_MM / film_width


def to_matrix(matrix: np.ndarray) -> "bpy.types.Matrix":
    """Return a (4,4) array as Blender's nested lists, which matrix properties take."""
    from mathutils import Matrix

    return Matrix(matrix.tolist())


def add_floor(scene_spec: dict[str, Any]) -> bpy.types.Object:
    """Return a large square just under z = 0 with the scene's procedural material, not yet linked to a scene."""
    size = FLOOR_HALF_SIZE_M
    mesh = bpy.data.meshes.new("floor")
    mesh.from_pydata([(-size, -size, 0), (size, -size, 0), (size, size, 0), (-size, size, 0)], [], [(0, 1, 2, 3)])
    mesh.materials.append(floor_material(scene_spec))
    floor = bpy.data.objects.new("floor", mesh)
    floor.location.z = -FLOOR_DROP_M
    return floor


def light_world(scene_spec: dict[str, Any]) -> bpy.types.World:
    """Return a world lit by the named HDRI, rotated about z and scaled to the asked mean radiance.

    Raises:
        Refused: this Blender does not ship that HDRI.
    """
    folder = os.path.join(bpy.utils.resource_path("LOCAL"), "datafiles", "studiolights", "world")
    path = os.path.join(folder, scene_spec["environment"] + ".exr")
    if not os.path.isfile(path):
        raise Refused(f"this Blender has no HDRI named {scene_spec['environment']!r} in {folder}")
    image = bpy.data.images.load(path)
    world = bpy.data.worlds.new("light")
    world.cycles.sampling_method = "MANUAL"
    world.cycles.sample_map_resolution = IMPORTANCE_MAP_PX
    world.use_nodes = True
    nodes, links = world.node_tree.nodes, world.node_tree.links
    nodes.clear()
    coordinates = nodes.new("ShaderNodeTexCoord")
    rotation = nodes.new("ShaderNodeMapping")
    rotation.inputs["Rotation"].default_value = (0.0, 0.0, scene_spec["environment_rotation_rad"])
    texture = nodes.new("ShaderNodeTexEnvironment")
    texture.image = image
    background = nodes.new("ShaderNodeBackground")
    background.inputs["Strength"].default_value = scene_spec["radiance"] / mean_radiance(image)
    output = nodes.new("ShaderNodeOutputWorld")
    links.new(coordinates.outputs["Generated"], rotation.inputs["Vector"])
    links.new(rotation.outputs["Vector"], texture.inputs["Vector"])
    links.new(texture.outputs["Color"], background.inputs["Color"])
    links.new(background.outputs["Background"], output.inputs["Surface"])
    return world


def mean_radiance(image: bpy.types.Image) -> float:
    """Return the mean luminance (Rec. 709) of an equirectangular image over the sphere's upper half.

    The lower half of an HDRI is hidden by the floor and lights nothing.
    """
    width, height = image.size
    pixels = np.empty(width * height * image.channels, np.float32)
    image.pixels.foreach_get(pixels)
    rgb = pixels.reshape(height, width, image.channels)[..., :3].astype(np.float64)
    latitude = (np.arange(height) + 0.5) / height * math.pi - math.pi / 2
    weight = np.cos(latitude) * (latitude > 0)
    luminance = rgb @ [0.2126, 0.7152, 0.0722]
    return float((luminance.mean(axis=1) * weight).sum() / weight.sum())
