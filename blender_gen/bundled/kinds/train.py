"""A locomotive: steam with a chimney and rods, diesel with a nose, or a high-speed train's pointed head."""

import numpy as np

from blender_gen.bundled.kinds.steam_engine import steam_engine
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
    pair,
    textured,
    tinted_unlike,
)
from blender_gen.bundled.shapes import across, along_x, box, lathe, patch, rounded, rounded_box, tube
from blender_gen.bundled.textures import Colour

SLEEK = 3.2  # exponent of a high-speed train's section


def train(rng: np.random.Generator) -> Parts:
    """Draw a locomotive's type, proportions and livery."""
    style = str(rng.choice(["steam", "diesel", "sleek"], p=[0.45, 0.3, 0.25]))
    return {"steam": steam_engine, "diesel": _diesel, "sleek": _sleek}[style](rng)


def _colours(rng: np.random.Generator) -> tuple[Material, Colour]:
    paint = lacquer(rng)
    return paint, tinted_unlike(rng, paint) if rng.random() < 0.6 else WHITE.colour


def _bogies(length: float, axles: int, half: float) -> list[Part]:
    """Two frames with small wheels."""
    parts = []
    for middle in (-0.3 * length, 0.3 * length):
        reach = 0.55 * (axles - 1)
        for x in middle + np.linspace(-reach, reach, axles):
            rim = [(0.3, -0.14), (0.5, -0.14), (0.46, -0.1), (0.46, 0.0), (0.38, 0.0), (0.34, -0.04), (0.1, 0.02)]
            parts += pair(lathe([(r, half + y) for r, y in rim], "y", (x, 0, 0.46), 24), METAL)
        side = [
            (-reach - 0.5, 0.66), (-reach - 0.3, 0.36), (reach + 0.3, 0.36),
            (reach + 0.5, 0.66), (reach + 0.4, 0.84), (-reach - 0.4, 0.84),
        ]  # fmt: skip
        frame = across(np.array(side) + (middle, 0), 0.06)
        frame.apply_translation((0, half + 0.08, 0))
        parts += pair(frame, BLACK)
    return parts


def _ends(front: float, half: float) -> list[Part]:
    """Couplings and buffers at both ends."""
    parts = []
    for x, way in ((front, 1), (-front, -1)):
        buffer = lathe([(0.07, 0.0), (0.07, 0.32), (0.2, 0.33), (0.2, 0.4)], "x", (0, 0.62 * half, 0.95), 16)
        if way < 0:
            buffer.apply_transform(np.diag([-1.0, 1, 1, 1]))
        buffer.apply_translation((x - 0.1 * way, 0, 0))
        hook = box((0.3, 0.14, 0.14), (x + 0.1 * way, 0, 0.95))
        parts += [*pair(buffer, METAL), Part(hook, BLACK)]
    return parts


def _diesel(rng: np.random.Generator) -> list[Part]:
    length, half = rng.uniform(9.5, 11.5), rng.uniform(1.35, 1.5)
    low, roof, front = 0.95, rng.uniform(3.45, 3.75), length / 2
    paint, figure = _colours(rng)
    share, pattern = rng.uniform(0.14, 0.3), str(rng.choice(["stripes", "racing", "livery"]))
    height = roof - low
    skin = textured(
        paint, pattern, figure, uv_scale_m=1.1 * height, share=share, projection="along y",
        origin_m=(0, 0, low - (0.0 if pattern == "livery" else rng.uniform(0.1, 0.25) * height)),
    )  # fmt: skip
    nose = rng.uniform(0.9, 1.5)
    sill = low + 0.52 * height
    screen = (front - nose, sill), (front - nose - 0.35, roof - 0.16)
    outline = [
        (-front, low), (front - 0.08, low), (front, low + 0.12 * height), (front - 0.2, sill - 0.1),
        screen[0], screen[1], (front - nose - 0.6, roof), (-front, roof),
    ]  # fmt: skip
    parts = [Part(across(rounded(outline, 0.25, 5), half, 0.16), skin)]
    slope = np.subtract(screen[1], screen[0]) / np.linalg.norm(np.subtract(screen[1], screen[0]))
    out = np.array([slope[1], -slope[0]])
    foot, head = np.array(screen[0]) + 0.14 * slope, np.array(screen[1]) - 0.02 * slope
    for y in (-0.48 * half, 0.48 * half):
        pane = across([foot + 0.03 * out, head + 0.03 * out, head - 0.1 * out, foot - 0.1 * out], 0.41 * half, 0.03)
        pane.apply_translation((0, y, 0))
        parts.append(Part(pane, GLASS))
    cab = front - nose - 0.95
    side = rounded_box((0.75, 2 * half + 0.03, 0.62), (cab, 0, roof - 0.62), 0.05, 2)
    door = box((0.62, 2 * half + 0.012, height - 0.25), (cab - 0.85, 0, low + 0.08 + (height - 0.25) / 2))
    parts += [Part(side, GLASS), Part(door, BLACK)]
    parts.append(
        Part(box((0.56, 2 * half + 0.02, height - 0.31), (cab - 0.85, 0, low + 0.08 + (height - 0.25) / 2)), skin)
    )
    for x in np.linspace(-front + 0.9, cab - 1.9, 4):
        if rng.random() < 0.5:
            parts += pair(lathe([(0.3, half - 0.1), (0.3, half + 0.015)], "y", (x, 0, roof - 0.75), 20), GLASS)
        else:
            parts.append(Part(rounded_box((0.95, 2 * half + 0.03, 0.5), (x, 0, roof - 0.72), 0.03, 2), BLACK))
    for x in np.linspace(-front + 1.2, cab - 2.0, 3):
        fan = [(0.48, roof - 0.05), (0.48, roof + 0.12), (0.4, roof + 0.16), (0.38, roof + 0.08)]
        parts.append(Part(lathe(fan, "z", (x, 0, 0), 22), METAL))
    parts.append(Part(box((length - 0.3, 1.9 * half, 0.22), (0, 0, low - 0.06)), BLACK))
    parts.append(Part(rounded_box((2.0, 1.7 * half, 0.5), (0, 0, 0.6), 0.15, 3), BLACK))
    parts += _diesel_face(front, low, height, half, nose, sill)
    tail = rounded_box((0.06, 0.26, 0.2), (-front, 0.7 * half, low + 0.3), 0.03, 2)
    parts += [
        *pair(tail, RED_LAMP),
        Part(rounded_box((0.05, 0.8, height - 0.5), (-front, 0, low + height / 2), 0.02, 2), BLACK),
    ]
    return [*parts, *_bogies(length, int(rng.integers(2, 4)), 1.0), *_ends(front, half)]


def _diesel_face(front: float, low: float, height: float, half: float, nose: float, sill: float) -> list[Part]:
    lamp = lathe([(0.17, -0.2), (0.17, 0.04), (0.12, 0.09)], "x", (front - 0.08, 0.62 * half, low + 0.26 * height), 20)
    rim = lathe([(0.22, -0.2), (0.22, 0.02)], "x", (front - 0.08, 0.62 * half, low + 0.26 * height), 20)
    top = lathe([(0.2, -0.3), (0.2, 0.05), (0.14, 0.1)], "x", (front - 0.22, 0, sill - 0.34), 20)
    ring = lathe([(0.25, -0.3), (0.25, 0.03)], "x", (front - 0.22, 0, sill - 0.34), 20)
    plough = [(front - 0.3, 0.85), (front + 0.12, 0.85), (front + 0.28, 0.28), (front - 0.1, 0.28)]
    horn = tube([(front - nose - 1.2, 0.25, low + height + 0.12), (front - nose - 0.75, 0.25, low + height + 0.12)],
                [0.04, 0.09], 10)  # fmt: skip
    return [
        *pair(lamp, LAMP), *pair(rim, METAL), Part(top, LAMP), Part(ring, METAL),
        Part(across(plough, 0.8 * half), METAL), *pair(horn, METAL),
    ]  # fmt: skip


def _sleek(rng: np.random.Generator) -> list[Part]:
    length, half = rng.uniform(12, 14), rng.uniform(1.4, 1.55)
    low, roof, front = 0.5, rng.uniform(3.3, 3.6), length / 2
    height, nose = roof - low, rng.uniform(3.4, 4.6)
    paint, figure = _colours(rng)
    if rng.random() < 0.6:
        paint, figure = WHITE, paint.colour
    pattern = str(rng.choice(["livery", "stripes", "racing"]))
    skin = textured(
        paint, pattern, figure, uv_scale_m=1.1 * height, share=rng.uniform(0.14, 0.28), projection="along y",
        origin_m=(0, 0, low - (0.0 if pattern == "livery" else 0.22 * height)),
    )  # fmt: skip
    stations = np.array(
        [
            (front, 0.18 * half, low + 0.12 * height, low + 0.24 * height),
            (front - 0.05 * nose, 0.42 * half, low + 0.04 * height, low + 0.33 * height),
            (front - 0.3 * nose, 0.78 * half, low, low + 0.55 * height),
            (front - 0.65 * nose, 0.96 * half, low, low + 0.85 * height),
            (front - nose, half, low, roof),
            (-0.2 * length, half, low, roof),
            (-front, half, low, roof),
        ]
    )
    parts = [Part(along_x(stations, 44, SLEEK, 40), skin)]
    screen = patch(stations, SLEEK, (front - 0.72 * nose, front - 0.36 * nose), (0.3 * np.pi, 0.7 * np.pi), 0.02)
    parts.append(Part(screen, GLASS))
    lamp = patch(stations, SLEEK, (front - 0.24 * nose, front - 0.08 * nose), (-0.02, 0.3), 0.025)
    parts += pair(lamp, LAMP)
    for x in np.arange(front - nose - 0.6, -front + 0.7, -1.15):
        pane = patch(stations, SLEEK, (x - 0.85, x), (0.1, 0.56), 0.015, sections=2)
        parts += pair(pane, GLASS)
    door = patch(stations, SLEEK, (front - nose + 0.1, front - nose + 0.75), (-0.75, 0.68), 0.012)
    parts += pair(door, METAL)
    parts.append(Part(rounded_box((length - nose - 0.6, 1.86 * half, 0.4), (-nose / 2, 0, 0.42), 0.05, 2), BLACK))
    parts.append(Part(rounded_box((0.7 * nose, 1.2 * half, 0.34), (front - 0.6 * nose, 0, 0.45), 0.1, 3), BLACK))
    arm = [(-0.28 * length, 0, roof), (-0.2 * length, 0, roof + 0.5), (-0.28 * length, 0, roof + 1.0)]
    parts.append(Part(tube(arm, 0.045, 8), METAL))
    parts.append(Part(box((0.1, 1.5, 0.06), (arm[-1][0], 0, arm[-1][2])), BLACK))
    for x in (-0.35 * length, 0.0):
        parts.append(Part(rounded_box((1.6, 1.1, 0.26), (x, 0, roof + 0.04), 0.08, 3), BLACK if x else METAL))
    tail = rounded_box((0.05, 0.3, 0.18), (-front, 0.72 * half, low + 0.35 * height), 0.02, 2)
    gangway = rounded_box((0.12, 0.9, 0.7 * height), (-front, 0, low + 0.42 * height), 0.04, 2)
    return [*parts, *pair(tail, RED_LAMP), Part(gangway, BLACK), *_bogies(0.92 * length, 2, 1.0)]
