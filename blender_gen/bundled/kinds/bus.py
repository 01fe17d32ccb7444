"""A bus: a city bus, a yellow school bus with a bonnet, a coach, or one with two decks."""

from dataclasses import dataclass

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
from blender_gen.bundled.shapes import across, box, lathe, rounded, rounded_box, tube
from blender_gen.bundled.textures import Colour
from blender_gen.bundled.wheels import road_wheels, wheel_arch

SCHOOL_YELLOW = linear(0.93, 0.62, 0.06)
SIGN = Material("sign", linear(1.0, 0.75, 0.2), roughness=0.5, emission=linear(0.55, 0.35, 0.05))


@dataclass(frozen=True)
class _Shell:
    """Rear and front x, half width, heights of floor and roof, sill and head of each row of windows, in metres."""

    rear: float
    front: float
    half: float
    low: float
    roof: float
    rows: tuple[tuple[float, float], ...]
    lean: float  # how far the front leans back over its whole height


def bus(rng: np.random.Generator) -> Parts:
    """Draw a bus's type, length, colours and stripes."""
    style = str(rng.choice(["city", "coach", "school", "double"], p=[0.3, 0.2, 0.25, 0.25]))
    half, low = rng.uniform(1.2, 1.3), 0.42
    length = rng.uniform(8.0, 10.5) if style != "school" else rng.uniform(7.0, 8.6)
    sill = low + rng.uniform(0.85, 1.0)
    rows = ((sill, sill + 0.85),)
    roof = rows[0][1] + rng.uniform(0.32, 0.45)
    if style == "double":
        rows = (rows[0], (rows[0][1] + 0.6, rows[0][1] + 1.4))
        roof, length = rows[1][1] + 0.3, rng.uniform(8.0, 9.2)
    shell = _Shell(-length / 2, length / 2, half, low, roof, rows, 0.3 if style == "coach" else 0.1)
    if style == "school":
        paint = Material("paint", SCHOOL_YELLOW, roughness=0.35)
        skin = textured(paint, "racing", BLACK.colour, uv_scale_m=1.1, share=0.14, projection="along y",
                        origin_m=(0, 0, sill - 0.95))  # fmt: skip
    else:
        paint = WHITE if rng.random() < 0.25 else lacquer(rng)
        figure = tinted_unlike(rng, paint) if paint is WHITE or rng.random() < 0.5 else WHITE.colour
        skin = _painted(rng, paint, figure, shell)
    parts = [*_body(shell, skin, paint), *_windows(shell), *_back(shell)]
    front = shell.front
    if style == "school":
        front += 1.05
        parts += _bonnet(shell, paint, skin, front)
        parts += _school_signs(shell)
    parts += _face(shell, front, style)
    parts += _doors(shell)
    axle = shell.front + 0.4 if style == "school" else shell.front - rng.uniform(2.0, 2.4)
    for x in (axle, shell.rear + rng.uniform(2.0, 2.6)):
        parts += road_wheels(x, half + 0.01, 0.5, 0.4)
        if not (style == "school" and x == axle):
            parts.append(wheel_arch(x, 0.5, 1.18, half + 0.004, BLACK))
    return parts


def _painted(rng: np.random.Generator, paint: Material, figure: Colour, shell: _Shell) -> Material:
    """The paint with a skirt in another colour, or with bands below the windows."""
    pattern = str(rng.choice(["livery", "racing", "stripes", "plain"], p=[0.4, 0.2, 0.2, 0.2]))
    share = rng.uniform(0.15, 0.3)
    if pattern == "plain":
        return paint
    height = shell.roof - shell.low if pattern == "livery" else 2 * (shell.rows[0][0] - shell.low)
    start = shell.low if pattern == "livery" else shell.low - 0.5
    return textured(
        paint, pattern, figure, uv_scale_m=1.06 * height, share=share, projection="along y", origin_m=(0, 0, start)
    )


def _side(shell: _Shell, z: float) -> float:
    """x of the front at a height."""
    return shell.front - shell.lean * (z - shell.low) / (shell.roof - shell.low)


def _body(shell: _Shell, skin: Material, paint: Material) -> list[Part]:
    top = (_side(shell, shell.roof), shell.roof)
    outline = [(shell.rear, shell.low), (shell.front, shell.low), top, (shell.rear, shell.roof)]
    body = across(rounded(outline, 0.22), shell.half, 0.1)
    cap = rounded_box((shell.front - shell.rear - 1.6, 1.6 * shell.half, 0.14), (-0.2, 0, shell.roof + 0.03), 0.06, 3)
    units = [Part(rounded_box((1.3, 1.1 * shell.half, 0.26), (shell.rear + 2.0, 0, shell.roof + 0.1), 0.08, 3), WHITE)]
    return [Part(body, skin), Part(cap, paint), *units]


def _windows(shell: _Shell) -> list[Part]:
    """Rows of panes on both sides, and the screens in front; the front takes the whole width."""
    parts = []
    for number, (sill, head) in enumerate(shell.rows):
        start, end = shell.rear + 0.45, _side(shell, head) - 0.75
        count = round((end - start) / 1.25)
        pitch = (end - start) / count
        for k in range(count):
            x = start + (k + 0.5) * pitch
            size = (pitch - 0.1, 2 * shell.half + 0.03, head - sill)
            parts.append(Part(rounded_box(size, (x, 0, (sill + head) / 2), 0.012, 2), GLASS))
        quarter = [
            (end + 0.06, sill), (_side(shell, sill) - 0.2, sill), (_side(shell, head) - 0.2, head), (end + 0.06, head)
        ]  # fmt: skip
        parts.append(Part(across(quarter, shell.half + 0.015), GLASS))
        low, high = (sill - 0.15 if number == 0 else sill), head + 0.05
        screen = [
            (_side(shell, low) + 0.02, low), (_side(shell, high) + 0.02, high),
            (_side(shell, high) - 0.2, high), (_side(shell, low) - 0.2, low),
        ]  # fmt: skip
        parts.append(Part(across(screen, 0.9 * shell.half, 0.02), GLASS))
        parts.append(
            Part(box((0.05, 0.05, high - low), (_side(shell, (low + high) / 2) + 0.02, 0, (low + high) / 2)), BLACK)
        )
    return parts


def _doors(shell: _Shell) -> list[Part]:
    """Doors on the right side: behind the screen, and in the middle of the longer buses."""
    parts = []
    top = shell.rows[0][1] + 0.05
    places = [_side(shell, top) - 1.05]
    if shell.front - shell.rear > 8.6:
        places.append(0.3)
    for x in places:
        middle, height = (top + shell.low + 0.08) / 2, top - shell.low - 0.08
        y = -shell.half - 0.005
        parts.append(Part(box((1.16, 0.06, height + 0.08), (x, y, middle)), BLACK))
        for shift in (-0.28, 0.28):
            parts.append(Part(rounded_box((0.5, 0.08, height - 0.1), (x + shift, y, middle), 0.02, 2), GLASS))
        parts.append(Part(box((0.03, 0.1, height), (x, y, middle)), METAL))
    return parts


def _face(shell: _Shell, x: float, style: str) -> list[Part]:
    """Headlamps, bumper, grille, plate, mirrors and the sign that says where the bus goes."""
    low, half = shell.low, shell.half
    parts = [Part(rounded_box((0.2, 2 * half + 0.04, 0.26), (x - 0.02, 0, low + 0.1), 0.07, 3), BLACK)]
    parts.append(Part(box((0.03, 0.5, 0.12), (x + 0.08, 0, low + 0.12)), WHITE))
    lamp = lathe([(0.15, -0.08), (0.15, 0.02), (0.1, 0.05)], "x", (x - 0.01, 0.74 * half, low + 0.46), 20)
    rim = lathe([(0.19, -0.08), (0.19, 0.012)], "x", (x - 0.01, 0.74 * half, low + 0.46), 20)
    parts += [*pair(lamp, LAMP), *pair(rim, BLACK)]
    for z in (low + 0.36, low + 0.46, low + 0.56):
        parts.append(Part(box((0.04, 0.9 * half, 0.05), (x, 0, z)), BLACK if style != "school" else METAL))
    top = shell.rows[-1][1] + 0.05
    if style != "school":
        z = (shell.rows[0][1] + 0.3) if style == "double" else (top + shell.roof) / 2
        sign = rounded_box((0.1, 1.3 * half, 0.24), (_side(shell, z) - 0.01, 0, z), 0.03, 2)
        parts.append(Part(sign, SIGN))
    z = shell.rows[0][1] - 0.15
    x = _side(shell, z)
    mirror = rounded_box((0.12, 0.16, 0.42), (x + 0.22, half + 0.14, z), 0.05, 3)
    arm = tube([(x - 0.05, half - 0.05, z + 0.3), (x + 0.2, half + 0.1, z + 0.3), (x + 0.22, half + 0.14, z)], 0.025, 6)
    return [*parts, *pair(mirror, BLACK), *pair(arm, BLACK)]


def _back(shell: _Shell) -> list[Part]:
    sill, head = shell.rows[-1]
    pane = rounded_box((0.04, 1.5 * shell.half, head - sill), (shell.rear, 0, (sill + head) / 2), 0.015, 2)
    lamp = rounded_box((0.06, 0.16, 0.42), (shell.rear, 0.85 * shell.half, shell.low + 0.7), 0.02, 2)
    vent = rounded_box((0.04, 1.2 * shell.half, 0.4), (shell.rear, 0, shell.low + 0.5), 0.015, 2)
    bumper = rounded_box((0.16, 2 * shell.half, 0.2), (shell.rear + 0.02, 0, shell.low + 0.08), 0.06, 3)
    return [Part(pane, GLASS), *pair(lamp, RED_LAMP), Part(vent, BLACK), Part(bumper, BLACK)]


def _bonnet(shell: _Shell, paint: Material, skin: Material, front: float) -> list[Part]:
    top = shell.rows[0][0] - 0.12
    nose = [
        (shell.front - 0.2, shell.low + 0.1),
        (front, shell.low + 0.1),
        (front, top - 0.16),
        (shell.front - 0.2, top),
    ]
    fender = rounded([(shell.front - 0.25, 0.5), (shell.front - 0.15, 1.15), (front - 0.1, 1.1), (front, 0.5)], 0.3)
    return [
        Part(across(rounded(nose, 0.18), 0.78 * shell.half, 0.12), paint),
        Part(across(fender, shell.half - 0.02, 0.06), paint),
    ]


def _school_signs(shell: _Shell) -> list[Part]:
    """Red lamps above the screens, and the arm with the stop sign on the left."""
    parts = []
    for x in (_side(shell, shell.roof) - 0.03, shell.rear):
        lamp = lathe([(0.1, -0.05), (0.1, 0.05)], "x", (x, 0.62 * shell.half, shell.roof - 0.16), 16)
        parts += pair(lamp, RED_LAMP)
    plate = lathe([(0.26, 0.0), (0.26, 0.03)], "y", (shell.front - 1.6, shell.half + 0.06, shell.rows[0][0] - 0.3), 8)
    word = box((0.3, 0.05, 0.09), (shell.front - 1.6, shell.half + 0.075, shell.rows[0][0] - 0.3))
    return [*parts, Part(plate, RED_LAMP), Part(word, WHITE)]
