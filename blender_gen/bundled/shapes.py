"""Solids from a few numbers: lofts, lathes, tubes, rounded boxes. Object frame: x forward, y left, z up, metres."""

from collections.abc import Sequence

import numpy as np
import trimesh
from numpy.typing import ArrayLike
from scipy.interpolate import PchipInterpolator
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

ROUND = 32  # points around a round section


def superellipse(half_a: float, half_b: float, exponent: float = 2.0, points: int = ROUND) -> np.ndarray:
    """Closed outline (points, 2), counter-clockwise: an ellipse for exponent 2, nearly a rectangle for 8."""
    angle = 2 * np.pi * (np.arange(points) + 0.5) / points
    cosine, sine = np.cos(angle), np.sin(angle)
    radius = (np.abs(cosine) ** exponent + np.abs(sine) ** exponent) ** (-1 / exponent)
    return np.stack([half_a * radius * cosine, half_b * radius * sine], axis=1)


def loft(rings: ArrayLike) -> trimesh.Trimesh:
    """Closed solid through rings (sections, points, 3) of equally many points, with flat ends."""
    rings = np.asarray(rings, np.float64)
    sections, points, _ = rings.shape
    index = np.arange(sections * points).reshape(sections, points)
    here, there = index[:-1], index[1:]
    here_next, there_next = np.roll(here, -1, axis=1), np.roll(there, -1, axis=1)
    faces = [np.stack([here, here_next, there_next], -1), np.stack([here, there_next, there], -1)]
    ends = [(index[0][::-1], sections * points), (index[-1], sections * points + 1)]
    faces += [np.stack([ring, np.roll(ring, -1), np.full(points, middle)], -1) for ring, middle in ends]
    vertices = np.concatenate([rings.reshape(-1, 3), rings[0].mean(0)[None], rings[-1].mean(0)[None]])
    return _outward(trimesh.Trimesh(vertices, np.concatenate([part.reshape(-1, 3) for part in faces])))


def along_x(stations: ArrayLike, count: int, exponent: float, points: int = ROUND) -> trimesh.Trimesh:
    """Body through stations (K, 4) of x, half width, low z, high z, smoothly joined at `count` sections."""
    stations = np.asarray(stations, np.float64)
    knots = np.linspace(0, 1, len(stations))
    x, half, low, high = PchipInterpolator(knots, stations)(np.linspace(0, 1, count)).T
    rings = []
    for k in range(count):
        outline = superellipse(half[k], (high[k] - low[k]) / 2, exponent, points)
        height = outline[:, 1] + (high[k] + low[k]) / 2
        rings.append(np.stack([np.full(points, x[k]), outline[:, 0], height], axis=1))
    return loft(rings)


def patch(
    stations: ArrayLike,
    exponent: float,
    x_range: tuple[float, float],
    angles: tuple[float, float],
    lift: float = 0.015,
    sections: int = 9,
) -> trimesh.Trimesh:
    """A thin pane on the body that `along_x` makes of these stations: a window that follows its curve.

    It spans `x_range`, and around the body `angles` in radians, 0 at the left side and pi / 2 on top; it stands out
    by `lift`. Where the body runs straight, two sections do.
    """
    stations = np.asarray(stations, np.float64)
    fine = PchipInterpolator(np.linspace(0, 1, len(stations)), stations)(np.linspace(0, 1, 400))
    fine = fine[np.argsort(fine[:, 0])]
    angle = np.linspace(*angles, 3 + round(8 * abs(angles[1] - angles[0])))
    shape = (np.abs(np.cos(angle)) ** exponent + np.abs(np.sin(angle)) ** exponent) ** (-1 / exponent)
    rings = []
    for x in np.linspace(*x_range, sections):
        half, low, high = (np.interp(x, fine[:, 0], fine[:, k]) for k in (1, 2, 3))
        sheets = [
            np.stack(
                [
                    np.full(len(angle), x),
                    (half + out) * shape * np.cos(angle),
                    (low + high) / 2 + ((high - low) / 2 + out) * shape * np.sin(angle),
                ],
                axis=1,
            )
            for out in (lift, -lift)
        ]
        rings.append(np.concatenate([sheets[0], sheets[1][::-1]]))
    return loft(rings)


def along_z(stations: ArrayLike, exponent: float, points: int = ROUND) -> trimesh.Trimesh:
    """Solid through stations (K, 4) of z, rear x, front x, half width."""
    rings = []
    for z, rear, front, half in np.asarray(stations, np.float64):
        outline = superellipse((front - rear) / 2, half, exponent, points)
        rings.append(np.stack([outline[:, 0] + (front + rear) / 2, outline[:, 1], np.full(points, z)], axis=1))
    return loft(rings)


def lathe(profile: ArrayLike, axis: str = "z", centre: ArrayLike = (0, 0, 0), points: int = ROUND) -> trimesh.Trimesh:
    """Solid of revolution of a profile (K, 2) of radius and position along the axis."""
    profile = np.asarray(profile, np.float64)
    circle = superellipse(1, 1, 2, points)
    rings = np.concatenate(
        [profile[:, None, :1] * circle, np.broadcast_to(profile[:, None, 1:], (len(profile), points, 1))], axis=2
    )
    order = {"z": [0, 1, 2], "x": [2, 0, 1], "y": [1, 2, 0]}[axis]
    return loft(rings[..., order] + np.asarray(centre, np.float64))


def tube(path: ArrayLike, radius: ArrayLike, points: int = 12) -> trimesh.Trimesh:
    """Rod along a path (K, 3) with one radius, or one for each point."""
    path = np.asarray(path, np.float64)
    radii = np.broadcast_to(np.asarray(radius, np.float64), len(path))
    forward = np.gradient(path, axis=0)
    forward /= np.linalg.norm(forward, axis=1, keepdims=True)
    aside = np.cross(forward[0], np.eye(3)[np.argmin(np.abs(forward[0]))])
    circle = superellipse(1, 1, 2, points)
    rings = []
    for place, direction, size in zip(path, forward, radii, strict=True):
        aside = aside - direction * (aside @ direction)
        aside /= np.linalg.norm(aside)
        rings.append(place + size * (circle[:, :1] * aside + circle[:, 1:] * np.cross(direction, aside)))
    return loft(rings)


def rounded_box(size: ArrayLike, centre: ArrayLike, radius: float = 0.02, steps: int = 4) -> trimesh.Trimesh:
    """Box with edges rounded in `steps` (2: cut off at an angle); `radius` is at most half the shortest side."""
    x, y, z = np.asarray(size, np.float64) / 2
    radius = min(radius, 0.999 * x, 0.999 * y, 0.999 * z)
    angle = np.linspace(0, np.pi / 2, steps)
    corner = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    turns = [np.array([[c, -s], [s, c]]) for c, s in ((1, 0), (0, 1), (-1, 0), (0, -1))]
    signs = [(1, 1), (-1, 1), (-1, -1), (1, -1)]
    rings = []
    for side, lift in [(-1, a) for a in angle[::-1]] + [(1, a) for a in angle]:
        inset = 0.97 * radius * (1 - np.cos(lift))  # a corner that shrank to a point would be no ring
        height = side * (z - radius + radius * np.sin(lift))
        outline = [
            np.array(sign) * (x - radius, y - radius) + (radius - inset) * corner @ turn.T
            for sign, turn in zip(signs, turns, strict=True)
        ]
        flat = np.concatenate(outline)
        rings.append(np.concatenate([flat, np.full((len(flat), 1), height)], axis=1))
    solid = loft(rings)
    solid.apply_translation(centre)
    return solid


def box(size: ArrayLike, centre: ArrayLike) -> trimesh.Trimesh:
    """Box with sharp edges."""
    x, y, z = np.asarray(size, np.float64) / 2
    outline = np.array([(-x, -z), (x, -z), (x, z), (-x, z)])
    solid = across(outline, y)
    solid.apply_translation(centre)
    return solid


def across(outline: ArrayLike, half_width: float, bevel: float = 0.0) -> trimesh.Trimesh:
    """Solid with this side view (K, 2) of x and z from y = -half_width to half_width, its side edges cut by `bevel`.

    The outline must be seen whole from its middle; its bevelled sides shrink by about `bevel` towards it.
    """
    outline = np.asarray(outline, np.float64)
    middle = outline.mean(axis=0)
    reach = np.linalg.norm(outline - middle, axis=1, keepdims=True)
    inner = outline - bevel * (outline - middle) / reach
    levels = [(-half_width, inner), (-half_width + bevel, outline), (half_width - bevel, outline), (half_width, inner)]
    if bevel <= 0:
        levels = [(-half_width, outline), (half_width, outline)]
    return loft([np.stack([ring[:, 0], np.full(len(ring), y), ring[:, 1]], axis=1) for y, ring in levels])


def rounded(outline: ArrayLike, radius: float, steps: int = 4) -> np.ndarray:
    """The outline (K, 2) with each corner replaced by a curve of `steps` points that starts `radius` before it."""
    outline = np.asarray(outline, np.float64)
    points = []
    for before, corner, after in zip(np.roll(outline, 1, axis=0), outline, np.roll(outline, -1, axis=0), strict=True):
        ends = [
            corner
            + min(radius, 0.45 * np.linalg.norm(other - corner)) * (other - corner) / np.linalg.norm(other - corner)
            for other in (before, after)
        ]
        for t in np.linspace(0, 1, steps):
            points.append((1 - t) ** 2 * ends[0] + 2 * t * (1 - t) * corner + t**2 * ends[1])
    return np.array(points)


def ellipsoid(radii: ArrayLike, centre: ArrayLike, points: int = 24) -> trimesh.Trimesh:
    """Ellipsoid with these three radii."""
    latitude = np.linspace(-np.pi / 2, np.pi / 2, points // 2 + 1)[1:-1]
    solid = lathe(np.stack([np.cos(latitude), np.sin(latitude)], axis=1), points=points)
    solid.apply_scale(np.asarray(radii, np.float64))
    solid.apply_translation(centre)
    return solid


def wing(
    root: ArrayLike, tip: ArrayLike, root_chord: float, tip_chord: float, thickness: float = 0.12
) -> trimesh.Trimesh:
    """Tapered wing from the middle of its chord at `root` (3,) to that at `tip` (3,), chords along x.

    A wing that stands up (a fin) has its thickness along y.
    """
    root, tip = np.asarray(root, np.float64), np.asarray(tip, np.float64)
    upright = abs(tip[2] - root[2]) > abs(tip[1] - root[1])
    s = 0.5 * (1 - np.cos(np.linspace(0, np.pi, 13)))
    half = 5 * thickness * (0.2969 * np.sqrt(s) - 0.126 * s - 0.3516 * s**2 + 0.2843 * s**3 - 0.1036 * s**4)
    outline = np.concatenate([np.stack([0.5 - s, half], 1), np.stack([0.5 - s, -half], 1)[-2:0:-1]])
    rings = []
    for share in (0.0, 0.25, 0.5, 0.75, 0.94, 0.99, 1.0):
        chord = (1 - share) * root_chord + share * tip_chord
        chord *= {0.99: 0.93, 1.0: 0.75}.get(share, 1.0)
        ring = np.zeros((len(outline), 3))
        ring[:, 0] = chord * outline[:, 0]
        ring[:, 1 if upright else 2] = chord * outline[:, 1]
        rings.append(ring + (1 - share) * root + share * tip)
    return loft(rings)


def mirrored(solid: trimesh.Trimesh) -> trimesh.Trimesh:
    """The same solid on the other side of the plane y = 0."""
    return _outward(trimesh.Trimesh(solid.vertices * (1, -1, 1), solid.faces[:, ::-1]))


def turned(solid: trimesh.Trimesh, angle: float, axis: ArrayLike, about: ArrayLike = (0, 0, 0)) -> trimesh.Trimesh:
    """A copy turned by `angle` in radians about an axis through `about`."""
    copy = solid.copy()
    copy.apply_transform(trimesh.transformations.rotation_matrix(angle, axis, about))
    return copy


def joined(solids: Sequence[trimesh.Trimesh]) -> trimesh.Trimesh:
    """Several solids as one mesh."""
    return trimesh.util.concatenate(list(solids))


def creased(solid: trimesh.Trimesh, angle: float = np.radians(38)) -> trimesh.Trimesh:
    """The mesh cut open along edges sharper than `angle`, so that only what is round is shaded smooth."""
    pairs = solid.face_adjacency[solid.face_adjacency_angles < angle]
    count = len(solid.faces)
    links = coo_matrix((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(count, count))
    _, patch = connected_components(links, directed=False)
    corners = np.stack([solid.faces, np.broadcast_to(patch[:, None], (count, 3))], axis=-1).reshape(-1, 2)
    kept, faces = np.unique(corners, axis=0, return_inverse=True)
    return trimesh.Trimesh(solid.vertices[kept[:, 0]], faces.reshape(-1, 3), process=False)


def _outward(solid: trimesh.Trimesh) -> trimesh.Trimesh:
    a, b, c = np.moveaxis(solid.vertices[solid.faces], 1, 0)
    if (np.cross(a, b) * c).sum() < 0:  # six times the volume
        solid.invert()
    return solid
