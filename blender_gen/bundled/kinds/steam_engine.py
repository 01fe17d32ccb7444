"""A steam engine: boiler, chimney, domes, cab, coal, spoked wheels and rods."""

import numpy as np

from blender_gen.bundled.parts import (
    BLACK,
    GLASS,
    LAMP,
    METAL,
    RED_LAMP,
    Material,
    Part,
    lacquer,
    linear,
    pair,
    textured,
)
from blender_gen.bundled.shapes import across, box, ellipsoid, lathe, loft, rounded_box, tube
from blender_gen.bundled.wheels import spoked_wheels

BRASS = Material("brass", linear(0.85, 0.66, 0.28), metallic=1.0, roughness=0.25)
RED = Material("red paint", linear(0.7, 0.1, 0.08), roughness=0.4)
BOARD = 1.5  # height of the running board in metres


def steam_engine(rng: np.random.Generator) -> list[Part]:
    """Draw a steam engine's proportions, chimney, wheels and paint."""
    paint = lacquer(rng)
    radius, long = rng.uniform(0.72, 0.88), rng.uniform(3.6, 4.8)
    axis = BOARD + 0.28 + radius
    cab, front = -1.5, long - 0.6
    wheel_paint = RED if rng.random() < 0.5 else paint
    parts = _boiler(rng, axis, radius, cab, front, paint)
    parts += _cab(rng, axis, radius, cab, paint)
    parts += _gear(rng, front, cab, wheel_paint)
    parts += _front(front, axis, radius, RED if rng.random() < 0.7 else paint)
    return parts


def _boiler(rng, axis, radius, cab, front, paint) -> list[Part]:
    seam = front - 0.95
    barrel = lathe([(radius, cab - 0.2), (radius, seam)], "x", (0, 0, axis), 24)
    smokebox = [(radius + 0.04, seam), (radius + 0.04, front - 0.05), (radius - 0.03, front)]
    door = [
        (0.8 * radius, front - 0.05),
        (0.78 * radius, front + 0.06),
        (0.4 * radius, front + 0.14),
        (0.05, front + 0.16),
    ]
    rim = [(0.84 * radius, front - 0.05), (0.84 * radius, front + 0.03), (0.8 * radius, front + 0.05)]
    knob = [(0.09, front + 0.1), (0.09, front + 0.22), (0.04, front + 0.24)]
    parts = [Part(barrel, paint)]
    parts += [Part(lathe(profile, "x", (0, 0, axis), 24), BLACK) for profile in (smokebox, door)]
    parts += [Part(lathe(profile, "x", (0, 0, axis), 24), METAL) for profile in (rim, knob)]
    for x in np.linspace(cab + 0.5, seam, 5):
        parts.append(
            Part(lathe([(radius + 0.015, x - 0.035), (radius + 0.015, x + 0.035)], "x", (0, 0, axis), 24), BRASS)
        )
    top, height = axis + radius, rng.uniform(0.75, 1.05)
    flare = rng.uniform(0.28, 0.5)
    chimney = [(0.36, top - 0.2), (0.24, top + 0.1), (0.22, top + 0.55 * height), (flare, top + 0.9 * height),
               (flare, top + height), (0.18, top + height), (0.16, top + 0.8 * height)]  # fmt: skip
    parts.append(Part(lathe(chimney, "z", (front - 0.48, 0, 0), 24), BLACK))
    ring = [(flare + 0.02, top + 0.9 * height), (flare + 0.03, top + 0.97 * height)]
    parts.append(Part(lathe(ring, "z", (front - 0.48, 0, 0), 24), BRASS))
    for share, size, material in ((0.62, 0.36, paint), (0.28, 0.42, BRASS)):
        x = cab + share * (seam - cab)
        dome = [
            (1.25 * size, top - 0.16),
            (size, top + 0.02),
            (size, top + 0.32),
            (0.8 * size, top + 0.48),
            (0.1, top + 0.56),
        ]
        parts.append(Part(lathe(dome, "z", (x, 0, 0), 24), material))
    rail = tube([(cab, radius + 0.1, axis + 0.28), (front - 0.2, radius + 0.1, axis + 0.28)], 0.03, 8)
    return [*parts, *pair(rail, METAL)]


def _cab(rng, axis, radius, cab, paint) -> list[Part]:
    rear, half, eaves = cab - 1.5, 1.3, axis + radius + rng.uniform(0.35, 0.55)
    parts = [Part(box((0.08, 2 * half, eaves - BOARD), (cab - 0.04, 0, (eaves + BOARD) / 2)), paint)]
    parts.append(Part(box((0.1, 0.5, 0.5), (cab, half - 0.42, eaves - 0.4)), GLASS))
    parts.append(Part(box((0.1, 0.5, 0.5), (cab, -half + 0.42, eaves - 0.4)), GLASS))
    low = box((cab - rear, 0.08, 1.15), ((cab + rear) / 2, half - 0.04, BOARD + 0.57))
    post = box((0.12, 0.08, eaves - BOARD), (rear + 0.06, half - 0.04, (eaves + BOARD) / 2))
    fore = box((0.45, 0.08, eaves - BOARD), (cab - 0.25, half - 0.04, (eaves + BOARD) / 2))
    parts += [*pair(low, paint), *pair(post, paint), *pair(fore, paint)]
    line = box((cab - rear - 0.3, 0.02, 0.05), ((cab + rear) / 2, half + 0.005, BOARD + 0.95))
    parts += pair(line, BRASS)
    arch = np.linspace(-1, 1, 13)
    rings = []
    for x in (rear - 0.25, cab + 0.25):
        under = np.stack([np.full(13, x), 1.5 * arch, eaves + 0.35 * (1 - arch**2)], axis=1)
        rings.append(np.concatenate([under, under[::-1] + (0, 0, 0.1)]))
    parts.append(Part(loft(rings), BLACK))
    wall = across(
        [(rear - 1.3, BOARD - 0.05), (rear, BOARD - 0.05), (rear, BOARD + 1.2), (rear - 1.3, BOARD + 1.05)], half
    )
    coal = Material("coal", linear(0.1, 0.1, 0.11), roughness=0.8)
    heap = ellipsoid((0.62, half - 0.12, 0.4), (rear - 0.64, 0, BOARD + 1.08), 18)
    shine = textured(coal, "spots", linear(0.25, 0.25, 0.27), uv_scale_m=0.7, seed=int(rng.integers(2**31)))
    lamp = rounded_box((0.06, 0.24, 0.2), (rear - 1.3, 0.8, BOARD + 0.4), 0.03, 2)
    boiler_back = lathe([(0.9 * radius, cab - 0.6), (0.9 * radius, cab)], "x", (0, 0, axis), 20)
    return [*parts, Part(wall, paint), Part(heap, shine), *pair(lamp, RED_LAMP), Part(boiler_back, BLACK)]


def _gear(rng, front, cab, paint) -> list[Part]:
    """Running board, frame, wheels, cylinders and rods."""
    rear = cab - 2.8
    board = box((front - rear, 2.4, 0.1), ((front + rear) / 2, 0, BOARD - 0.03))
    frame = box((front - rear - 0.1, 1.0, 0.7), ((front + rear) / 2, 0, BOARD - 0.4))
    parts = [Part(board, BLACK), Part(frame, BLACK)]
    count = int(rng.integers(2, 4))
    size = 0.8 if count == 2 else 0.68
    drivers = cab + 0.2 + np.arange(count) * (2 * size + 0.12)
    for x in drivers:
        parts += spoked_wheels(float(x), 1.05, size, 0.2, 10, paint)
    for x in (front - 0.45, rear + 0.75, *((front - 1.25,) if drivers[-1] + size < front - 1.75 else ())):
        parts += spoked_wheels(float(x), 1.0, 0.42, 0.16, 8, paint)
    crank = size - 0.28
    rod = box((drivers[-1] - drivers[0] + 0.3, 0.08, 0.14), ((drivers[0] + drivers[-1]) / 2, 1.16, crank))
    piston = front - 0.85
    main = tube([(drivers[min(1, count - 1)], 1.24, crank), (piston - 0.5, 1.24, 0.86)], 0.055, 8)
    parts += [*pair(rod, METAL), *pair(main, METAL)]
    for x in drivers:
        parts += pair(lathe([(0.13, 1.02), (0.13, 1.27)], "y", (float(x), 0, crank), 14), METAL)
    cylinder = lathe([(0.34, -0.5), (0.36, -0.46), (0.36, 0.46), (0.34, 0.5)], "x", (piston, 1.16, 0.88), 22)
    chest = box((0.9, 0.5, 0.4), (piston, 1.05, 1.28))
    return [*parts, *pair(cylinder, paint), *pair(chest, BLACK)]


def _front(front, axis, radius, paint) -> list[Part]:
    """Buffer beam, cowcatcher, head lamp and steps."""
    beam = box((0.16, 2.5, 0.42), (front + 0.05, 0, BOARD - 0.28))
    buffer = lathe([(0.08, 0.0), (0.08, 0.34), (0.22, 0.35), (0.22, 0.42)], "x", (front + 0.1, 0.85, BOARD - 0.28), 18)
    wedge = []
    for z, reach, half in ((0.2, 1.0, 1.15), (BOARD - 0.5, 0.2, 0.75)):
        wedge.append([(front - 0.2, half, z), (front, half, z), (front + reach, 0.06, z), (front + reach, -0.06, z),
                      (front, -half, z), (front - 0.2, -half, z)])  # fmt: skip
    parts = [Part(beam, paint), *pair(buffer, METAL), Part(loft(wedge), paint)]
    for y in np.linspace(0.18, 0.95, 4):
        low, high = (front + 1.02 - 0.87 * y, y, 0.22), (front + 0.22 - 0.2 * y, 0.65 * y, BOARD - 0.5)
        parts += pair(tube([low, high], 0.04, 6), METAL)
    z = axis + radius + 0.3
    lamp = lathe([(0.2, 0.0), (0.22, 0.3), (0.2, 0.34)], "x", (front - 0.12, 0, z), 20)
    shine = lathe([(0.17, 0.3), (0.17, 0.36), (0.1, 0.39)], "x", (front - 0.12, 0, z), 20)
    stand = box((0.2, 0.14, 0.3), (front, 0, z - 0.24))
    return [*parts, Part(lamp, BLACK), Part(shine, LAMP), Part(stand, BLACK)]
