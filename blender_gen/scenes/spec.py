"""The scene of a clip: an HDRI around a procedural floor, described by numbers."""

import colorsys
import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

ENVIRONMENTS = ("city", "courtyard", "forest", "interior", "night", "studio", "sunrise", "sunset")
FLOORS = ("checker", "tiles")

Colour = tuple[float, float, float]


@dataclass(frozen=True)
class SceneSpec:
    """Light and floor.

    Attributes:
        environment: name of an HDRI that ships with Blender (``datafiles/studiolights/world/NAME.exr``).
        environment_rotation_rad: rotation of the HDRI about the world's z axis.
        radiance: mean radiance of the HDRI over the sphere after scaling, in linear scene units.
        floor: name of the procedural floor at z = 0.
        floor_colours: two linear RGB albedos.
        floor_scale_m: edge length of a floor tile in metres.
        floor_rotation_rad: rotation of the pattern about z.
        floor_roughness: roughness of the floor's surface, 0 to 1.
    """

    environment: str
    environment_rotation_rad: float
    radiance: float
    floor: str
    floor_colours: tuple[Colour, Colour]
    floor_scale_m: float
    floor_rotation_rad: float
    floor_roughness: float

    def to_json(self) -> dict[str, Any]:
        """Return plain numbers, strings and lists."""
        values = dataclasses.asdict(self)
        values["floor_colours"] = [list(colour) for colour in self.floor_colours]
        return values

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "SceneSpec":
        """Return the scene that `to_json` wrote."""
        first, second = (tuple(colour) for colour in values["floor_colours"])
        return cls(**{**values, "floor_colours": (first, second)})


def draw_scene(rng: np.random.Generator, environment: str, floor: str) -> SceneSpec:
    """Draw the free numbers of a scene with this light and this floor."""
    hue = rng.uniform()
    value = rng.uniform(0.22, 0.62)
    contrast = rng.uniform(0.25, 0.6)
    first = colorsys.hsv_to_rgb(hue, rng.uniform(0.02, 0.35), value)
    second = colorsys.hsv_to_rgb((hue + rng.uniform(-0.12, 0.12)) % 1, rng.uniform(0.02, 0.35), value * (1 - contrast))
    return SceneSpec(
        environment=environment,
        environment_rotation_rad=float(rng.uniform(0, 2 * np.pi)),
        radiance=float(rng.uniform(0.7, 1.15)),
        floor=floor,
        floor_colours=(tuple(map(float, first)), tuple(map(float, second))),
        floor_scale_m=float(rng.uniform(0.35, 1.2)),
        floor_rotation_rad=float(rng.uniform(0, 2 * np.pi)),
        floor_roughness=float(rng.uniform(0.45, 0.95)),
    )
