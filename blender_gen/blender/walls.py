"""Walls and coves around the stage: meshes that the eye sees and light from outside passes."""

from collections.abc import Mapping, Sequence
from typing import Any

import bpy
import numpy as np

from blender_gen.blender.meshes import strip
from blender_gen.blender.surface import Canvas, Paint, Pattern, surface_material

REACH_M = 40.0  # a wall that meets no other goes on for this far on each side
BELOW_FLOOR_M = 0.01
SKIRTING_DEPTH_M = 0.015
COVE_STEPS = 24
ROUGHNESS = 0.85


def build_walls(around: Mapping[str, Any], floor: bpy.types.Material, drop_m: float) -> tuple[bpy.types.Object, ...]:
    """Return the walls of a backdrop (`blender_gen.scenes.backdrop`), not yet linked to a scene.

    Args:
        floor: the floor's material, which a cove carries on.
        drop_m: how far the floor lies under z = 0.
    """
    if not around["walls"]:
        return ()
    if around["cove_radius_m"] > 0:
        parts = [_cove(around, floor, drop_m)]
    else:
        parts = _upright(around)
    for part in parts:
        part.visible_shadow = False  # a sun behind a wall still lights the stage
    return tuple(parts)


def _upright(around: Mapping[str, Any]) -> list[bpy.types.Object]:
    first, second = (tuple(colour) for colour in around["colours"])
    paint = MATERIALS[around["material"]]
    material = surface_material("wall", paint, around["scale_m"], 0.0, (first, second), ROUGHNESS)
    skirting = surface_material("skirting", _even, 1.0, 0.0, (second, second), 0.5)
    height = around["height_m"]
    parts = []
    for number, (start, end) in enumerate(_ground_lines(around["walls"])):
        parts.append(strip(f"wall {number}", start, end, [(0.0, -BELOW_FLOOR_M), (0.0, height)], material))
        if around["skirting_m"] > 0:
            top = around["skirting_m"]
            profile = [(SKIRTING_DEPTH_M, -BELOW_FLOOR_M), (SKIRTING_DEPTH_M, top), (0.0, top)]
            parts.append(strip(f"skirting {number}", start, end, profile, skirting))
    return parts


def _cove(around: Mapping[str, Any], floor: bpy.types.Material, drop_m: float) -> bpy.types.Object:
    radius, height = around["cove_radius_m"], around["height_m"]
    angles = np.linspace(0, np.pi / 2, COVE_STEPS + 1)
    curve = [(radius * (1 - np.sin(angle)), radius * (1 - np.cos(angle)) - drop_m) for angle in angles]
    ((start, end),) = _ground_lines(around["walls"])
    return strip("cove", start, end, [*curve, (0.0, height)], floor, smooth=True)


def _ground_lines(walls: Sequence[Mapping[str, float]]) -> list[tuple[np.ndarray, np.ndarray]]:
    """The ends (2,) of each wall on the ground, counter-clockwise about the stage; neighbours share an end."""
    normals = [np.array([np.cos(wall["heading_rad"]), np.sin(wall["heading_rad"])]) for wall in walls]
    along = [np.array([-normal[1], normal[0]]) for normal in normals]
    feet = [normal * wall["distance_m"] for normal, wall in zip(normals, walls, strict=True)]
    closed = len(walls) == 4
    lines = []
    for number, (foot, side) in enumerate(zip(feet, along, strict=True)):
        # Neighbours are square to each other: the corner lies on this wall, as far along it as the neighbour's plane.
        before, after = number - 1, (number + 1) % len(walls)
        start = side @ feet[before] if number > 0 or closed else -REACH_M
        end = side @ feet[after] if number + 1 < len(walls) or closed else REACH_M
        lines.append((foot + start * side, foot + end * side))
    return lines


def _brick(canvas: Canvas) -> Pattern:
    graph = canvas.graph
    bricks = graph.bricks(canvas.place, 1.0, 0.32, 0.02, offset=0.5)
    face = canvas.shaded(canvas.colours[0], bricks.outputs["Color"], 0.35, wavelength=0.5)
    weather = graph.noise(canvas.place, 0.7, detail=3)
    face = canvas.shaded(face, weather.outputs[0], 0.5, wavelength=0.5)
    colour = canvas.calm(graph.mix(bricks.outputs[1], face, canvas.colours[1]), face, wavelength=0.3)
    return Pattern(colour, height_m=graph.math("MULTIPLY", bricks.outputs[1], -0.004))


def _even(canvas: Canvas) -> Pattern:
    return Pattern(canvas.between(0.0, wavelength=1.0, mean=0.0))


def _panels(canvas: Canvas) -> Pattern:
    graph = canvas.graph
    panels = graph.bricks(canvas.place, 1.0, 1.5, 0.008, offset=0.0)
    face = canvas.shaded(canvas.colours[0], panels.outputs["Color"], 0.2, wavelength=1.0)
    colour = canvas.calm(graph.mix(panels.outputs[1], face, canvas.colours[1]), face, wavelength=0.3)
    return Pattern(colour, height_m=graph.math("MULTIPLY", panels.outputs[1], -0.004))


def _plaster(canvas: Canvas) -> Pattern:
    trowel = canvas.graph.noise(canvas.place, 1.5, detail=3, distortion=0.5)
    colour = canvas.shaded(canvas.colours[0], trowel.outputs[0], 0.25, wavelength=0.3)
    return Pattern(colour, tilt=trowel.outputs["Color"], tilt_strength=0.12)


MATERIALS: dict[str, Paint] = {"brick": _brick, "panels": _panels, "plaster": _plaster}
