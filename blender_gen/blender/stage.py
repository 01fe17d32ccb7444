"""Build the still part of a clip: camera, light, floor and backdrop."""

from dataclasses import dataclass
from typing import Any

import bpy
import numpy as np

from blender_gen.blender.floors import floor_material
from blender_gen.blender.lamps import build_lamps
from blender_gen.blender.meshes import plane
from blender_gen.blender.walls import build_walls
from blender_gen.blender.world import build_sky

FLOOR_LINES_M = (-4000.0, -250.0, 250.0, 4000.0)  # small quads where precision counts, large ones to the horizon
FLOOR_DROP_M = 1e-4  # a ray that passes through a clear face lying on the floor must still meet the floor behind it
SENSOR_WIDTH_MM = 36.0
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
    """Return the still part of the scene that `scene_spec` describes; nothing where it is None.

    Args:
        scene_spec: `blender_gen.scenes.SceneSpec` as plain values, and under "files" the path of each of the user's
            own files that it names.

    Raises:
        Refused: a picture that is not there or cannot be read.
    """
    if not scene_spec:
        return Surroundings()
    sky = build_sky(scene_spec)
    material = floor_material(scene_spec, sky)
    floor = plane("floor", FLOOR_LINES_M, -FLOOR_DROP_M, material)
    walls = build_walls(scene_spec["around"], material, FLOOR_DROP_M)
    return Surroundings((floor, *walls), build_lamps(scene_spec["light"]), sky.world)


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
