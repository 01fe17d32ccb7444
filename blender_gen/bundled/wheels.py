"""Wheels: on the left and right of a vehicle, with their outer face shown."""

import numpy as np

from blender_gen.bundled.parts import BLACK, METAL, RUBBER, Material, Part, pair
from blender_gen.bundled.shapes import across, box, lathe, turned


def road_wheels(x: float, outer: float, radius: float, width: float, rim: Material = METAL) -> list[Part]:
    """A tyre and its rim on both sides; `outer` is y of the outer face of the left one."""
    centre = (x, 0, radius)
    tyre = [(0.6, -width), (0.93, -width), (1.0, -0.8 * width), (1.0, -0.2 * width), (0.93, 0.0), (0.6, -0.02)]
    disc = [(0.62, -0.5 * width), (0.62, 0.006), (0.54, 0.008), (0.48, -0.04), (0.24, -0.03), (0.2, 0.03), (0.06, 0.04)]
    parts = []
    for profile, material in ((tyre, RUBBER), (disc, rim)):
        solid = lathe([(share * radius, outer + y) for share, y in profile], "y", centre, 24)
        parts += pair(solid, material)
    for angle in np.arange(6) * np.pi / 3:
        hole = box((0.13 * radius, 0.02, 0.16 * radius), (x, outer - 0.03, 1.36 * radius))
        parts += pair(turned(hole, angle, (0, 1, 0), (x, 0, radius)), BLACK)
    return parts


def wheel_arch(x: float, radius: float, size: float, half: float, material: Material, bevel: float = 0.0) -> Part:
    """The upper part of a disc as thick as the vehicle, `size` times as large as the wheel in front of it."""
    angle = np.radians(np.linspace(-24, 204, 17))
    outline = np.stack([x + size * radius * np.cos(angle), radius + size * radius * np.sin(angle)], axis=1)
    return Part(across(outline, half, bevel), material)


def spoked_wheels(x: float, outer: float, radius: float, width: float, spokes: int, paint: Material) -> list[Part]:
    """A railway wheel on both sides: a metal tyre with a flange inside, painted spokes and hub."""
    centre, points = (x, 0, radius), 22 if radius > 0.6 else 14
    rim = [
        (0.82, -width), (1.06, -width), (1.06, -0.8 * width), (1.0, -0.75 * width), (1.0, 0.0), (0.82, 0.0),
        (0.82, -0.5 * width),
    ]  # fmt: skip
    plate = [(0.83, -0.52 * width), (0.83, -0.48 * width)]
    parts = []
    for profile, material in ((rim, METAL), (plate, BLACK)):
        parts += pair(lathe([(share * radius, outer + y) for share, y in profile], "y", centre, points), material)
    hub = lathe(
        [(0.24 * radius, outer - 0.5 * width), (0.24 * radius, outer + 0.03), (0.02, outer + 0.04)], "y", centre, 12
    )
    parts += pair(hub, paint)
    for number in range(spokes):
        spoke = box((0.09 * radius, 0.4 * width, 0.66 * radius), (x, outer - 0.3 * width, 1.5 * radius))
        parts += pair(turned(spoke, 2 * np.pi * number / spokes, (0, 1, 0), (x, 0, radius)), paint)
    return parts
