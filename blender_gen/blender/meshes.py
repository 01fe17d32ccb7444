"""Meshes of still surfaces, with a UV map in metres."""

from collections.abc import Sequence

import bpy
import numpy as np


def plane(name: str, lines: Sequence[float], height_m: float, material: bpy.types.Material) -> bpy.types.Object:
    """Return a level square of (K-1) x (K-1) quads between K coordinates, the same along x and y; UV = (x, y)."""
    count = len(lines)
    grid = np.array([(x, y, 0.0) for y in lines for x in lines])
    corners = [(row * count + column) for row in range(count - 1) for column in range(count - 1)]
    quads = [(first, first + 1, first + count + 1, first + count) for first in corners]
    surface = _surface(name, grid, quads, grid[:, :2], material)
    surface.location.z = height_m
    return surface


def strip(
    name: str,
    start: np.ndarray,
    end: np.ndarray,
    profile: Sequence[tuple[float, float]],
    material: bpy.types.Material,
    smooth: bool = False,
) -> bpy.types.Object:
    """Return a profile drawn along a line on the ground.

    Args:
        start, end: of the line, (2,); the stage lies to its left.
        profile: steps (towards the stage, up) in metres.

    UV = (distance along the line from the point nearest the origin, length of the profile so far).
    """
    side = (end - start) / np.linalg.norm(end - start)
    inward = np.array([-side[1], side[0]])
    steps = np.array(profile, np.float64)
    length = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(steps, axis=0), axis=1))])
    vertices, uv = [], []
    for (depth, up), run in zip(steps, length, strict=True):
        for point in (start, end):
            flat = point + depth * inward
            vertices.append((flat[0], flat[1], up))
            uv.append((side @ point, run))
    quads = [(k, k + 1, k + 3, k + 2) for k in range(0, len(vertices) - 2, 2)]
    surface = _surface(name, np.array(vertices), quads, np.array(uv), material)
    if smooth:
        surface.data.shade_smooth()
    return surface


def _surface(
    name: str,
    vertices: np.ndarray,
    quads: Sequence[tuple[int, ...]],
    uv: np.ndarray,
    material: bpy.types.Material,
) -> bpy.types.Object:
    mesh = bpy.data.meshes.new(name)
    mesh.from_pydata(vertices.tolist(), [], quads)
    layer = mesh.uv_layers.new(name="metres")
    layer.data.foreach_set("uv", uv[np.array(quads).ravel()].astype(np.float32).ravel())
    mesh.materials.append(material)
    return bpy.data.objects.new(name, mesh)
