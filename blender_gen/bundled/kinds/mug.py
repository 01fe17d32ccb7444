"""A mug: its handle on the right, a printed picture on the front, now and then something to drink in it."""

from collections.abc import Callable, Mapping

import numpy as np
import trimesh

from blender_gen.bundled.coats import Field, coated, parted
from blender_gen.bundled.organic import body
from blender_gen.bundled.parts import Material, Part, Parts, linear, tinted, tinted_unlike
from blender_gen.bundled.shapes import lathe

SHAPES = {  # radius at the foot, low, high and at the rim, as shares of the largest
    "straight": (0.97, 1.0, 1.0, 1.0),
    "cone": (0.72, 0.8, 0.93, 1.0),
    "barrel": (0.78, 1.0, 1.0, 0.86),
    "tulip": (0.70, 0.95, 0.84, 1.0),
}
POINTS = 84


def mug(rng: np.random.Generator) -> Parts:
    """Draw a mug's shape, glaze and picture. The picture faces +x, the handle points to -y."""
    radius, height = rng.uniform(0.038, 0.05), rng.uniform(0.085, 0.12)
    shares = SHAPES[sorted(SHAPES)[int(rng.integers(len(SHAPES)))]]
    glaze = Material("glaze", tinted(rng) if rng.random() < 0.7 else linear(0.93, 0.92, 0.89), roughness=0.15)
    print_ink = Material("print", tinted_unlike(rng, glaze), roughness=0.2)
    inside = Material("inside", linear(0.94, 0.93, 0.9) if rng.random() < 0.6 else print_ink.colour, roughness=0.15)

    wall = 0.0042
    outer = _profile(radius, height, shares)
    motif = MOTIFS[sorted(MOTIFS)[int(rng.integers(len(MOTIFS)))]]
    scale, middle = 0.33 * height, 0.52 * height
    picture = _bands(rng, height, _printed(motif, scale, middle, radius))
    bowl = [(r - wall, z) for r, z in outer[::-1] if 2 * wall < z < height - wall]
    profile = [
        (0.9 * outer[0, 0], 0.0),
        (0.985 * outer[0, 0], 0.0012),
        *outer[1:],
        *_lip(outer[-1], wall),
        *bowl,
        (0.8 * bowl[-1][0], 1.4 * wall),
        (0.001, 1.2 * wall),
    ]
    hollow, shell = _inside_and_shell(lathe(profile, points=POINTS), outer, wall)
    parts = [*coated(shell, picture, print_ink, glaze), Part(hollow, inside)]
    parts.append(Part(_handle(rng, outer, height), glaze if rng.random() < 0.6 else print_ink))
    if rng.random() < 0.6:
        level = rng.uniform(0.72, 0.86) * height
        width = np.interp(level, outer[:, 1], outer[:, 0]) - 0.9 * wall
        drink = linear(0.24, 0.13, 0.07) if rng.random() < 0.6 else linear(0.62, 0.36, 0.12)
        parts.append(
            Part(
                lathe([(width, level - 0.002), (width, level), (0.3 * width, level)], points=48),
                Material("drink", drink, roughness=0.1),
            )
        )
    return parts


def _profile(radius: float, height: float, shares: tuple[float, ...]) -> np.ndarray:
    """Radius and height (K, 2) of the outer wall."""
    levels = np.linspace(0, 1, 34)
    curve = np.polynomial.Polynomial.fit((0.0, 0.33, 0.7, 1.0), shares, 3)
    return np.stack([radius * curve(levels), height * levels], axis=1)


def _lip(top: np.ndarray, wall: float) -> list[tuple[float, float]]:
    """A rounded rim."""
    angles = np.linspace(0.3, np.pi, 6)
    return [(top[0] - 0.5 * wall * (1 - np.cos(a)), top[1] + 0.5 * wall * np.sin(a)) for a in angles]


def _inside_and_shell(
    solid: trimesh.Trimesh, outer: np.ndarray, wall: float
) -> tuple[trimesh.Trimesh, trimesh.Trimesh]:
    """The wall of the bowl, and all that is seen from outside."""
    points = solid.vertices
    within = np.interp(points[:, 2], outer[:, 1], outer[:, 0]) - 0.8 * wall - np.hypot(points[:, 0], points[:, 1])
    return parted(solid, np.minimum(within, points[:, 2] - 0.6 * wall))


def _handle(rng: np.random.Generator, outer: np.ndarray, height: float):
    low, high = rng.uniform(0.14, 0.22) * height, rng.uniform(0.8, 0.9) * height
    reach = rng.uniform(0.5, 0.68) * height * 0.62
    square = rng.uniform(0.45, 0.9)
    path = []
    for angle in np.linspace(-0.5 * np.pi, 0.5 * np.pi, 9):
        across, up = np.cos(angle), np.sin(angle)
        across, up = np.sign(across) * abs(across) ** square, np.sign(up) * abs(up) ** square
        z = 0.5 * (low + high) + 0.5 * (high - low) * up
        path.append((0.0, -np.interp(z, outer[:, 1], outer[:, 0]) - reach * across, z))
    path[0] = (0.0, path[0][1] + 0.0028, path[0][2])
    path[-1] = (0.0, path[-1][1] + 0.0028, path[-1][2])
    thick = rng.uniform(0.0048, 0.0062)
    stations = [(*place, 1.35 * thick, 0.85 * thick) for place in path]
    return body(stations, 32, (0.0, 0.0), 2.5, side=(1, 0, 0)).solid(16)


def _printed(
    motif: Callable[[np.ndarray, np.ndarray], np.ndarray], scale: float, middle: float, radius: float
) -> Field:
    """A picture on the front: `motif` of how far left of it and above it a point lies, measured along the wall."""

    def field(points: np.ndarray) -> np.ndarray:
        x, y = np.ascontiguousarray(points[:, 0]), np.ascontiguousarray(points[:, 1])
        across = radius * np.arctan2(y, x) / scale
        return np.where(x > 0, motif(across, (points[:, 2] - middle) / scale), -1.0)

    return field


def _bands(rng: np.random.Generator, height: float, picture: Field) -> Field:
    """The picture, at times with a band along the foot or along the rim."""
    foot = rng.uniform(0.08, 0.14) if rng.random() < 0.35 else -1.0
    rim = rng.uniform(0.9, 0.95) if rng.random() < 0.25 else 2.0

    def field(points: np.ndarray) -> np.ndarray:
        share = points[:, 2] / height
        return np.maximum.reduce([picture(points), foot - share, share - rim])

    return field


def heart(u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """A heart; the picture is where it is positive, as in all that follow."""
    u, v = 1.15 * u, 1.15 * v + 0.1
    return np.cbrt(u**2 * v**3) - (u**2 + v**2 - 1)


def star(u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """A star of five points."""
    angle = np.arctan2(np.ascontiguousarray(u), np.ascontiguousarray(v))
    spike = np.abs((angle / (2 * np.pi) * 5) % 1.0 - 0.5) * 2  # 1 at the tips, 0 between them
    return (0.45 / (1 - 0.55 * spike)) - np.hypot(u, v)


def smile(u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """A smiling face: two eyes and a mouth."""
    eyes = 0.19 - np.hypot(np.abs(u) - 0.38, 0.75 * (v - 0.35))
    mouth = np.minimum(0.1 - np.abs(np.hypot(u, v - 0.15) - 0.75), -0.15 - v)
    return np.maximum(eyes, mouth)


def flower(u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """Six petals about a hole."""
    angle = np.arctan2(np.ascontiguousarray(u), np.ascontiguousarray(v))
    radius = np.hypot(u, v)
    return np.minimum(0.68 + 0.3 * np.cos(6 * angle) - radius, radius - 0.24)


def sun(u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """A disk with rays."""
    angle = np.arctan2(np.ascontiguousarray(u), np.ascontiguousarray(v))
    radius = np.hypot(u, v)
    rays = np.minimum.reduce([0.35 * np.cos(10 * angle), radius - 0.68, 1.0 - radius])
    return np.maximum(0.55 - radius, rays)


def moon(u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """A crescent."""
    return np.minimum(0.9 - np.hypot(u, v), np.hypot(u + 0.42, v - 0.15) - 0.72)


def paw(u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """A paw's print."""
    pad = 0.45 - np.hypot(0.9 * u, v + 0.35 + 0.1 * np.abs(u))
    toes = [radius - np.hypot(np.abs(u) - x, 0.8 * (v - z)) for x, z, radius in ((0.25, 0.52, 0.2), (0.66, 0.15, 0.18))]
    return np.maximum.reduce([pad, *toes])


MOTIFS: Mapping[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    motif.__name__: motif for motif in (heart, star, smile, flower, sun, moon, paw)
}  # name -> (left, up), in shares of the picture's half width -> field
