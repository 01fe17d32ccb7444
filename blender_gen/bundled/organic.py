"""Bodies that live: ellipses swept along a curve, leaves for fins and ears, points on a skin. Object frame, metres."""

from dataclasses import dataclass

import numpy as np
import trimesh
from numpy.typing import ArrayLike
from scipy.interpolate import Akima1DInterpolator, PchipInterpolator

from blender_gen.bundled.shapes import ellipsoid, loft, superellipse

ROUNDING = np.radians([28, 55, 77])  # latitudes of the sections that round off an end


@dataclass(frozen=True)
class Body:
    """A smooth body along a curve.

    `middle`, `side` and `up` are (sections, 3): where each section is and the unit vectors that it spans; `half`
    (sections, 2) are its half axes along them; `cap` (2,) is how far the first and last end bulge, as a share of the
    smaller half axis there (0: flat).
    """

    middle: np.ndarray
    side: np.ndarray
    up: np.ndarray
    half: np.ndarray
    cap: tuple[float, float]
    exponent: float

    def solid(self, points: int = 20) -> trimesh.Trimesh:
        """The closed solid, with this many points around."""
        outline = superellipse(1, 1, self.exponent, points)
        rings = [
            place + outline[:, :1] * a * side + outline[:, 1:] * b * up
            for place, side, up, (a, b) in zip(self.middle, self.side, self.up, self.half, strict=True)
        ]
        return loft([*self._end(0, outline)[::-1], *rings, *self._end(-1, outline)])

    def _end(self, index: int, outline: np.ndarray) -> list[np.ndarray]:
        share = self.cap[index]
        if share <= 0:
            return []
        a, b = self.half[index]
        ahead = np.cross(self.side[index], self.up[index]) * (-1 if index == 0 else 1) * share * min(a, b)
        return [
            self.middle[index]
            + np.sin(angle) * ahead
            + np.cos(angle) * (outline[:, :1] * a * self.side[index] + outline[:, 1:] * b * self.up[index])
            for angle in ROUNDING
        ]

    def at(self, share: float, angle: float) -> np.ndarray:
        """Point (3,) on the skin at a share of the sections; `angle` runs from the side (0) to up (pi/2) and on."""
        place, side, up, half = self.section(share)
        cosine, sine = np.cos(angle), np.sin(angle)
        radius = (abs(cosine) ** self.exponent + abs(sine) ** self.exponent) ** (-1 / self.exponent)
        return place + radius * (half[0] * cosine * side + half[1] * sine * up)

    def section(self, share: float) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Middle, side, up (3,) and half axes (2,) at a share of the sections."""
        place = share * (len(self.middle) - 1)
        low = int(min(place, len(self.middle) - 2))
        part = place - low

        def mixed(values: np.ndarray) -> np.ndarray:
            return (1 - part) * values[low] + part * values[low + 1]

        return mixed(self.middle), mixed(self.side), mixed(self.up), mixed(self.half)


def body(
    stations: ArrayLike,
    count: int = 20,
    cap: tuple[float, float] = (1.0, 1.0),
    exponent: float = 2.0,
    side: ArrayLike = (0, 1, 0),
) -> Body:
    """Body through stations (K, 5) of x, y, z, half axis along `side` and half axis across it.

    The curve and the half axes are smooth between the stations; the sections stand at right angles to the curve.
    """
    stations = np.asarray(stations, np.float64)
    steps = np.linalg.norm(np.diff(stations[:, :3], axis=0), axis=1)
    knots = np.concatenate([[0], np.cumsum(steps)]) / steps.sum()
    shares = np.linspace(0, 1, count)
    if len(stations) > 2:
        middle = Akima1DInterpolator(knots, stations[:, :3])(shares)
        half = PchipInterpolator(knots, stations[:, 3:])(shares)
    else:
        middle = (1 - shares[:, None]) * stations[0, :3] + shares[:, None] * stations[1, :3]
        half = (1 - shares[:, None]) * stations[0, 3:] + shares[:, None] * stations[1, 3:]
    forward = _unit(np.gradient(middle, axis=0))
    across = np.broadcast_to(np.asarray(side, np.float64), forward.shape)
    across = _unit(across - forward * (forward * across).sum(axis=1, keepdims=True))
    return Body(middle, across, np.cross(forward, across), half, cap, exponent)


def limb(path: ArrayLike, radius: ArrayLike, count: int = 12, points: int = 12) -> trimesh.Trimesh:
    """Round limb with round ends along a path (K, 3), with one radius for each point of it."""
    path = np.asarray(path, np.float64)
    radii = np.broadcast_to(np.asarray(radius, np.float64), len(path))
    ends = path[-1] - path[0]
    side = np.eye(3)[1] if abs(ends[1]) < 0.8 * np.linalg.norm(ends) else np.eye(3)[0]
    return body(np.column_stack([path, radii, radii]), count, side=side).solid(points)


def leaf(
    outline: ArrayLike, thickness: float, origin: ArrayLike, along: ArrayLike, across: ArrayLike
) -> trimesh.Trimesh:
    """Thin lens whose outline (K, 2), counter-clockwise, is measured along two directions (3,) from `origin` (3,).

    The outline must be seen whole from its mean point.
    """
    outline = np.asarray(outline, np.float64)
    along, across = _unit(np.asarray(along, np.float64)[None])[0], _unit(np.asarray(across, np.float64)[None])[0]
    normal = np.cross(along, across)
    centre = outline.mean(axis=0)
    rings = []
    for angle in np.radians([-72, -38, 0, 38, 72]):
        flat = centre + np.cos(angle) * (outline - centre)
        height = 0.5 * thickness * np.sin(angle)
        rings.append(np.asarray(origin) + flat[:, :1] * along + flat[:, 1:] * across + height * normal)
    return loft(rings)


def smooth_outline(corners: ArrayLike, points: int = 24) -> np.ndarray:
    """Closed smooth outline (points, 2) through corners (K, 2), by a closed cubic (Catmull-Rom) spline."""
    corners = np.asarray(corners, np.float64)
    place = np.arange(points) * len(corners) / points
    index = place.astype(int)
    t = (place - index)[:, None]
    before, here, there, after = (corners[(index + step) % len(corners)] for step in (-1, 0, 1, 2))
    return 0.5 * (
        2 * here
        + (there - before) * t
        + (2 * before - 5 * here + 4 * there - after) * t**2
        + (3 * here - before - 3 * there + after) * t**3
    )


def block(size: ArrayLike, centre: ArrayLike) -> trimesh.Trimesh:
    """Box with sharp edges."""
    solid = trimesh.creation.box(np.asarray(size, np.float64))
    solid.apply_translation(centre)
    return solid


def bead(place: ArrayLike, radius: float, points: int = 12) -> trimesh.Trimesh:
    """Small ball."""
    return ellipsoid((radius, radius, radius), place, points)


def _unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
