"""The floor as plain numbers: which pattern, in which colours, how large, how it lies."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from blender_gen.scenes.colour import Colour, Range, draw_colour

WHITE = (1.0, 1.0, 1.0)


@dataclass(frozen=True)
class Floor:
    """The surface at z = 0.

    Attributes:
        colours: two linear RGB albedos; without effect on a texture.
        scale_m: edge length of one repetition (a tile, a texture's width; a plank is a fifth of it wide) in metres.
        rotation_rad: of the pattern about z.
        roughness: of the surface, 0 to 1.
        haze_m: distance from the camera in metres at which two thirds of the ground have faded into the horizon.
    """

    colours: tuple[Colour, Colour]
    scale_m: float
    rotation_rad: float
    roughness: float
    haze_m: float

    def to_json(self) -> dict[str, Any]:
        """Return plain numbers and lists."""
        return dataclasses.asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "Floor":
        """Return the floor that `to_json` wrote, before or after a trip through JSON."""
        first, second = (tuple(colour) for colour in values["colours"])
        return cls(**{**values, "colours": (first, second)})


@dataclass(frozen=True)
class _Ranges:
    """What is drawn for one kind of floor; the second colour is the first with hue, saturation and value changed."""

    hue: Range = (0.0, 1.0)
    saturation: Range = (0.0, 0.5)
    value: Range = (0.1, 0.45)
    second_hue: Range = (-0.1, 0.1)  # added, in turns
    second_value: Range = (0.3, 0.75)  # multiplied
    scale_m: Range = (0.35, 1.1)
    roughness: Range = (0.45, 0.95)


_RANGES: Mapping[str, _Ranges] = {
    "asphalt": _Ranges(hue=(0.05, 0.65), saturation=(0.0, 0.1), value=(0.04, 0.1), second_value=(2.0, 3.0),
                       scale_m=(0.8, 2.0), roughness=(0.7, 0.95)),
    "carpet": _Ranges(saturation=(0.2, 0.75), value=(0.1, 0.4), second_hue=(-0.3, 0.3), scale_m=(0.5, 1.4),
                      roughness=(0.9, 1.0)),
    "checker": _Ranges(saturation=(0.0, 0.6), value=(0.22, 0.6), second_hue=(-0.5, 0.5), second_value=(0.15, 0.6)),
    "concrete": _Ranges(saturation=(0.0, 0.12), value=(0.18, 0.42), second_value=(0.5, 0.75), scale_m=(1.0, 2.5),
                        roughness=(0.6, 0.95)),
    "grass": _Ranges(hue=(0.22, 0.32), saturation=(0.5, 0.8), value=(0.1, 0.24), second_hue=(-0.04, 0.02),
                     second_value=(1.5, 2.4), scale_m=(0.5, 1.0), roughness=(0.8, 1.0)),
    "marble": _Ranges(saturation=(0.0, 0.25), value=(0.3, 0.6), second_hue=(-0.5, 0.5), second_value=(0.15, 0.5),
                      scale_m=(0.7, 1.8), roughness=(0.15, 0.5)),
    "plain": _Ranges(saturation=(0.0, 0.6), value=(0.12, 0.5), second_value=(0.8, 0.95), scale_m=(0.5, 2.0)),
    "sand": _Ranges(hue=(0.06, 0.12), saturation=(0.25, 0.55), value=(0.28, 0.5), second_hue=(-0.02, 0.02),
                    second_value=(0.72, 0.88), scale_m=(0.4, 1.2), roughness=(0.85, 1.0)),
    "tiles": _Ranges(saturation=(0.0, 0.55), value=(0.15, 0.5), second_hue=(-0.5, 0.5), second_value=(0.2, 0.55),
                     scale_m=(0.25, 0.9), roughness=(0.2, 0.7)),
    "wood": _Ranges(hue=(0.045, 0.1), saturation=(0.4, 0.75), value=(0.14, 0.45), second_hue=(-0.02, 0.01),
                    second_value=(0.4, 0.7), scale_m=(0.5, 1.1), roughness=(0.3, 0.7)),
}  # fmt: skip

FLOORS = tuple(sorted(_RANGES))


def draw_floor(rng: np.random.Generator, name: str) -> Floor:
    """Draw the floor of this name; every name that is not in FLOORS is a texture's."""
    ranges = _RANGES.get(name, _Ranges(scale_m=(0.8, 2.5)))
    hue = rng.uniform(*ranges.hue)
    first = draw_colour(rng, hue, ranges.saturation, ranges.value)
    factor, turned = rng.uniform(*ranges.second_value), rng.uniform(*ranges.second_hue)
    brightness = min(max(first) * factor, 0.7)
    second = draw_colour(rng, hue + turned, ranges.saturation, (brightness, brightness))
    return Floor(
        colours=(first, second) if name in _RANGES else (WHITE, WHITE),
        scale_m=float(rng.uniform(*ranges.scale_m)),
        rotation_rad=float(rng.uniform(0, 2 * np.pi)),
        roughness=float(rng.uniform(*ranges.roughness)),
        haze_m=float(np.exp(rng.uniform(np.log(25), np.log(90)))),
    )
