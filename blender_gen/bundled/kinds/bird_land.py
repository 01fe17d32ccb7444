"""Songbirds, hens and owls, about 1 unit high, looking along +x."""

import numpy as np

from blender_gen.bundled.coats import blotches, coated, spots
from blender_gen.bundled.kinds.bird_parts import (
    HORN,
    ORANGE,
    comb,
    cone_beak,
    eyes,
    folded_wings,
    legs,
    plumage,
    tail,
)
from blender_gen.bundled.organic import bead, body, leaf, smooth_outline
from blender_gen.bundled.parts import BLACK, WHITE, Material, Part, linear, pair
from blender_gen.bundled.shapes import ellipsoid, turned

SONGBIRDS = (  # back, breast, wings
    ((0.38, 0.28, 0.20), (0.87, 0.40, 0.15), (0.30, 0.22, 0.16)),
    ((0.18, 0.42, 0.78), (0.93, 0.93, 0.90), (0.12, 0.27, 0.58)),
    ((0.25, 0.50, 0.72), (0.95, 0.82, 0.25), (0.22, 0.42, 0.62)),
    ((0.95, 0.80, 0.18), (0.96, 0.88, 0.42), (0.20, 0.19, 0.18)),
    ((0.80, 0.14, 0.12), (0.90, 0.26, 0.18), (0.55, 0.09, 0.09)),
    ((0.30, 0.55, 0.28), (0.85, 0.86, 0.40), (0.20, 0.40, 0.22)),
    ((0.46, 0.32, 0.22), (0.92, 0.87, 0.78), (0.34, 0.23, 0.16)),
)


def songbird(rng: np.random.Generator) -> list[Part]:
    """A small bird with folded wings and a tail."""
    back, breast, dark = SONGBIRDS[int(rng.integers(len(SONGBIRDS)))]
    back, breast, dark = plumage("back", back, rng), plumage("breast", breast, rng), plumage("wing", dark, rng)
    fat = rng.uniform(0.94, 1.1)
    trunk = body(
        [
            (-0.44, 0, 0.40, 0.05, 0.05),
            (-0.24, 0, 0.45, 0.15, 0.15),
            (0.0, 0, 0.49, 0.235 * fat, 0.23 * fat),
            (0.17, 0, 0.60, 0.215 * fat, 0.21 * fat),
            (0.25, 0, 0.74, 0.165, 0.17),
            (0.27, 0, 0.80, 0.15, 0.15),
        ],
        26,
        (0.6, 0.7),
    ).solid(26)
    line, wave = rng.uniform(0.0, 0.08), blotches(rng, 0.3)
    parts = coated(trunk, lambda p: p[:, 0] - 0.62 * (p[:, 2] - 0.42) - line + 0.01 * wave(p), breast, back)
    centre, radii = np.array([0.29, 0, 0.83]), np.array([0.185, 0.175, 0.17])
    cap = lambda p: p[:, 2] - 0.79 - 0.5 * np.maximum(0.3 - p[:, 0], -0.1) - 0.0  # noqa: E731
    parts += coated(
        ellipsoid(radii, centre, 24), lambda p: -cap(p) - 0.3 * np.maximum(0.24 - p[:, 0], 0) * 6, breast, back
    )
    if rng.random() < 0.35:
        crest = leaf(
            smooth_outline([(0.14, 0), (-0.02, 0.1), (-0.2, 0.24), (-0.12, 0.04), (-0.1, -0.04)], 18),
            0.09,
            centre + (0, 0, 0.12),
            (1, 0, 0),
            (0, 0, 1),
        )
        parts.append(Part(crest, back))
    beak = HORN if rng.random() < 0.5 else ORANGE
    parts += cone_beak((0.46, 0, 0.82), rng.uniform(0.11, 0.17), 0.055, 0.05, 0.02, beak)
    parts += eyes(centre, radii, 0.034, 0.6)
    parts += folded_wings(
        (0.13, 0.21 * fat, 0.56), (-0.46, 0.09, 0.42), 0.52, 0.09, back if rng.random() < 0.3 else dark, dark
    )
    parts += tail((-0.38, 0, 0.42), (-1, 0, rng.uniform(-0.1, 0.5)), rng.uniform(0.3, 0.42), 0.15, dark)
    return parts + legs((0.02, 0.09, 0.33), 0.04, 0.017, 0.14, False, HORN if beak is HORN else ORANGE)


def hen(rng: np.random.Generator) -> list[Part]:
    """A hen with a comb and a fan of a tail."""
    colours = [
        ((0.94, 0.92, 0.87), (0.86, 0.84, 0.80)),
        ((0.62, 0.30, 0.13), (0.42, 0.20, 0.10)),
        ((0.80, 0.55, 0.25), (0.15, 0.25, 0.22)),
        ((0.20, 0.19, 0.20), (0.12, 0.20, 0.20)),
    ]
    main, second = (
        plumage(n, c, rng) for n, c in zip(("feathers", "wing"), colours[int(rng.integers(4))], strict=True)
    )
    red = Material("comb", linear(0.80, 0.10, 0.09), roughness=0.5)
    trunk = body(
        [
            (-0.42, 0, 0.66, 0.05, 0.08),
            (-0.28, 0, 0.53, 0.17, 0.19),
            (-0.04, 0, 0.46, 0.24, 0.235),
            (0.14, 0, 0.53, 0.2, 0.21),
            (0.23, 0, 0.70, 0.125, 0.13),
            (0.25, 0, 0.86, 0.09, 0.095),
            (0.27, 0, 0.93, 0.085, 0.085),
        ],
        28,
        (0.6, 0.8),
    ).solid(24)
    centre, radii = np.array([0.28, 0, 0.93]), np.array([0.11, 0.1, 0.1])
    parts = [Part(trunk, main), Part(ellipsoid(radii, centre, 20), main)]
    parts += cone_beak((0.375, 0, 0.925), 0.11, 0.04, 0.04, 0.03, ORANGE)
    parts += comb(centre + (0.075, 0, 0.1), rng.uniform(0.065, 0.1), red)
    parts += [Part(ellipsoid((0.03, 0.022, 0.055), centre + (0.095, 0.03 * s, -0.1), 12), red) for s in (-1, 1)]
    parts += eyes(centre, radii, 0.02, 0.55)
    parts += folded_wings((0.1, 0.2, 0.53), (-0.36, 0.14, 0.54), 0.62, 0.1, main, second)
    for k, lift in enumerate((0.75, 1.15, 1.7)):
        parts += tail((-0.33 + 0.03 * k, 0, 0.64), (-1, 0, lift), rng.uniform(0.3, 0.4), 0.13, second, upright=True)
        for side in (-1, 1):
            parts += tail(
                (-0.34 + 0.03 * k, side * 0.03, 0.62), (-1, 0.22 * side, lift - 0.25), 0.27, 0.12, main, upright=True
            )
    return parts + legs((0.0, 0.1, 0.28), 0.02, 0.022, 0.13, False, ORANGE)


def owl(rng: np.random.Generator) -> list[Part]:
    """An owl with great eyes."""
    tone = [
        ((0.48, 0.33, 0.20), (0.90, 0.80, 0.62)),
        ((0.62, 0.60, 0.58), (0.93, 0.92, 0.90)),
        ((0.70, 0.47, 0.24), (0.95, 0.88, 0.76)),
        ((0.36, 0.28, 0.24), (0.75, 0.60, 0.45)),
    ]
    dark, pale = (plumage(n, c, rng) for n, c in zip(("feathers", "breast"), tone[int(rng.integers(4))], strict=True))
    fat = rng.uniform(0.95, 1.1)
    trunk = body(
        [
            (-0.06, 0, 0.11, 0.13, 0.12),
            (-0.02, 0, 0.25, 0.225 * fat, 0.21),
            (0.0, 0, 0.45, 0.255 * fat, 0.235),
            (0.0, 0, 0.66, 0.235, 0.21),
            (0.01, 0, 0.80, 0.235, 0.2),
            (0.01, 0, 0.92, 0.17, 0.15),
        ],
        40,
        (0.5, 0.55),
    ).solid(36)
    dots = spots(rng, np.array([-0.3, -0.3, 0]), np.array([0.3, 0.3, 0.7]), 0.12, 0.036)
    breast = lambda p: np.minimum(np.minimum(p[:, 0] - 0.08 - 0.2 * np.abs(p[:, 1]), 0.62 - p[:, 2]), -dots(p))  # noqa: E731
    parts = coated(trunk, breast, pale, dark)
    iris = Material("iris", linear(0.95, 0.70, 0.10), roughness=0.2)
    for size, depth, x, material in (
        (0.118, 0.05, 0.165, pale),
        (0.082, 0.045, 0.19, iris),
        (0.05, 0.045, 0.206, BLACK),
    ):
        disk = ellipsoid((depth, size, size), (x, 0.108, 0.78), 20)
        parts += pair(turned(disk, 0.3, (0, 0, 1), (x, 0.108, 0.78)), material)
    parts += pair(bead((0.262, 0.112, 0.80), 0.015, 8), WHITE)
    beak = [(0.19, 0, 0.73, 0.045, 0.05), (0.265, 0, 0.70, 0.03, 0.035), (0.27, 0, 0.63, 0.008, 0.008)]
    parts.append(Part(body(beak, 10, (0.4, 0.8)).solid(12), ORANGE))
    tuft = smooth_outline([(-0.06, -0.06), (0.1, -0.045), (0.2, 0.03), (0.08, 0.055), (-0.06, 0.06)], 18) * rng.uniform(
        0.8, 1.2
    )
    parts += pair(leaf(tuft, 0.07, (0.06, 0.14, 0.92), (0.1, 0.45, 1), (0, 1, -0.45)), dark)
    wing = smooth_outline(
        [(-0.06, 0.0), (0.0, -0.13), (0.3, -0.15), (0.58, 0.02), (0.5, 0.1), (0.2, 0.14), (0.0, 0.1)], 24
    )
    parts += pair(leaf(wing, 0.09, (-0.02, 0.225 * fat, 0.64), (-0.22, 0.04, -1), (1, 0.15, -0.2)), dark)
    parts += tail((-0.12, 0, 0.16), (-0.9, 0, -1), 0.15, 0.2, dark)
    return parts + legs((0.06, 0.1, 0.12), 0.08, 0.035, 0.12, False, ORANGE)
