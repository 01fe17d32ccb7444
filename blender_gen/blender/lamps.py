"""Sun and area lamps, as strong as their share of the light on the floor."""

import math
from collections.abc import Mapping
from typing import Any

import bpy
import numpy as np

LOWEST_SINE = 0.5  # a sun below 30 degrees lights the floor less than its share, lest it burn what stands upright


def build_lamps(light: Mapping[str, Any]) -> tuple[bpy.types.Object, ...]:
    """Return the lamps of a scene's light (`blender_gen.scenes.light`), not yet linked to a scene."""
    lamps = [_area(lamp, light["radiance"]) for lamp in light["lamps"]]
    if light["sun"]:
        lamps.append(_sun(light["sun"], light["radiance"]))
    return tuple(lamps)


def _sun(sun: Mapping[str, Any], radiance: float) -> bpy.types.Object:
    """A sun of irradiance E turns a white floor's radiance to E sin(elevation) / pi."""
    data = bpy.data.lights.new("sun", "SUN")
    data.energy = math.pi * sun["share"] * radiance / max(math.sin(sun["elevation_rad"]), LOWEST_SINE)
    data.angle = sun["angle_rad"]
    data.color = sun["colour"]
    flat = math.cos(sun["elevation_rad"])
    towards = (flat * math.cos(sun["azimuth_rad"]), flat * math.sin(sun["azimuth_rad"]), math.sin(sun["elevation_rad"]))
    return _facing_away(data, (0.0, 0.0, 0.0), towards)


def _area(lamp: Mapping[str, Any], radiance: float) -> bpy.types.Object:
    """A small lamp of radiance L and area A at distance d, facing the origin, gives irradiance L A sin(elevation) / d².

    Blender's watts are those of a lamp of radiance power / (pi A), as for a Lambertian emitter.
    """
    position = np.array(lamp["position"])
    distance = float(np.linalg.norm(position))
    sine = float(position[2]) / distance
    data = bpy.data.lights.new("lamp", "AREA")
    data.shape = "SQUARE"
    data.size = lamp["size_m"]
    data.energy = math.pi * math.pi * lamp["share"] * radiance * distance**2 / sine
    data.color = lamp["colour"]
    lamp_object = _facing_away(data, lamp["position"], position / distance)
    lamp_object.visible_camera = False
    return lamp_object


def _facing_away(data: bpy.types.Light, position: Any, backwards: Any) -> bpy.types.Object:
    """Return a lamp at a position whose light goes against the unit direction `backwards` (3,)."""
    from mathutils import Vector

    lamp_object = bpy.data.objects.new(data.name, data)
    rotation = Vector(backwards).to_track_quat("Z", "Y").to_matrix().to_4x4()
    rotation.translation = Vector(position)
    lamp_object.matrix_world = rotation
    return lamp_object
