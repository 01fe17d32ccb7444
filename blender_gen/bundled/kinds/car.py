"""A car: sedan, hatchback or off-roader."""

import numpy as np

from blender_gen.bundled.parts import BLACK, GLASS, LAMP, METAL, RED_LAMP, RUBBER, WHITE, Part, Parts, lacquer, pair
from blender_gen.bundled.shapes import along_x, along_z, ellipsoid, lathe, rounded_box, tube

# Rear and front end of the cabin at the belt line and at the roof, as shares of the length from the tail.
CABINS = {
    "sedan": (0.13, 0.70, 0.27, 0.55),
    "hatchback": (0.01, 0.74, 0.07, 0.57),
    "off-roader": (0.02, 0.72, 0.05, 0.60),
}
CORNER = 0.906  # a superellipse of exponent 7 reaches this share of its half axes at its corners


def car(rng: np.random.Generator) -> Parts:
    """Draw a car's style, proportions and paint."""
    style = str(rng.choice(list(CABINS)))
    tall = style == "off-roader"
    length, half = rng.uniform(3.7, 4.7), rng.uniform(0.84, 0.95)
    belt = rng.uniform(0.98, 1.08) if tall else rng.uniform(0.84, 0.92)
    roof = belt + rng.uniform(0.5, 0.62)
    radius = rng.uniform(0.36, 0.42) if tall else rng.uniform(0.31, 0.35)
    paint = lacquer(rng)
    two_tone = rng.random() < 0.25
    low = radius * 0.62
    tail = -length / 2

    def at(share: float) -> float:
        return tail + share * length

    boxy = style != "sedan"
    hood = belt - rng.uniform(0.02, 0.1)
    body = along_x(
        [
            (at(0.0), 0.86 * half, low + 0.12, belt - 0.16),
            (at(0.015), 0.93 * half, low + 0.05, belt - 0.05),
            (at(0.06), 0.98 * half, low, belt if boxy else belt - 0.01),
            (at(0.3), half, low, belt),
            (at(0.62), half, low, belt),
            (at(0.76), half, low, hood),
            (at(0.92), 0.97 * half, low, hood - 0.07),
            (at(0.98), 0.89 * half, low + 0.05, hood - 0.16),
            (at(1.0), 0.78 * half, low + 0.12, hood - 0.25),
        ],
        count=36,
        exponent=5.0,
        points=40,
    )
    rear_low, front_low, rear_top, front_top = (at(share) for share in CABINS[style])
    cabin = along_z(
        [
            (belt - 0.12, rear_low, front_low + 0.05, 0.9 * half),
            (belt + 0.35 * (roof - belt), *_between(0.35, rear_low, rear_top, front_low, front_top), 0.86 * half),
            (roof - 0.04, rear_top, front_top, 0.72 * half),
        ],
        exponent=7.0,
        points=48,
    )
    top = along_z(
        [
            (roof - 0.07, rear_top - 0.03, front_top + 0.03, 0.755 * half),
            (roof - 0.03, rear_top - 0.01, front_top + 0.01, 0.75 * half),
            (roof, rear_top + 0.1, front_top - 0.12, 0.62 * half),
        ],
        exponent=6.0,
        points=48,
    )
    parts = [Part(body, paint), Part(cabin, GLASS), Part(top, WHITE if two_tone else paint)]
    for share in (0.0, 0.5, 1.0):
        side = 0.995 if share == 0.5 else CORNER
        across = 0.5 + CORNER * (share - 0.5)
        foot = (1 - across) * rear_low + across * (front_low + 0.05)
        head = (1 - across) * rear_top + across * front_top
        pillar = tube([(foot, side * 0.9 * half, belt - 0.12), (head, side * 0.72 * half, roof - 0.04)], 0.045)
        parts += pair(pillar, paint)
    for share in (0.18, 0.81):
        parts += _wheel(at(share), half, radius, rng)
    parts += _face(at(1.0), half, low, hood)
    parts += _tail(at(0.0), half, low, belt)
    mirror = rounded_box((0.1, 0.2, 0.13), (front_low - 0.22, half + 0.05, belt + 0.06), 0.04)
    stalk = tube([(front_low - 0.22, 0.86 * half, belt - 0.05), (front_low - 0.22, half + 0.05, belt + 0.04)], 0.025)
    handle = rounded_box((0.16, 0.03, 0.035), (at(0.46), half, belt - 0.14), 0.012)
    sill = rounded_box((0.42 * length, 0.06, 0.09), (at(0.495), 0.94 * half, low + 0.06), 0.03)
    return [*parts, *pair(mirror, paint), *pair(stalk, BLACK), *pair(handle, METAL), *pair(sill, BLACK)]


def _between(share: float, *ends: float) -> tuple[float, float]:
    rear_low, rear_top, front_low, front_top = ends
    return rear_low + share * (rear_top - rear_low), front_low + share * (front_top - front_low)


def _wheel(x: float, half: float, radius: float, rng: np.random.Generator) -> list[Part]:
    outer = half + 0.015
    arch = lathe([(1.14 * radius, half - 0.1), (1.14 * radius, half + 0.004)], "y", (x, 0, radius))
    tyre = lathe(
        [
            (0.62 * radius, outer - 0.24), (0.93 * radius, outer - 0.24), (radius, outer - 0.2),
            (radius, outer - 0.04), (0.93 * radius, outer), (0.62 * radius, outer),
        ],
        "y", (x, 0, radius),
    )  # fmt: skip
    rim = lathe(
        [(0.66 * radius, outer - 0.1), (0.66 * radius, outer + 0.008), (0.6 * radius, outer + 0.008),
         (0.55 * radius, outer - 0.03), (0.2 * radius, outer - 0.02), (0.16 * radius, outer + 0.012),
         (0.02, outer + 0.015)],
        "y", (x, 0, radius),
    )  # fmt: skip
    parts = pair(arch, BLACK) + pair(tyre, RUBBER) + pair(rim, METAL)
    start = rng.uniform(0, 2 * np.pi)
    for spoke in range(5):
        angle = start + 2 * np.pi * spoke / 5
        direction = np.array([np.cos(angle), 0, np.sin(angle)])
        hole = ellipsoid(
            (0.09 * radius, 0.02, 0.09 * radius), np.array([x, outer - 0.012, radius]) + 0.38 * radius * direction, 12
        )
        parts += pair(hole, BLACK)
    return parts


def _face(x: float, half: float, low: float, hood: float) -> list[Part]:
    """Headlamps, grille, bumper and plate: what shows which end is the front."""
    lamp = ellipsoid((0.14, 0.16, 0.08), (x - 0.1, 0.62 * half, hood - 0.36))
    bezel = ellipsoid((0.13, 0.2, 0.115), (x - 0.105, 0.62 * half, hood - 0.36))
    grille = rounded_box((0.1, 0.8 * half, 0.13), (x - 0.02, 0, hood - 0.4), 0.03)
    bar = rounded_box((0.06, 0.74 * half, 0.025), (x + 0.02, 0, hood - 0.4), 0.01)
    bumper = rounded_box((0.16, 1.5 * half, 0.14), (x - 0.03, 0, low + 0.12), 0.06)
    plate = rounded_box((0.02, 0.42, 0.1), (x + 0.055, 0, low + 0.13), 0.01)
    return [
        *pair(lamp, LAMP),
        *pair(bezel, BLACK),
        Part(grille, BLACK),
        Part(bar, METAL),
        Part(bumper, BLACK),
        Part(plate, WHITE),
    ]


def _tail(x: float, half: float, low: float, belt: float) -> list[Part]:
    lamp = rounded_box((0.12, 0.24, 0.16), (x + 0.05, 0.68 * half, belt - 0.26), 0.04)
    bumper = rounded_box((0.16, 1.6 * half, 0.15), (x + 0.03, 0, low + 0.14), 0.06)
    plate = rounded_box((0.03, 0.42, 0.11), (x + 0.0, 0, belt - 0.34), 0.01)
    return [*pair(lamp, RED_LAMP), Part(bumper, BLACK), Part(plate, WHITE)]
