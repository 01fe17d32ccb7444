"""Patterns of coats and cloths, cut into the surface itself: a field over space parts a solid along its zero line."""

from collections.abc import Callable

import numpy as np
import trimesh
from scipy.spatial import cKDTree

from blender_gen.bundled.parts import Material, Part

Field = Callable[[np.ndarray], np.ndarray]  # points (N, 3) in metres -> (N,); the pattern is where it is positive


def blotches(rng: np.random.Generator, size: float, threshold: float = 0.0) -> Field:
    """Cloudy patches about `size` wide: a sum of waves in random directions, of variance 1, above a threshold."""
    directions = rng.normal(size=(14, 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    waves = directions * (np.pi / size * rng.uniform(0.6, 1.4, 14))[:, None]
    phases = rng.uniform(0, 2 * np.pi, 14)
    return lambda points: np.cos(points @ waves.T + phases).sum(axis=1) / np.sqrt(7) - threshold


def stripes(rng: np.random.Generator, period: float, along: np.ndarray, dark: float, wobble: float = 0.25) -> Field:
    """Wavy stripes across the direction `along` (3,), of which the share `dark` is the pattern."""
    waver = blotches(rng, 2.2 * period)
    phase = rng.uniform(0, 1)
    level = np.cos(np.pi * dark)
    unit = np.asarray(along, np.float64) / np.linalg.norm(along)
    return lambda points: np.cos(2 * np.pi * (points @ unit / period + phase + wobble * waver(points))) - level


def cells(rng: np.random.Generator, low: np.ndarray, high: np.ndarray, size: float, gap: float) -> Field:
    """Plates about `size` wide with lines about `gap` wide between them: the cells of jittered points in a box."""
    tree = cKDTree(_jittered(rng, low, high, size))

    def field(points: np.ndarray) -> np.ndarray:
        nearest, _ = tree.query(points, 2)
        return nearest[:, 1] - nearest[:, 0] - gap

    return field


def spots(rng: np.random.Generator, low: np.ndarray, high: np.ndarray, size: float, radius: float) -> Field:
    """Balls of about `radius` around jittered points of a grid `size` wide."""
    tree = cKDTree(_jittered(rng, low, high, size))
    radii = radius * rng.uniform(0.6, 1.3, tree.n)

    def field(points: np.ndarray) -> np.ndarray:
        distance, index = tree.query(points, 1)
        return radii[index] - distance

    return field


def _jittered(rng: np.random.Generator, low: np.ndarray, high: np.ndarray, size: float) -> np.ndarray:
    """Points (N, 3) of a grid `size` wide over a box, each moved at random."""
    axes = [np.arange(a - size, b + 2 * size, size) for a, b in zip(low, high, strict=True)]
    grid = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3)
    return grid + rng.uniform(-0.38, 0.38, grid.shape) * size


def coated(solid: trimesh.Trimesh, field: Field, pattern: Material, ground: Material) -> list[Part]:
    """The solid's surface as two parts: what lies in the pattern and the rest (one, if there is no other)."""
    inside, outside = parted(solid, field(np.ascontiguousarray(solid.vertices)))
    return [Part(piece, material) for piece, material in ((inside, pattern), (outside, ground)) if len(piece.faces)]


def parted(solid: trimesh.Trimesh, values: np.ndarray) -> tuple[trimesh.Trimesh, trimesh.Trimesh]:
    """Cut a surface where `values` (vertices,), linear over each triangle, are zero: the positive side and the other.

    Both share the points of the cut, so there is no gap between them.
    """
    values = np.where(np.abs(values) < 1e-9, 1e-9, values)
    above = values[solid.faces] > 0
    count = above.sum(axis=1)
    whole_in, whole_out = solid.faces[count == 3], solid.faces[count == 0]
    mixed = (count == 1) | (count == 2)
    faces, sides = solid.faces[mixed], above[mixed]
    lone = np.where(sides.sum(axis=1) == 1, np.argmax(sides, axis=1), np.argmin(sides, axis=1))
    rows = np.arange(len(faces))
    tip, left, right = (faces[rows, (lone + step) % 3] for step in range(3))
    edges = np.sort(np.concatenate([np.stack([tip, left], 1), np.stack([tip, right], 1)]), axis=1)
    unique, index = np.unique(edges, axis=0, return_inverse=True)
    first, second = values[unique[:, 0]], values[unique[:, 1]]
    share = (first / (first - second))[:, None]
    vertices = np.concatenate(
        [solid.vertices, (1 - share) * solid.vertices[unique[:, 0]] + share * solid.vertices[unique[:, 1]]]
    )
    on_left, on_right = len(solid.vertices) + index.reshape(2, -1)
    tips = np.stack([tip, on_left, on_right], axis=1)
    quads = np.concatenate([np.stack([on_left, left, right], axis=1), np.stack([on_left, right, on_right], axis=1)])
    tip_in = sides[rows, lone]
    quad_in = np.concatenate([~tip_in, ~tip_in])
    inside = np.concatenate([whole_in, tips[tip_in], quads[quad_in]])
    outside = np.concatenate([whole_out, tips[~tip_in], quads[~quad_in]])
    return _kept(vertices, inside), _kept(vertices, outside)


def _kept(vertices: np.ndarray, faces: np.ndarray) -> trimesh.Trimesh:
    used, index = np.unique(faces, return_inverse=True)
    return trimesh.Trimesh(vertices[used], index.reshape(-1, 3), process=False)
