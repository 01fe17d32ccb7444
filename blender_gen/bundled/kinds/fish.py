"""A fish: slim or deep, striped, spotted or plain, with fins that spread."""

import numpy as np
import trimesh

from blender_gen.bundled.coats import Field, blotches, coated, spots, stripes
from blender_gen.bundled.organic import Body, bead, body, leaf, smooth_outline
from blender_gen.bundled.parts import BLACK, WHITE, Material, Part, Parts, hue, linear, pair
from blender_gen.bundled.shapes import ellipsoid

TAILS = {  # outlines of the tail fin; x runs backwards, in shares of its size
    "fork": [
        (-0.1, 0.10),
        (-0.1, -0.10),
        (0.4, -0.42),
        (1.0, -0.85),
        (0.72, -0.3),
        (0.6, 0.0),
        (0.72, 0.3),
        (1.0, 0.85),
        (0.4, 0.42),
    ],
    "fan": [(-0.1, 0.12), (-0.1, -0.12), (0.4, -0.5), (0.8, -0.68), (0.95, 0.0), (0.8, 0.68), (0.4, 0.5)],
    "moon": [
        (-0.1, 0.10),
        (-0.1, -0.10),
        (0.3, -0.45),
        (0.75, -1.0),
        (0.52, -0.45),
        (0.42, 0.0),
        (0.52, 0.45),
        (0.75, 1.0),
        (0.3, 0.45),
    ],
}


def fish(rng: np.random.Generator) -> Parts:
    """Draw a fish's build, fins and colours. It swims along +x, its lowest fin on the floor."""
    length, high = rng.uniform(0.3, 0.6), rng.uniform(0.17, 0.36)
    trunk = _trunk(high, rng)
    body_paint, fin_paint, mark = _colours(rng)
    parts = coated(trunk.solid(26), _pattern(rng, high), mark, body_paint)
    parts += [Part(solid, fin_paint) for solid in _fins(rng, trunk, high)]
    side_fin = leaf(
        smooth_outline([(-0.02, 0.03), (-0.02, -0.03), (0.12, -0.09), (0.24, -0.05), (0.22, 0.05), (0.1, 0.06)], 20)
        * rng.uniform(0.8, 1.1),
        0.022,
        trunk.at(0.66, -0.35),
        (-1, 0.75, -0.35),
        (-0.3, 0.1, 1),
    )
    parts += pair(side_fin, fin_paint)
    parts += _face(trunk, high, body_paint)
    low = min(part.solid.vertices[:, 2].min() for part in parts)
    for part in parts:
        part.solid.apply_translation((0, 0, -low))
        part.solid.apply_scale(length)
    return parts


def _trunk(high: float, rng: np.random.Generator) -> Body:
    wide = high * rng.uniform(0.42, 0.6)
    belly = rng.uniform(-0.03, 0.0)
    rows = [  # x, height of the middle, half width, half height
        (-0.42, 0.0, 0.022, 0.05 + 0.05 * high),
        (-0.3, 0.0, 0.3 * wide, 0.36 * high),
        (-0.08, 0.5 * belly, 0.82 * wide, 0.86 * high),
        (0.12, belly, wide, high),
        (0.3, 0.6 * belly, 0.86 * wide, 0.76 * high),
        (0.43, 0.0, 0.55 * wide, 0.42 * high),
        (0.49, 0.0, 0.3 * wide, 0.2 * high),
    ]
    return body([(x, 0.0, z, side, tall) for x, z, side, tall in rows], 40, (0.3, 0.6), 2.0)


def _colours(rng: np.random.Generator) -> tuple[Material, Material, Material]:
    tone = float(rng.choice([0.0, 0.05, 0.09, 0.14, 0.48, 0.56, 0.62, 0.78, 0.92]) + rng.uniform(-0.02, 0.02))
    ground = Material("scales", hue(tone, rng.uniform(0.65, 0.9), rng.uniform(0.75, 0.95)), roughness=0.3)
    mark_colour = (
        WHITE.colour if rng.random() < 0.45 else hue(tone + rng.choice([0.5, 0.12, -0.12]), 0.7, rng.uniform(0.2, 0.9))
    )
    fins = Material("fins", hue(tone + rng.uniform(-0.1, 0.1), 0.85, rng.uniform(0.55, 0.95)), roughness=0.4)
    return ground, fins, Material("markings", mark_colour, roughness=0.3)


def _pattern(rng: np.random.Generator, high: float) -> Field:
    style = str(rng.choice(["bands", "lines", "spots", "belly", "belly"]))
    if style == "bands":
        return stripes(rng, rng.uniform(0.24, 0.34), (1, 0, 0), 0.36, 0.03)
    if style == "lines":
        return stripes(rng, high * rng.uniform(0.4, 0.55), (0, 0, 1), 0.4, 0.04)
    if style == "spots":
        dots = spots(rng, (-0.5, -0.2, -0.4), (0.5, 0.2, 0.4), 0.13, 0.042)
        return lambda points: np.minimum(dots(points), 0.2 - points[:, 0])
    wave = blotches(rng, 0.3)
    return lambda points: -0.2 * high - points[:, 2] + 0.02 * wave(points)


def _fins(rng: np.random.Generator, trunk: Body, high: float) -> list[trimesh.Trimesh]:
    tail_size = rng.uniform(0.26, 0.36)
    shape = smooth_outline(TAILS[str(rng.choice(sorted(TAILS)))], 40) * tail_size * (1.0, rng.uniform(0.75, 1.0))
    tail = leaf(shape, 0.03, (-0.41, 0, 0), (-1, 0, 0), (0, 0, 1))
    tall = rng.uniform(0.1, 0.2)
    crest = [trunk.at(share, np.pi / 2)[[0, 2]] for share in (0.78, 0.6, 0.42, 0.24)]
    above = smooth_outline(
        [
            crest[0] - (0, 0.02),
            crest[1] + (-0.03, tall),
            crest[2] + (-0.08, 0.85 * tall),
            crest[3] + (-0.07, 0.5 * tall),
            crest[3] - (0, 0.02),
            crest[2] - (0, 0.04),
            crest[1] - (0, 0.05),
        ],
        30,
    )
    keel = [trunk.at(share, -np.pi / 2)[[0, 2]] for share in (0.42, 0.3, 0.2)]
    below = smooth_outline(
        [
            keel[0] + (0, 0.02),
            keel[0] + (-0.05, -0.6 * tall),
            keel[1] + (-0.08, -0.75 * tall),
            keel[2] + (-0.04, -0.3 * tall),
            keel[2] + (0, 0.02),
            keel[1] + (0, 0.03),
        ],
        24,
    )
    flat = [leaf(outline[::-1], 0.028, (0, 0, 0), (1, 0, 0), (0, 0, 1)) for outline in (above, below)]
    belly = trunk.at(0.62, -1.1)
    hind = leaf(
        smooth_outline([(0, 0.04), (0, -0.04), (0.12, -0.05), (0.19, 0.0), (0.12, 0.06)], 16) * (0.6 + 2 * tall),
        0.02,
        belly,
        (-0.8, 0.4, -0.75),
        (1, 0, -0.6),
    )
    return [tail, *flat, hind, trimesh.Trimesh(hind.vertices * (1, -1, 1), hind.faces[:, ::-1])]


def _face(trunk: Body, high: float, paint: Material) -> list[Part]:
    place = trunk.at(0.9, 0.35)
    radius = 0.022 + 0.075 * high
    white = ellipsoid((radius, 0.6 * radius, radius), place, 16)
    iris = ellipsoid((0.66 * radius, 0.4 * radius, 0.66 * radius), place + (0.12 * radius, 0.36 * radius, 0), 14)
    glint = bead(place + np.array([0.32, 0.68, 0.28]) * radius, 0.17 * radius, 8)
    mouth_at = trunk.middle[-1] + (0.012, 0, 0)
    _, wide, tall = 0, *trunk.half[-1]
    lip = Material("lips", tuple(0.6 * value for value in paint.colour), roughness=0.4)
    lips = [
        ellipsoid((0.028, 0.95 * wide + 0.006, 0.3 * tall + 0.006), mouth_at + (0.012, 0, side * 0.32 * tall), 14)
        for side in (1, -1)
    ]
    gap = ellipsoid((0.02, 0.7 * wide, 0.12 * tall), mouth_at + (0.026, 0, 0), 12)
    return [
        *pair(white, Material("eye white", linear(0.95, 0.94, 0.88), roughness=0.15)),
        *pair(iris, BLACK),
        *pair(glint, WHITE),
        *(Part(solid, lip) for solid in lips),
        Part(gap, BLACK),
    ]
