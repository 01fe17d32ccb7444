"""A procedural object is a list of parts: a solid and what it is made of.

A material may have a texture, a small picture of two colours that is laid on by projection; no texture coordinates
are needed::

    plain = Material("cloth", tinted(rng), roughness=0.95)
    plaid = textured(plain, "plaid", tinted_unlike(rng, plain), uv_scale_m=0.2)
    mane = textured(fur, "tiger", BLACK.colour, uv_scale_m=0.8, share=0.4, projection="along y", upright=True, seed=7)

`textured` keeps the material's colour as the picture's ground. See `textures.PATTERNS` for the patterns and
`textures.Texture` for how they may lie. Draw `seed` with ``int(rng.integers(2**31))`` where a pattern has random parts.
"""

import colorsys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import trimesh

from blender_gen.bundled.shapes import mirrored
from blender_gen.bundled.textures import Colour, Texture


@dataclass(frozen=True)
class Material:
    """A PBR material; `colour` and `emission` are linear RGB from 0 to 1. A texture shows instead of the colour."""

    name: str
    colour: Colour
    metallic: float = 0.0
    roughness: float = 0.6
    emission: Colour = (0.0, 0.0, 0.0)
    texture: Texture | None = None


def textured(material: Material, pattern: str, figure: Colour, **how: Any) -> Material:
    """The material with a pattern drawn on its colour in a second one; `how` are other fields of Texture."""
    return replace(material, texture=Texture(pattern, material.colour, figure, **how))


@dataclass(frozen=True)
class Part:
    """A solid in the object frame (x forward, y left, z up, metres) and its material."""

    solid: trimesh.Trimesh
    material: Material


Parts = Sequence[Part]


def pair(solid: trimesh.Trimesh, material: Material) -> list[Part]:
    """A part and its mirror image on the other side of the plane y = 0."""
    return [Part(solid, material), Part(mirrored(solid), material)]


def linear(red: float, green: float, blue: float) -> Colour:
    """Linear RGB of an sRGB colour from 0 to 1."""
    values = np.array([red, green, blue], np.float64)
    curve = np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
    return tuple(float(value) for value in curve)


def hue(hue_share: float, saturation: float, value: float) -> Colour:
    """Linear RGB of a hue, saturation and value from 0 to 1."""
    return linear(*colorsys.hsv_to_rgb(hue_share % 1.0, saturation, value))


PAINTS = (
    (0.70, 0.10, 0.09), (0.45, 0.07, 0.11), (0.86, 0.38, 0.10), (0.87, 0.66, 0.16), (0.24, 0.42, 0.22),
    (0.09, 0.27, 0.24), (0.13, 0.46, 0.48), (0.36, 0.60, 0.76), (0.13, 0.28, 0.58), (0.11, 0.14, 0.30),
    (0.42, 0.24, 0.46), (0.88, 0.84, 0.74), (0.62, 0.64, 0.66), (0.20, 0.21, 0.23),
)  # fmt: skip


MIN_CONTRAST = 0.2


def tinted(rng: np.random.Generator) -> Colour:
    """Linear RGB near one of the paints that things are sold in."""
    base = np.array(PAINTS[int(rng.integers(len(PAINTS)))])
    return linear(*np.clip(base * rng.uniform(0.9, 1.12) + rng.normal(0, 0.02, 3), 0, 1))


def tinted_unlike(rng: np.random.Generator, other: Material) -> Colour:
    """Linear RGB of the one of four paints (of all, if those are near) that is furthest from another material's."""

    def distance(colour: Colour) -> float:
        return float(np.abs(np.subtract(colour, other.colour)).max())

    best = max((tinted(rng) for _ in range(4)), key=distance)
    return best if distance(best) > MIN_CONTRAST else max((linear(*paint) for paint in PAINTS), key=distance)


def lacquer(rng: np.random.Generator, name: str = "paint") -> Material:
    """Shiny paint."""
    return Material(name, tinted(rng), roughness=float(rng.uniform(0.2, 0.4)))


def wood(rng: np.random.Generator) -> Material:
    """Wood from pale to dark brown."""
    return Material(
        "wood", hue(rng.uniform(0.06, 0.09), rng.uniform(0.45, 0.65), rng.uniform(0.3, 0.75)), roughness=0.55
    )


RUBBER = Material("rubber", linear(0.09, 0.09, 0.1), roughness=0.9)
GLASS = Material("dark glass", linear(0.1, 0.13, 0.17), roughness=0.08)
METAL = Material("metal", linear(0.8, 0.81, 0.83), metallic=1.0, roughness=0.3)
BLACK = Material("black", linear(0.06, 0.06, 0.07), roughness=0.7)
WHITE = Material("white", linear(0.93, 0.93, 0.91), roughness=0.4)
LAMP = Material("lamp", linear(1.0, 0.97, 0.85), roughness=0.2, emission=linear(0.75, 0.72, 0.6))
RED_LAMP = Material("red lamp", linear(0.85, 0.05, 0.04), roughness=0.2, emission=linear(0.4, 0.02, 0.02))
