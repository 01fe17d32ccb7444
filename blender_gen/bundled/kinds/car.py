"""A car: sedan, hatchback, off-roader, van, pickup or sports car."""

import numpy as np

from blender_gen.bundled.parts import (
    BLACK,
    GLASS,
    LAMP,
    METAL,
    RED_LAMP,
    WHITE,
    Material,
    Part,
    Parts,
    lacquer,
    linear,
    pair,
    textured,
    tinted_unlike,
)
from blender_gen.bundled.shapes import along_x, along_z, box, ellipsoid, lathe, rounded_box, tube
from blender_gen.bundled.wheels import road_wheels, wheel_arch

# Rear and front end of the cabin at the belt line and at the roof, as shares of the length from the tail.
CABINS = {
    "sedan": (0.13, 0.70, 0.27, 0.55),
    "hatchback": (0.01, 0.74, 0.07, 0.57),
    "off-roader": (0.02, 0.72, 0.05, 0.60),
    "van": (0.01, 0.86, 0.02, 0.70),
    "pickup": (0.36, 0.72, 0.40, 0.60),
    "sports": (0.10, 0.66, 0.28, 0.48),
}
BELTS = {"off-roader": (0.98, 1.08), "van": (1.0, 1.1), "pickup": (0.98, 1.06), "sports": (0.78, 0.84)}  # metres
CABIN_HEIGHTS = {"van": (0.68, 0.85), "sports": (0.38, 0.45)}
CORNER = 0.906  # a superellipse of exponent 7 reaches this share of its half axes at its corners
TAXI = linear(0.95, 0.73, 0.08)


def car(rng: np.random.Generator) -> Parts:
    """Draw a car's style, proportions, paint and stripes."""
    style = str(rng.choice(list(CABINS)))
    tall = style in ("off-roader", "pickup", "van")
    length, half = rng.uniform(3.7, 4.7), rng.uniform(0.84, 0.95)
    if style in ("pickup", "sports"):
        length = rng.uniform(4.3, 4.9)
    belt = rng.uniform(*BELTS.get(style, (0.84, 0.92)))
    roof = belt + rng.uniform(*CABIN_HEIGHTS.get(style, (0.5, 0.62)))
    radius = rng.uniform(0.36, 0.42) if tall else rng.uniform(0.31, 0.35)
    paint = lacquer(rng)
    two_tone = style != "sports" and rng.random() < 0.25
    low = radius * (0.45 if style == "sports" else 0.62)
    tail = -length / 2

    def at(share: float) -> float:
        return tail + share * length

    boxy = style not in ("sedan", "sports")
    hood = belt - (0.2 if style == "van" else rng.uniform(0.02, 0.1))
    paint, skin, sign = _painted(rng, paint, style, half, low, belt)
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
    cap = WHITE if two_tone else skin
    parts = [Part(body, skin), Part(cabin, GLASS), Part(top, cap), *_extras(rng, style, at, half, belt, roof, paint)]
    if sign:
        parts += _sign(0.5 * (rear_top + front_top), roof)
    for share in (0.0, 0.5, 1.0):
        side = 0.995 if share == 0.5 else CORNER
        across = 0.5 + CORNER * (share - 0.5)
        foot = (1 - across) * rear_low + across * (front_low + 0.05)
        head = (1 - across) * rear_top + across * front_top
        pillar = tube([(foot, side * 0.9 * half, belt - 0.12), (head, side * 0.72 * half, roof - 0.04)], 0.045)
        parts += pair(pillar, paint)
    for share in (0.18, 0.81):
        parts.append(wheel_arch(at(share), radius, 1.28, half, paint, 0.06))
        parts.append(wheel_arch(at(share), radius, 1.12, half + 0.006, BLACK))
        parts += road_wheels(at(share), half + 0.025, radius, 0.6)
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


def _painted(
    rng: np.random.Generator, paint: Material, style: str, half: float, low: float, belt: float
) -> tuple[Material, Material, bool]:
    """The paint, the body's skin (plain, with stripes over the roof or bands along the sides), and if it is a taxi."""
    draw = rng.random()
    figure = WHITE.colour if min(paint.colour) < 0.4 else BLACK.colour
    if draw < 0.3 or style == "sports":
        share, width = rng.uniform(0.2, 0.3), 2 * half
        return paint, textured(
            paint, "racing" if draw < 0.2 else "stripes", figure, uv_scale_m=width, share=share,
            projection="along z", origin_m=(0, -half, 0),
        ), False  # fmt: skip
    if draw < 0.5:
        figure = tinted_unlike(rng, paint) if rng.random() < 0.6 else figure
        share, height = rng.uniform(0.16, 0.4), 1.5 * (belt - low)
        pattern = "livery" if rng.random() < 0.5 else "stripes"
        start = low if pattern == "livery" else low - 0.2 * height
        return paint, textured(
            paint, pattern, figure, uv_scale_m=height, share=share, projection="along y", origin_m=(0, 0, start)
        ), False  # fmt: skip
    if draw < 0.6 and style in ("sedan", "hatchback", "van"):
        return Material("paint", TAXI, roughness=0.3), Material("paint", TAXI, roughness=0.3), True
    return paint, paint, False


def _sign(x: float, roof: float) -> list[Part]:
    """A taxi's sign on the roof."""
    checked = textured(Material("sign", WHITE.colour, roughness=0.4), "checks", BLACK.colour, uv_scale_m=0.12)
    return [Part(rounded_box((0.22, 0.6, 0.16), (x, 0, roof + 0.08), 0.04, 2), checked)]


def _extras(
    rng: np.random.Generator, style: str, at, half: float, belt: float, roof: float, paint: Material
) -> list[Part]:
    """What a style has of its own: a bed, a spoiler, a rack, a spare wheel."""
    if style == "pickup":
        floor = box((at(0.35) - at(0.03), 1.56 * half, 0.03), (at(0.19), 0, belt + 0.0))
        rail = rounded_box((at(0.35) - at(0.015), 0.1, 0.12), (at(0.1825), 0.86 * half, belt + 0.05), 0.04, 3)
        gate = rounded_box((0.09, 1.76 * half, 0.12), (at(0.02), 0, belt + 0.05), 0.04, 3)
        y, z = 0.76 * half, roof - 0.04
        arch = [(at(0.34), 0.8 * half, belt), (at(0.35), y, z), (at(0.35), -y, z), (at(0.34), -0.8 * half, belt)]
        hoop = tube(arch, 0.035, 8)
        return [Part(floor, BLACK), *pair(rail, paint), Part(gate, paint), Part(hoop, METAL)]
    if style == "sports":
        blade = rounded_box((0.3, 1.7 * half, 0.035), (at(0.04), 0, belt + 0.24), 0.015, 2)
        foot = rounded_box((0.14, 0.04, 0.28), (at(0.045), 0.55 * half, belt + 0.11), 0.015, 2)
        return [Part(blade, BLACK), *pair(foot, BLACK)]
    if style == "off-roader":
        spare = lathe([(0.2, -0.1), (0.34, -0.09), (0.34, 0.06), (0.2, 0.08)], "x", (at(0.0) - 0.04, 0, belt - 0.1), 24)
        return [Part(spare, BLACK), *_rack(at(0.12), at(0.52), half, roof)]
    if style == "van" and rng.random() < 0.4:
        return _rack(at(0.1), at(0.6), half, roof)
    return []


def _rack(rear: float, front: float, half: float, roof: float) -> list[Part]:
    y = 0.6 * half
    rail = tube(
        [(rear, y, roof - 0.02), (rear, y, roof + 0.07), (front, y, roof + 0.07), (front, y, roof - 0.02)], 0.02, 6
    )
    bars = [box((0.05, 2 * y, 0.03), (x, 0, roof + 0.08)) for x in np.linspace(rear, front, 4)]
    return [*pair(rail, METAL), *(Part(bar, METAL) for bar in bars)]


def _face(x: float, half: float, low: float, hood: float) -> list[Part]:
    """Headlamps, grille, bumper and plate: what shows which end is the front."""
    lamp = ellipsoid((0.15, 0.18, 0.105), (x - 0.1, 0.62 * half, hood - 0.35), 18)
    bezel = ellipsoid((0.14, 0.22, 0.14), (x - 0.11, 0.62 * half, hood - 0.35), 18)
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
