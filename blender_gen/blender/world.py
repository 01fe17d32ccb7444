"""The sky as Blender's world: HDRIs that ship with Blender or are the user's, and computed skies."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import bpy
import numpy as np

from blender_gen.blender.graph import Graph, Socket
from blender_gen.blender.pictures import picture_image, read_picture
from blender_gen.blender.serve import Refused
from blender_gen.blender.sky import horizon_ring, mean_light, sky_picture

IMPORTANCE_MAP_PX = 512
LARGEST_HDRI_PX = 2048
ABOVE_HORIZON = 0.004  # the z of directions that stand for the horizon
NEVER_SEEN = -0.01  # the ground hides all directions below this z
SEEN_SHARE = 0.6  # a camera sees a sky as bright as one that gives at least this share of the light
BUMP = "bump"  # a property of the world; the label pass has no world, so that its normals are the plane's


@dataclass(frozen=True)
class Sky:
    """The world, and what far ground needs to fade into it.

    Attributes:
        horizon: equirectangular image of the horizon's colour in each direction.
        rotation_rad: of that image about z.
        strength: factor from the image's values to radiance as a camera sees it.
    """

    world: bpy.types.World
    horizon: bpy.types.Image
    rotation_rad: float
    strength: float


def build_sky(scene_spec: Mapping[str, Any]) -> Sky:
    """Return the sky of a scene, as strong as its share of the light.

    Raises:
        Refused: an HDRI that this Blender does not ship, or that cannot be read.
    """
    light = scene_spec["light"]
    if light["sky"] is None:
        picture = read_picture(_hdri_path(scene_spec), LARGEST_HDRI_PX).linear
    else:
        picture = sky_picture(light["sky"], light["sun"])
    mean = mean_light(picture)
    if not 0 < mean < np.inf:
        raise Refused(f"the HDRI {scene_spec['environment']} is black or not finite in its upper half")
    others = [light["sun"]] if light["sun"] else []
    share = 1.0 - sum(other["share"] for other in (*others, *light["lamps"]))
    strength = light["radiance"] / mean
    seen = strength * max(share, SEEN_SHARE)
    ring = np.repeat(horizon_ring(picture)[None], 2, axis=0)
    image = picture_image("sky", picture)
    world = _world(image, light["rotation_rad"], strength * share, seen)
    return Sky(world, picture_image("horizon", ring), light["rotation_rad"], seen)


def towards(graph: Graph, direction: Socket, image: bpy.types.Image, rotation_rad: float) -> Socket:
    """Return the colour of an equirectangular image in a direction, that of the horizon below it."""
    parts = graph.add("SeparateXYZ", {0: direction})
    up = graph.math("MAXIMUM", parts.outputs[2], ABOVE_HORIZON)
    level = graph.add("CombineXYZ", {0: parts.outputs[0], 1: parts.outputs[1], 2: up}).outputs[0]
    turned = graph.add("Mapping", {"Vector": level, "Rotation": (0.0, 0.0, rotation_rad)}).outputs[0]
    return graph.add("TexEnvironment", {"Vector": turned}, image=image).outputs["Color"]


def _world(image: bpy.types.Image, rotation_rad: float, strength: float, seen: float) -> bpy.types.World:
    world = bpy.data.worlds.new("light")
    world[BUMP] = 1.0
    world.cycles.sampling_method = "MANUAL"
    world.cycles.sample_map_resolution = IMPORTANCE_MAP_PX
    graph = Graph(world)
    direction = graph.add("TexCoord").outputs["Generated"]
    above = graph.math("GREATER_THAN", graph.add("SeparateXYZ", {0: direction}).outputs[2], NEVER_SEEN)
    by_eye = graph.add("LightPath").outputs["Is Camera Ray"]
    brightness = graph.math("MULTIPLY", above, graph.ramp(by_eye, 0.0, 1.0, strength, seen))
    inputs = {"Color": towards(graph, direction, image, rotation_rad), "Strength": brightness}
    background = graph.add("Background", inputs)
    graph.add("OutputWorld", {"Surface": background.outputs[0]})
    return world


def _hdri_path(scene_spec: Mapping[str, Any]) -> str:
    name = scene_spec["environment"]
    if ":" in name:
        return own_file(scene_spec, name)
    folder = os.path.join(bpy.utils.resource_path("LOCAL"), "datafiles", "studiolights", "world")
    path = os.path.join(folder, name + ".exr")
    if not os.path.isfile(path):
        raise Refused(f"this Blender has no HDRI named {name!r} in {folder}")
    return path


def own_file(scene_spec: Mapping[str, Any], name: str) -> str:
    """Return the path of one of the user's files.

    Raises:
        Refused: the job does not say where it is.
    """
    try:
        return scene_spec["files"][name]
    except KeyError as error:
        raise Refused(f"the job names no file for {name}; give the folder that it came from") from error
