"""A jet fighter: swept wings, one fin or two, intakes at its sides, nozzles behind."""

import numpy as np

from blender_gen.bundled.parts import (
    BLACK,
    GLASS,
    METAL,
    RED_LAMP,
    RUBBER,
    WHITE,
    Material,
    Part,
    Parts,
    lacquer,
    linear,
    pair,
    textured,
)
from blender_gen.bundled.shapes import along_x, lathe, patch, rounded_box, tube, wing

CAMOUFLAGES = (
    ((0.42, 0.45, 0.32), (0.24, 0.28, 0.18)),
    ((0.62, 0.66, 0.7), (0.42, 0.47, 0.53)),
    ((0.76, 0.66, 0.48), (0.52, 0.4, 0.27)),
    ((0.42, 0.55, 0.68), (0.25, 0.35, 0.5)),
)  # sRGB
ROUNDNESS = 2.6


def fighter(rng: np.random.Generator) -> Parts:
    """Draw a jet's proportions, fins and camouflage or display team's colours."""
    length, half = rng.uniform(13, 16), rng.uniform(0.85, 1.05)
    nose, tail = 0.52 * length, -0.48 * length
    if rng.random() < 0.65:
        light, dark = (linear(*colour) for colour in CAMOUFLAGES[int(rng.integers(len(CAMOUFLAGES)))])
        plain = Material("paint", light, roughness=0.6)
        skin = textured(plain, "patches", dark, uv_scale_m=5.0, share=0.45, projection="along z",
                        seed=int(rng.integers(2**31)))  # fmt: skip
        trim = Material("trim", dark, roughness=0.6)
    else:
        plain = lacquer(rng)
        skin = textured(plain, "racing", WHITE.colour, uv_scale_m=4 * half, share=0.3, projection="along z",
                        origin_m=(0, -2 * half, 0))  # fmt: skip
        trim = WHITE
    stations = np.array(
        [
            (nose, 0.03, -0.12, -0.06), (nose - 0.06 * length, 0.28 * half, -0.38, 0.16),
            (nose - 0.18 * length, 0.5 * half, -0.6, 0.5), (nose - 0.3 * length, 0.62 * half, -0.7, 0.78),
            (0.0, half, -0.72, 0.7), (0.7 * tail, 0.95 * half, -0.62, 0.55), (tail, 0.8 * half, -0.45, 0.42),
        ]
    )  # fmt: skip
    parts = [Part(along_x(stations, 34, ROUNDNESS, 28), skin)]
    place = nose - 0.23 * length
    canopy = along_x(
        [
            (place + 0.085 * length, 0.1, 0.25, 0.35), (place + 0.05 * length, 0.33 * half, 0.1, 0.82),
            (place, 0.42 * half, 0.1, 1.12), (place - 0.07 * length, 0.34 * half, 0.2, 1.0),
            (place - 0.13 * length, 0.1, 0.4, 0.8),
        ],
        18, 2.2, 24,
    )  # fmt: skip
    parts.append(Part(canopy, GLASS))
    span, chord, sweep = rng.uniform(4.2, 5.2), 0.36 * length, rng.uniform(0.16, 0.26) * length
    root = (0.02 * length - 0.5, 0.5 * half, 0.0)
    parts += pair(wing(root, (root[0] - sweep, span, -0.05), chord, 0.3 * chord, 0.05), skin)
    rail = along_x(
        [(0.9, 0.02, -0.02, 0.02), (0.5, 0.1, -0.1, 0.1), (-1.2, 0.1, -0.1, 0.1), (-1.3, 0.06, -0.06, 0.06)], 8, 2, 12
    )
    rail.apply_translation((root[0] - sweep + 0.1, span, -0.05))
    parts += pair(rail, trim)
    level = (0.88 * tail, 0.7 * half, 0.0)
    parts += pair(wing(level, (level[0] - 0.9, 0.52 * span, -0.05), 0.16 * length, 0.07 * length, 0.05), skin)
    parts += _fins(rng, tail, half, length, trim)
    intake = along_x(
        [(0.19 * length, 0.34, -0.55, 0.45), (0.1 * length, 0.4, -0.62, 0.55), (-0.12 * length, 0.2, -0.5, 0.4)],
        12,
        4.0,
        24,
    )
    intake.apply_translation((0, 0.86 * half, 0))
    mouth = rounded_box((0.06, 0.52, 0.82), (0.19 * length + 0.01, 0.86 * half, -0.05), 0.12, 3)
    parts += [*pair(intake, plain), *pair(mouth, BLACK)]
    for x, y in ((0.02 * length, 0.9), (nose - 0.2 * length, 0.0)):
        parts += _gear(x, y)
    probe = tube([(nose - 0.1, 0, -0.09), (nose + 0.7, 0, -0.09)], 0.03, 6)
    panel = patch(stations, ROUNDNESS, (nose - 0.11 * length, nose - 0.06 * length), (0.15 * np.pi, 0.85 * np.pi), 0.01)
    return [*parts, Part(probe, METAL), Part(panel, BLACK)]


def _fins(rng: np.random.Generator, tail: float, half: float, length: float, trim: Material) -> list[Part]:
    """Fins and nozzles: one of each, or two."""
    high = rng.uniform(2.0, 2.6)
    flame = [(0.62, 0.3), (0.6, -0.35), (0.5, -0.7), (0.44, -0.65), (0.44, -0.3)]
    if rng.random() < 0.5:
        fin = wing((tail + 1.6, 0, 0.2), (tail + 0.1, 0, 0.3 + high), 0.17 * length, 0.07 * length, 0.06)
        nozzle = lathe([(1.1 * size, tail + x) for size, x in flame], "x", (0, 0, 0), 24)
        glow = lathe([(0.46, tail - 0.5), (0.46, tail - 0.45)], "x", (0, 0, 0), 20)
        lamp = rounded_box((0.3, 0.08, 0.14), (tail - 0.3, 0, 0.25 + high), 0.03, 2)
        return [Part(fin, trim), Part(nozzle, METAL), Part(glow, BLACK), Part(lamp, RED_LAMP)]
    fin = wing(
        (tail + 1.8, 0.75 * half, 0.3),
        (tail + 0.5, 0.75 * half + 0.5, 0.2 + 0.9 * high),
        0.17 * length,
        0.08 * length,
        0.06,
    )
    nozzle = lathe([(0.75 * size, tail + x) for size, x in flame], "x", (0, 0.45 * half, 0), 24)
    glow = lathe([(0.31, tail - 0.5), (0.31, tail - 0.45)], "x", (0, 0.45 * half, 0), 20)
    return [*pair(fin, trim), *pair(nozzle, METAL), *pair(glow, BLACK)]


def _gear(x: float, y: float) -> list[Part]:
    ground = -1.75
    profile = [(0.15, -0.12), (0.28, -0.12), (0.33, -0.05), (0.33, 0.05), (0.28, 0.12), (0.15, 0.12)]
    tyre = lathe(profile, "y", (x, y, ground), 20)
    hub = lathe([(0.16, -0.13), (0.16, 0.13)], "y", (x, y, ground), 14)
    leg = tube([(x, 0.8 * y, -0.5), (x, y, ground)], 0.08, 8)
    if y == 0:
        return [Part(tyre, RUBBER), Part(hub, METAL), Part(leg, METAL)]
    return [*pair(tyre, RUBBER), *pair(hub, METAL), *pair(leg, METAL)]
