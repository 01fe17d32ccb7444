"""What stands behind the stage: open ground, a wall, a room, or a studio's cove that curves up out of the floor."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from blender_gen.scenes.colour import Colour, Range, draw_colour

BACKDROPS = ("cove", "open", "room", "wall")
MATERIALS = ("brick", "panels", "plaster")
CLEARANCE_M = 0.6
CEILING_M = 9.0  # nothing is that high; a cove of this height ends above most pictures


@dataclass(frozen=True)
class Wall:
    """The upright plane of the points p with ``p @ (cos heading, sin heading) = distance``; the stage is below it."""

    heading_rad: float
    distance_m: float


@dataclass(frozen=True)
class Backdrop:
    """Walls around the stage.

    Attributes:
        walls: none in the open; each next one of a room stands a right angle further, counter-clockwise.
        height_m: of all walls.
        material: one of MATERIALS; a cove takes the floor's instead.
        colours: two linear RGB albedos: of the wall, and of joints and skirting.
        scale_m: edge length of one repetition of the material.
        skirting_m: height of the skirting, 0 for none.
        cove_radius_m: radius of the quarter circle by which a cove leaves the floor, in front of its wall's plane.
    """

    walls: tuple[Wall, ...] = ()
    height_m: float = 0.0
    material: str = "plaster"
    colours: tuple[Colour, Colour] = ((0.5, 0.5, 0.5), (0.5, 0.5, 0.5))
    scale_m: float = 1.0
    skirting_m: float = 0.0
    cove_radius_m: float = 0.0

    def to_json(self) -> dict[str, Any]:
        """Return plain numbers, strings, lists and dicts."""
        return dataclasses.asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "Backdrop":
        """Return the backdrop that `to_json` wrote, before or after a trip through JSON."""
        first, second = (tuple(colour) for colour in values["colours"])
        walls = tuple(Wall(**wall) for wall in values["walls"])
        return cls(**{**values, "walls": walls, "colours": (first, second)})


@dataclass(frozen=True)
class _Ranges:
    hue: Range
    saturation: Range
    value: Range
    second_value: Range
    scale_m: Range


_RANGES: Mapping[str, _Ranges] = {
    "brick": _Ranges((0.0, 0.09), (0.35, 0.7), (0.14, 0.4), (0.25, 0.5), (0.22, 0.4)),
    "panels": _Ranges((0.0, 1.0), (0.0, 0.5), (0.12, 0.5), (0.05, 0.3), (0.4, 1.6)),
    "plaster": _Ranges((0.0, 1.0), (0.0, 0.5), (0.2, 0.6), (0.1, 0.6), (0.8, 2.0)),
}


def draw_backdrop(rng: np.random.Generator, name: str, keep_clear: np.ndarray, behind_rad: float) -> Backdrop:
    """Draw the backdrop of this name.

    Args:
        keep_clear: points (M,3) in the world from which every wall stays `CLEARANCE_M` away, and a cove's curve too.
        behind_rad: direction in which the first camera looks, about z from +x; there stands the first wall.
    """
    if name == "open":
        return Backdrop()
    behind = behind_rad + rng.uniform(-0.45, 0.45)
    count = int(rng.integers(2, 5)) if name == "room" else 1
    clockwise = bool(rng.integers(2)) and count == 2
    headings = [behind + (number - clockwise) * np.pi / 2 for number in range(count)]
    if count == 3:
        headings = [heading - np.pi / 2 for heading in headings]  # one to the left, one behind, one to the right
    radius = float(rng.uniform(0.6, 2.0)) if name == "cove" else 0.0
    walls = []
    for heading in headings:
        reach = float(np.max(keep_clear[:, :2] @ (np.cos(heading), np.sin(heading))))
        walls.append(Wall(float(heading), reach + CLEARANCE_M + radius + float(rng.uniform(0.0, 3.5))))
    material = str(rng.choice(MATERIALS))
    ranges = _RANGES[material]
    hue = rng.uniform(*ranges.hue)
    height = {"cove": (5.0, CEILING_M), "room": (2.4, 5.0), "wall": (1.8, 7.0)}[name]
    skirting = float(rng.uniform(0.06, 0.16)) if name != "cove" and material != "brick" else 0.0
    return Backdrop(
        walls=tuple(walls),
        height_m=float(rng.uniform(*height)),
        material=material,
        colours=(
            draw_colour(rng, hue, ranges.saturation, ranges.value),
            draw_colour(rng, hue, (0.0, 0.3), ranges.second_value),
        ),
        scale_m=float(rng.uniform(*ranges.scale_m)),
        skirting_m=skirting,
        cove_radius_m=radius,
    )
