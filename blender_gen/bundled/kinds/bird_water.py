"""Ducks, penguins and flamingos, about 1 unit high, looking along +x."""

import numpy as np

from blender_gen.bundled.coats import coated
from blender_gen.bundled.kinds.bird_parts import (
    HORN,
    ORANGE,
    cone_beak,
    eyes,
    flat_bill,
    folded_wings,
    legs,
    plumage,
    tail,
)
from blender_gen.bundled.organic import body, leaf, limb, smooth_outline
from blender_gen.bundled.parts import BLACK, WHITE, Material, Part, hue, linear, pair
from blender_gen.bundled.shapes import ellipsoid, lathe

DUCKS = (  # head, breast, sides, back
    ((0.06, 0.36, 0.20), (0.42, 0.24, 0.15), (0.74, 0.72, 0.68), (0.48, 0.42, 0.36)),
    ((0.94, 0.93, 0.89), (0.94, 0.93, 0.89), (0.94, 0.93, 0.89), (0.90, 0.89, 0.85)),
    ((0.97, 0.80, 0.16), (0.97, 0.80, 0.16), (0.97, 0.80, 0.16), (0.93, 0.72, 0.12)),
    ((0.45, 0.32, 0.20), (0.55, 0.41, 0.27), (0.62, 0.48, 0.33), (0.40, 0.29, 0.19)),
)


def duck(rng: np.random.Generator) -> list[Part]:
    """A duck, or a drake."""
    choice = int(rng.integers(len(DUCKS)))
    head, breast, sides, back = (
        plumage(n, c, rng) for n, c in zip(("head", "breast", "sides", "back"), DUCKS[choice], strict=True)
    )
    trunk = body(
        [
            (-0.56, 0, 0.50, 0.03, 0.03),
            (-0.42, 0, 0.42, 0.14, 0.12),
            (-0.15, 0, 0.36, 0.25, 0.2),
            (0.12, 0, 0.36, 0.25, 0.21),
            (0.30, 0, 0.42, 0.16, 0.17),
            (0.36, 0, 0.46, 0.10, 0.11),
        ],
        26,
        (0.6, 0.8),
        2.2,
    ).solid(26)
    parts = coated(trunk, lambda p: p[:, 0] - 0.14, breast, sides)
    reach = rng.uniform(0.0, 0.1)
    neck = [(0.22, 0, 0.42), (0.33, 0, 0.56), (0.33, 0, 0.70 + reach), (0.37, 0, 0.80 + reach)]
    centre, radii = np.array([0.39, 0, 0.81 + reach]), np.array([0.15, 0.125, 0.125])
    parts += coated(limb(neck, (0.16, 0.11, 0.088, 0.09), 16, 18), lambda p: p[:, 2] - 0.635, head, breast)
    parts += [Part(ellipsoid(radii, centre, 22), head)]
    if choice in (0, 3):
        ring = lathe(
            [(0.06, -0.014), (0.108, -0.014), (0.112, 0.0), (0.108, 0.014), (0.06, 0.014)], "z", (0.333, 0, 0.625), 20
        )
        parts.append(Part(ring, WHITE))
    bill = Material("bill", linear(0.93, 0.62, 0.12) if choice != 3 else linear(0.78, 0.47, 0.16), roughness=0.4)
    parts += flat_bill((0.5, 0, 0.79 + reach), 0.2, 0.092, bill)
    parts += eyes(centre, radii, 0.024, 0.52)
    parts += folded_wings((0.16, 0.215, 0.42), (-0.55, 0.11, 0.50), 0.46, 0.09, sides, back)
    parts += tail((-0.5, 0, 0.49), (-1, 0, 0.7), 0.17, 0.2, back)
    return parts + legs((-0.02, 0.11, 0.22), 0.0, 0.026, 0.17, True, ORANGE)


def penguin(rng: np.random.Generator) -> list[Part]:
    """A penguin."""
    dark = plumage("feathers", [(0.10, 0.11, 0.13), (0.16, 0.20, 0.28), (0.14, 0.14, 0.15)][int(rng.integers(3))], rng)
    fat = rng.uniform(0.92, 1.14)
    trunk = body(
        [
            (-0.02, 0, 0.125, 0.16 * fat, 0.16 * fat),
            (0.0, 0, 0.2, 0.225 * fat, 0.215 * fat),
            (0.0, 0, 0.42, 0.235 * fat, 0.22 * fat),
            (-0.01, 0, 0.66, 0.18, 0.17),
            (0.0, 0, 0.78, 0.135, 0.135),
            (0.01, 0, 0.86, 0.12, 0.12),
        ],
        28,
        (0.5, 0.6),
    ).solid(30)
    bib = lambda p: np.minimum(p[:, 0] - 0.05 - 0.25 * np.abs(p[:, 1]), 0.74 - p[:, 2])  # noqa: E731
    parts = coated(trunk, bib, WHITE, dark)
    centre, radii = np.array([0.02, 0, 0.90]), np.array([0.145, 0.135, 0.135])
    style = int(rng.integers(3))
    cheek = Material(
        "cheek", linear(*((0.96, 0.72, 0.15), (0.95, 0.95, 0.93), (0.95, 0.95, 0.93))[style]), roughness=0.7
    )
    if style == 0:  # an emperor's yellow ears
        mark = lambda p: 0.075 - np.hypot(p[:, 0] + 0.01, p[:, 2] - 0.87)  # noqa: E731
    else:  # a white face under a black cap
        mark = lambda p: np.minimum(p[:, 0] - 0.06, 0.93 + 0.05 * np.cos(30 * np.abs(p[:, 1]) + 2) - p[:, 2])  # noqa: E731
    parts += coated(ellipsoid(radii, centre, 30), mark, cheek, dark)
    parts += cone_beak((0.155, 0, 0.885), rng.uniform(0.12, 0.16), 0.042, 0.035, 0.02, ORANGE if style else HORN)
    parts += eyes(centre, radii, 0.026, 0.72, None if style else WHITE)
    flipper = smooth_outline(
        [(-0.04, 0.0), (0.02, -0.08), (0.25, -0.085), (0.42, -0.03), (0.44, 0.02), (0.25, 0.07), (0.03, 0.07)], 24
    )
    spread = rng.uniform(0.22, 0.6)
    parts += pair(leaf(flipper, 0.05, (-0.02, 0.17, 0.66), (-0.1, spread, -1.0), (1, 0, -0.1)), dark)
    parts += tail((-0.13, 0, 0.14), (-1, 0, -0.3), 0.15, 0.14, dark)
    foot = smooth_outline(
        [(-0.08, -0.04), (0.08, -0.085), (0.16, -0.07), (0.17, 0.0), (0.16, 0.07), (0.08, 0.085), (-0.08, 0.04)], 20
    )
    feet = leaf(1.15 * foot, 0.07, (0.12, 0.105, 0.03), (1, 0.25, 0), (-0.25, 1, 0))
    return parts + pair(feet, ORANGE)


def flamingo(rng: np.random.Generator) -> list[Part]:
    """A flamingo on long legs."""
    tone = rng.uniform(0.94, 1.0)
    pink = Material("pink", hue(tone, rng.uniform(0.42, 0.6), 0.93), roughness=0.8)
    deep = Material("wing", hue(tone, 0.72, 0.86), roughness=0.8)
    skin = Material("legs", hue(tone, 0.5, 0.82), roughness=0.6)
    trunk = body(
        [
            (-0.34, 0, 0.70, 0.03, 0.04),
            (-0.2, 0, 0.76, 0.12, 0.11),
            (0.0, 0, 0.80, 0.165, 0.15),
            (0.14, 0, 0.83, 0.13, 0.12),
            (0.2, 0, 0.86, 0.07, 0.08),
        ],
        22,
        (0.6, 0.8),
    ).solid(22)
    bow = rng.uniform(0.02, 0.1)
    neck = [
        (0.12, 0, 0.83),
        (0.26, 0, 0.84),
        (0.34 + bow, 0, 0.98),
        (0.26, 0, 1.14),
        (0.17 - bow, 0, 1.27),
        (0.20, 0, 1.40),
        (0.30, 0, 1.43),
    ]
    centre, radii = np.array([0.31, 0, 1.42]), np.array([0.085, 0.062, 0.065])
    parts = [
        Part(trunk, pink),
        Part(limb(neck, (0.09, 0.07, 0.05, 0.043, 0.042, 0.042, 0.045), 34, 16), pink),
        Part(ellipsoid(radii, centre, 18), pink),
    ]
    bill = limb(
        [(0.36, 0, 1.42), (0.45, 0, 1.40), (0.49, 0, 1.33), (0.47, 0, 1.28)], (0.045, 0.037, 0.028, 0.012), 18, 14
    )
    parts += coated(bill, lambda p: 1.355 - p[:, 2], BLACK, Material("bill", linear(0.95, 0.86, 0.78)))
    parts += eyes(centre, radii, 0.015, 0.5)
    parts += folded_wings((0.13, 0.12, 0.83), (-0.4, 0.06, 0.70), 0.36, 0.08, pink, deep)
    parts += tail((-0.3, 0, 0.72), (-1, 0, -0.45), 0.16, 0.13, deep)
    return parts + legs((0.0, 0.055, 0.72), 0.02, 0.018, 0.13, True, skin)
