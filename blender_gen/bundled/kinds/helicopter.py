"""A helicopter: three to five blades above, a rotor on the tail, skids or wheels below."""

import numpy as np

from blender_gen.bundled.parts import (
    BLACK,
    GLASS,
    LAMP,
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
    tinted_unlike,
)
from blender_gen.bundled.shapes import along_x, ellipsoid, lathe, patch, rounded_box, tube, turned, wing

ROUNDNESS = 2.5  # exponent of the fuselage's section
OLIVE = Material("olive paint", linear(0.36, 0.39, 0.24), roughness=0.7)


def helicopter(rng: np.random.Generator) -> Parts:
    """Draw a helicopter's proportions, rotors, gear and paint."""
    half, high = rng.uniform(0.85, 1.1), rng.uniform(1.75, 2.2)
    cabin, boom = rng.uniform(2.4, 3.4), rng.uniform(3.4, 4.6)
    low = 0.62
    stations = _fuselage(half, high, cabin, boom, low)
    paint, skin = _paint(rng, low, high)
    trim = Material("trim", skin.texture.figure, roughness=0.4)
    tail = float(stations[-1][0])
    parts = [Part(along_x(stations, 34, ROUNDNESS, 28), skin), *_windows(stations, cabin)]
    parts += _engine(low + high, half, skin, trim)
    parts += _rotor(rng, low + high, 0.5 * (cabin + boom) + rng.uniform(0.3, 0.9))
    parts += _tail(rng, tail, low + 0.78 * high, paint, trim)
    parts += _skids(half, cabin, low) if rng.random() < 0.7 else _wheels(half, cabin, low, skin)
    nose = float(stations[0][0])
    lamp = ellipsoid((0.12, 0.14, 0.1), (nose - 0.34, 0, low + 0.1 * high), 14)
    return [*parts, Part(lamp, LAMP)]


def _fuselage(half: float, high: float, cabin: float, boom: float, low: float) -> np.ndarray:
    """Stations (K, 4) of `along_x`: a glazed nose, a cabin, and a boom that rises a little to the tail."""
    top = low + high
    return np.array(
        [
            (1.75, 0.1 * half, low + 0.28 * high, low + 0.36 * high),
            (1.6, 0.42 * half, low + 0.13 * high, low + 0.52 * high),
            (1.1, 0.8 * half, low + 0.03 * high, low + 0.8 * high),
            (0.35, half, low, top - 0.04),
            (0.35 - 0.45 * cabin, half, low, top),
            (0.35 - 0.72 * cabin, 0.8 * half, low + 0.16 * high, top - 0.02),
            (0.1 - cabin, 0.42 * half, low + 0.48 * high, top - 0.14 * high),
            (-0.5 - cabin, 0.3 * half, low + 0.56 * high, top - 0.16 * high),
            (-cabin - boom, 0.16 * half, low + 0.68 * high, top - 0.14 * high),
        ]
    )


def _paint(rng: np.random.Generator, low: float, high: float) -> tuple[Material, Material]:
    if rng.random() < 0.2:
        camouflage = textured(
            OLIVE, "patches", linear(0.2, 0.2, 0.13), uv_scale_m=2.2, share=0.45, seed=int(rng.integers(2**31))
        )
        return OLIVE, camouflage
    paint = WHITE if rng.random() < 0.3 else lacquer(rng)
    figure = tinted_unlike(rng, paint) if paint is WHITE or rng.random() < 0.4 else WHITE.colour
    pattern = str(rng.choice(["livery", "racing", "stripes"]))
    share = rng.uniform(0.2, 0.42) if pattern == "livery" else rng.uniform(0.12, 0.22)
    start = low - (0.08 if pattern == "livery" else 0.06) * high
    return paint, textured(
        paint, pattern, figure, uv_scale_m=1.2 * high, share=share, projection="along y", origin_m=(0, 0, start)
    )


def _windows(stations: np.ndarray, cabin: float) -> list[Part]:
    screen = patch(stations, ROUNDNESS, (0.5, 1.6), (0.02, 0.5 * np.pi - 0.05))
    parts = pair(screen, GLASS)
    doors = [(-0.42, 0.36), (-0.42 - 0.34 * cabin, -0.56)]
    for rear, front in doors:
        parts += pair(patch(stations, ROUNDNESS, (rear, front), (0.06, 0.78), 0.012), GLASS)
        seam = patch(stations, ROUNDNESS, (front + 0.03, front + 0.06), (-0.9, 0.9), 0.008, 2)
        handle = patch(stations, ROUNDNESS, (rear, rear + 0.2), (-0.14, -0.09), 0.025, 2)
        parts += [*pair(seam, BLACK), *pair(handle, METAL)]
    return parts


def _engine(top: float, half: float, skin: Material, trim: Material) -> list[Part]:
    cowl = along_x(
        [
            (0.35, 0.2 * half, top - 0.2, top - 0.05), (0.15, 0.42 * half, top - 0.25, top + 0.22),
            (-0.8, 0.46 * half, top - 0.3, top + 0.26), (-1.7, 0.2 * half, top - 0.4, top - 0.1),
        ],
        14, 3.0, 20,
    )  # fmt: skip
    intake = rounded_box((0.08, 0.2, 0.2), (0.2, 0.24 * half, top + 0.06), 0.04, 2)
    exhaust = tube([(-0.95, 0.3 * half, top + 0.05), (-1.45, 0.42 * half, top + 0.1)], [0.13, 0.15], 14)
    pit = tube([(-1.44, 0.418 * half, top + 0.099), (-1.47, 0.424 * half, top + 0.104)], 0.11, 14)
    return [Part(cowl, trim), *pair(intake, BLACK), *pair(exhaust, METAL), *pair(pit, BLACK)]


def _rotor(rng: np.random.Generator, top: float, reach: float) -> list[Part]:
    z = top + 0.72
    mast = tube([(-0.3, 0, top), (-0.3, 0, z + 0.1)], 0.09, 12)
    swash = lathe([(0.2, top + 0.3), (0.22, top + 0.36), (0.14, top + 0.42)], "z", (-0.3, 0, 0), 20)
    hub = lathe([(0.16, z - 0.08), (0.24, z - 0.03), (0.24, z + 0.05), (0.1, z + 0.13)], "z", (-0.3, 0, 0), 20)
    parts = [Part(mast, METAL), Part(swash, BLACK), Part(hub, METAL)]
    blades, start = int(rng.integers(3, 6)), rng.uniform(0, 2 * np.pi)
    tip = Material(
        "blade tip", linear(*((0.9, 0.75, 0.1), (0.85, 0.12, 0.1), (0.93, 0.93, 0.91))[int(rng.integers(3))])
    )
    for number in range(blades):
        angle = start + 2 * np.pi * number / blades
        for inner, outer, material in ((0.2, 0.9, BLACK), (0.9, 1.0, tip)):
            blade = rounded_box(
                ((outer - inner) * reach, 0.4, 0.06), (-0.3 + 0.5 * (inner + outer) * reach, 0, z + 0.02), 0.02, 2
            )
            blade = turned(blade, -0.03, (0, 1, 0), (-0.3, 0, z))
            parts.append(Part(turned(blade, angle, (0, 0, 1), (-0.3, 0, 0)), material))
    return parts


def _tail(rng: np.random.Generator, x: float, z: float, paint: Material, trim: Material) -> list[Part]:
    rise = rng.uniform(1.0, 1.4)
    fin = wing((x + 0.3, 0, z - 0.1), (x - 0.35, 0, z + rise), 0.95, 0.5, 0.14)
    keel = wing((x + 0.25, 0, z + 0.1), (x - 0.05, 0, z - 0.6), 0.7, 0.35, 0.12)
    level = wing((x + 0.95, 0, z), (x + 0.8, rng.uniform(0.9, 1.3), z + 0.02), 0.5, 0.4, 0.12)
    hub_place = np.array([x - 0.12, 0.2, z + 0.45])
    hub = lathe([(0.1, -0.18), (0.12, 0.06), (0.05, 0.12)], "y", hub_place, 16)
    parts = [Part(fin, trim), Part(keel, trim), *pair(level, paint), Part(hub, METAL)]
    blades, start = int(rng.integers(2, 5)), rng.uniform(0, np.pi)
    for number in range(blades):
        solid = rounded_box((0.16, 0.035, 0.72), hub_place + (0, 0.05, 0.42), 0.015, 2)
        parts.append(Part(turned(solid, start + 2 * np.pi * number / blades, (0, 1, 0), hub_place), BLACK))
    parts.append(Part(ellipsoid((0.08, 0.06, 0.06), (x - 0.5, 0, z + rise), 10), RED_LAMP))
    return parts


def _skids(half: float, cabin: float, low: float) -> list[Part]:
    y = 1.12 * half
    front, rear = 1.1, -0.75 * cabin
    runner = tube([(front + 0.5, y, 0.36), (front + 0.3, y, 0.13), (front, y, 0.06), (rear, y, 0.06)], 0.06, 10)
    parts = pair(runner, METAL)
    for x in (0.7, rear + 0.7):
        strut = tube([(x, 0.4 * half, low + 0.12), (x, 0.85 * half, low - 0.06), (x, y, 0.06)], 0.05, 8)
        parts += pair(strut, METAL)
    step = rounded_box((0.9, 0.16, 0.04), (0.2, y - 0.05, 0.34), 0.015, 2)
    return [*parts, *pair(step, BLACK)]


def _wheels(half: float, cabin: float, low: float, skin: Material) -> list[Part]:
    parts = []
    rear = -0.45 * cabin
    sponson = along_x(
        [
            (rear + 0.9, 0.05, low + 0.3, low + 0.36), (rear + 0.5, 0.24, low + 0.05, low + 0.55),
            (rear - 0.5, 0.24, low + 0.05, low + 0.55), (rear - 0.9, 0.05, low + 0.3, low + 0.36),
        ],
        12, 2.5, 18,
    )  # fmt: skip
    sponson.apply_translation((0, half, 0))
    parts += pair(sponson, skin)
    for x, y in ((rear, half + 0.12), (1.0, 0.14)):
        profile = [(0.14, -0.1), (0.26, -0.1), (0.3, -0.05), (0.3, 0.05), (0.26, 0.1), (0.14, 0.1)]
        wheel = lathe(profile, "y", (x, y, 0.3), 22)
        hub = lathe([(0.15, -0.11), (0.15, 0.11)], "y", (x, y, 0.3), 16)
        leg = tube([(x, y, 0.3), (x, 0.8 * y, low + 0.3)], 0.06, 8)
        parts += [*pair(wheel, RUBBER), *pair(hub, METAL), *pair(leg, METAL)]
    return parts
