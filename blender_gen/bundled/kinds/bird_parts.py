"""What every bird has: eyes, a beak, legs with toes or webs, folded wings, a tail."""

import numpy as np
from numpy.typing import ArrayLike

from blender_gen.bundled.organic import bead, body, leaf, limb, smooth_outline
from blender_gen.bundled.parts import BLACK, WHITE, Material, Part, linear, pair
from blender_gen.bundled.shapes import joined, lathe, turned

ORANGE = Material("orange", linear(0.93, 0.52, 0.10), roughness=0.5)
HORN = Material("horn", linear(0.24, 0.20, 0.18), roughness=0.4)
WING = np.array([(0.04, 0.0), (0.0, -0.14), (0.25, -0.25), (0.62, -0.19), (1.0, -0.03), (0.7, 0.09), (0.3, 0.14)])


def plumage(name: str, colour: tuple[float, float, float], rng: np.random.Generator) -> Material:
    """Feathers of about this sRGB colour."""
    return Material(name, linear(*np.clip(np.array(colour) * rng.uniform(0.93, 1.07), 0, 0.95)), roughness=0.8)


def eyes(
    centre: ArrayLike, radii: ArrayLike, size: float, forward: float = 0.62, ring: Material | None = None
) -> list[Part]:
    """Eyes on a round head; `forward` is how far they look ahead rather than aside, from 0 to 1."""
    aside = np.sqrt(1 - forward**2)
    look = np.array([forward * 0.96, aside * 0.96, 0.28])
    place = np.asarray(centre) + np.asarray(radii) * look
    outward = look / np.linalg.norm(look)
    parts = []
    if ring is not None:
        parts += pair(bead(place - 0.55 * size * outward, 1.45 * size, 14), ring)
    glint = bead(place + 0.72 * size * outward + 0.3 * size * np.array([0.3, 0, 1.0]), 0.28 * size, 8)
    return [*parts, *pair(bead(place, size, 12), BLACK), *pair(glint, WHITE)]


def cone_beak(root: ArrayLike, length: float, wide: float, high: float, bend: float, material: Material) -> list[Part]:
    """Pointed beak along x from inside the head; its tip is bent down by `bend`."""
    x, y, z = root
    stations = [
        (x - 0.4 * length, y, z, wide, high),
        (x + 0.3 * length, y, z - 0.15 * bend, 0.72 * wide, 0.72 * high),
        (x + length, y, z - bend, 0.1 * wide, 0.1 * high),
    ]
    return [Part(body(stations, 10, (0.2, 0.9)).solid(14), material)]


def flat_bill(root: ArrayLike, length: float, wide: float, material: Material) -> list[Part]:
    """A duck's bill along x: flat, broad at its end."""
    x, y, z = root
    rows = [
        (-0.3, 0.015, 0.62, 0.4),
        (0.1, 0.0, 0.62, 0.36),
        (0.45, -0.02, 0.75, 0.2),
        (0.8, -0.022, 0.95, 0.15),
        (1.0, -0.018, 0.8, 0.13),
    ]
    stations = [(x + a * length, y, z + b, c * wide, d * wide) for a, b, c, d in rows]
    return [Part(body(stations, 16, (0.3, 1.0)).solid(16), material)]


def legs(hip: ArrayLike, foot_x: float, radius: float, toe: float, webbed: bool, material: Material) -> list[Part]:
    """Two legs from the hips (3,) (the left one is given) to feet on the floor."""
    hip = np.asarray(hip, np.float64)
    ankle = np.array([foot_x, hip[1], 1.2 * radius])
    parts = pair(limb([hip, 0.5 * (hip + ankle) + (-0.25 * abs(hip[2]) * 0.2, 0, 0), ankle], radius, 8, 10), material)
    if webbed:
        shape = smooth_outline(
            [
                (-0.3, 0.0),
                (0.3, -0.45),
                (0.95, -0.62),
                (0.86, -0.25),
                (1.0, 0.0),
                (0.86, 0.25),
                (0.95, 0.62),
                (0.3, 0.45),
            ],
            24,
        )
        web = leaf(shape * toe, 2.2 * radius, ankle - (0, 0, 0.1 * radius), (1, 0.15, 0), (-0.15, 1, 0))
        web.vertices[:, 2] = np.maximum(web.vertices[:, 2], 0.0)
        return [*parts, *pair(web, material)]
    thin = 0.85 * radius
    toes = []
    for angle, reach in ((-0.55, 0.9), (0.0, 1.0), (0.55, 0.9), (np.pi, 0.7)):
        end = ankle + reach * toe * np.array([np.cos(angle), np.sin(angle), 0])
        ends = np.array([ankle, 0.5 * (ankle + end) + (0, 0, 0.4 * thin), end])
        ends[[0, 2], 2] = thin
        toes.append(limb(ends, (thin, thin, thin), 5, 8))
    return [*parts, *pair(joined(toes), material)]


def folded_wings(
    shoulder: ArrayLike, tip: ArrayLike, size: float, thickness: float, material: Material, tips: Material
) -> list[Part]:
    """Wings that lie along the sides from the left shoulder (3,) to where their tips are (3,)."""
    shoulder, tip = np.asarray(shoulder, np.float64), np.asarray(tip, np.float64)
    along = tip - shoulder
    length = np.linalg.norm(along)
    down = np.array([0.0, 0.12, 1.0])
    down -= along * (down @ along) / length**2
    across = down / np.linalg.norm(down)
    outline = smooth_outline(WING, 30)
    covert = leaf(
        outline * (0.66 * length, size), thickness, shoulder + 0.3 * thickness * np.array([0, 1, 0]), along, across
    )
    flight = leaf(outline * (length, size), 0.8 * thickness, shoulder, along, across)
    return [*pair(covert, material), *pair(flight, tips)]


def tail(
    root: ArrayLike, along: ArrayLike, length: float, wide: float, material: Material, upright: bool = False
) -> list[Part]:
    """Tail feathers from `root` (3,): flat, or upright like a hen's."""
    shape = smooth_outline(
        [(-0.15, -0.25), (0.5, -0.4), (1.0, -0.5), (1.05, 0.0), (1.0, 0.5), (0.5, 0.4), (-0.15, 0.25)], 24
    )
    across = np.cross((0, 1, 0), along) if upright else np.array([0.0, 1, 0])
    return [Part(leaf(shape * (length, wide), 0.16 * wide + 0.02, root, along, across), material)]


def comb(base: ArrayLike, size: float, material: Material) -> list[Part]:
    """A cock's comb: a row of lobes from `base` (3,) backwards."""
    lobes = []
    for k, height in enumerate((0.75, 1.0, 0.95, 0.7)):
        place = np.asarray(base) + (-0.55 * k * size, 0, 0.3 * height * size - 0.12 * k * k * size)
        lobe = lathe([(0.3, -0.6), (0.42, 0.0), (0.38, 0.5), (0.2, 0.85), (0.05, 0.95)], points=14)
        lobe.apply_scale((size, 0.5 * size, height * size))
        lobe.apply_translation(place)
        lobes.append(turned(lobe, -0.16 * k, (0, 1, 0), place))
    return [Part(solid, material) for solid in lobes]
