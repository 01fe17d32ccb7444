"""Light as plain numbers: what the sky is, and the sun and lamps in front of it."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from blender_gen.scenes.colour import Colour, draw_colour

HDRIS = ("city", "courtyard", "forest", "interior", "night", "studio", "sunrise", "sunset")
PROCEDURAL = ("area", "sky", "sun")
FACING_RAD = 1.2  # light within this angle of a wall's face shows it well


@dataclass(frozen=True)
class ClearSky:
    """A clear sky in daylight (Preetham, Shirley and Smits 1999) with a share of cloud.

    Attributes:
        turbidity: haziness, 2 (clear) to 8.
        cloud_cover: share of the sky, 0 to 1, that clouds cover.
        cloud_seed: which clouds.
    """

    turbidity: float
    cloud_cover: float
    cloud_seed: int


@dataclass(frozen=True)
class Gradient:
    """A sky that goes from one linear RGB colour at the horizon to another overhead."""

    horizon: Colour
    zenith: Colour


@dataclass(frozen=True)
class Sun:
    """Light from one direction.

    Attributes:
        azimuth_rad: direction towards the sun, about z from +x.
        elevation_rad: the same, above the horizon.
        share: part of all light on the floor that is the sun's, 0 to 1.
        angle_rad: diameter of its disc; wider is softer.
        colour: linear RGB of luminance about 1.
    """

    azimuth_rad: float
    elevation_rad: float
    share: float
    angle_rad: float
    colour: Colour


@dataclass(frozen=True)
class Lamp:
    """A square lamp that faces the origin.

    Attributes:
        position: its centre (3,) in the world, metres.
        size_m: its edge.
        share: part of all light on the floor at the origin that is this lamp's, 0 to 1.
        colour: linear RGB of luminance about 1.
    """

    position: tuple[float, float, float]
    size_m: float
    share: float
    colour: Colour


@dataclass(frozen=True)
class Light:
    """All light of a scene: a sky, and what shines in front of it.

    The sky is an HDRI where `sky` is None. Its part of the light on the floor is what the others leave.

    Attributes:
        radiance: of a white floor at the origin in the open, in linear scene units, from all light together.
        rotation_rad: of an HDRI about the world's z axis.
        sky: a sky in numbers.
        sun: None where there is none.
        lamps: none or some.
    """

    radiance: float
    rotation_rad: float = 0.0
    sky: ClearSky | Gradient | None = None
    sun: Sun | None = None
    lamps: tuple[Lamp, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return plain numbers, strings, lists and dicts."""
        values = dataclasses.asdict(self)
        if self.sky is not None:
            values["sky"]["kind"] = _KIND_OF_SKY[type(self.sky)]
        return values

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "Light":
        """Return the light that `to_json` wrote, before or after a trip through JSON."""
        sky = values["sky"]
        if sky is not None:
            sky = {name: _tuples(value) for name, value in sky.items()}
            sky = _SKIES[sky.pop("kind")](**sky)
        sun = values["sun"] and Sun(**{name: _tuples(value) for name, value in values["sun"].items()})
        lamps = tuple(Lamp(**{name: _tuples(value) for name, value in lamp.items()}) for lamp in values["lamps"])
        return cls(**{**values, "sky": sky, "sun": sun, "lamps": lamps})


_SKIES: dict[str, type] = {"clear": ClearSky, "gradient": Gradient}
_KIND_OF_SKY = {kind: name for name, kind in _SKIES.items()}


def draw_light(rng: np.random.Generator, environment: str, wall_rad: float | None = None) -> Light:
    """Draw the light of the named environment.

    Args:
        environment: every name that is not procedural is an HDRI's.
        wall_rad: direction in which a wall stands, about z from +x; the sun or the first lamp then stands on the
            other side and lights it. None where there is no wall.
    """
    draw = {"sky": _draw_sky, "sun": _draw_sun, "area": _draw_area}.get(environment, _draw_hdri)
    radiance = float(rng.uniform(0.65, 1.0))
    spread = np.pi if wall_rad is None else FACING_RAD
    azimuth = (wall_rad or 0.0) + np.pi + rng.uniform(-spread, spread)
    return draw(rng, radiance, float(azimuth))


def _draw_hdri(rng: np.random.Generator, radiance: float, azimuth_rad: float) -> Light:
    """An HDRI with a sun of its own, since many a picture of the surroundings casts no shadow that grounds objects."""
    sun = _sun(rng, azimuth_rad, elevation_deg=(28, 65), share=(0.4, 0.65), angle_deg=(1, 5), warmth=(-0.1, 0.35))
    return Light(radiance, rotation_rad=float(rng.uniform(0, 2 * np.pi)), sun=sun)


def _draw_sky(rng: np.random.Generator, radiance: float, azimuth_rad: float) -> Light:
    sun = _sun(rng, azimuth_rad, elevation_deg=(18, 70), share=(0.6, 0.8), angle_deg=(0.5, 2), warmth=(0.1, 0.3))
    cover = float(rng.uniform(0.15, 0.6)) if rng.uniform() < 0.7 else 0.0
    sky = ClearSky(float(rng.uniform(2, 5)), cover, int(rng.integers(2**31)))
    return Light(radiance, sky=sky, sun=sun)


def _draw_sun(rng: np.random.Generator, radiance: float, azimuth_rad: float) -> Light:
    hue = rng.uniform()
    gradient = Gradient(
        horizon=draw_colour(rng, hue, (0.0, 0.3), (0.5, 1.0)),
        zenith=draw_colour(rng, hue + rng.uniform(-0.08, 0.08), (0.1, 0.6), (0.2, 0.8)),
    )
    sun = _sun(rng, azimuth_rad, elevation_deg=(20, 75), share=(0.5, 0.8), angle_deg=(0.5, 10), warmth=(-0.3, 0.5))
    return Light(radiance, sky=gradient, sun=sun)


def _draw_area(rng: np.random.Generator, radiance: float, azimuth_rad: float) -> Light:
    hue, tint = rng.uniform(), rng.uniform(0.0, 0.25)
    gradient = Gradient(
        horizon=draw_colour(rng, hue, (tint, tint), (0.25, 0.9)),
        zenith=draw_colour(rng, hue, (tint, tint), (0.4, 0.9)),
    )
    shares = np.sort(rng.dirichlet(np.full(int(rng.integers(1, 4)), 2.0)))[::-1] * rng.uniform(0.55, 0.8)
    lamps = []
    for number, share in enumerate(shares):
        azimuth = azimuth_rad + number * rng.uniform(1.4, 2.6)
        elevation, distance = np.radians(rng.uniform(35, 70)), rng.uniform(3.5, 6.5)
        flat = distance * np.cos(elevation)
        position = (flat * np.cos(azimuth), flat * np.sin(azimuth), distance * np.sin(elevation))
        size = float(rng.uniform(0.5, 2.0))
        lamps.append(Lamp(tuple(map(float, position)), size, float(share), _warm(rng.uniform(-0.2, 0.4))))
    return Light(radiance, sky=gradient, lamps=tuple(lamps))


def _sun(
    rng: np.random.Generator,
    azimuth_rad: float,
    elevation_deg: tuple[float, float],
    share: tuple[float, float],
    angle_deg: tuple[float, float],
    warmth: tuple[float, float],
) -> Sun:
    return Sun(
        azimuth_rad=azimuth_rad,
        elevation_rad=float(np.radians(rng.uniform(*elevation_deg))),
        share=float(rng.uniform(*share)),
        angle_rad=float(np.radians(rng.uniform(*angle_deg))),
        colour=_warm(rng.uniform(*warmth)),
    )


def _warm(warmth: float) -> Colour:
    """Return white at 0, the orange of a lamp towards 1, the blue of an overcast noon below 0; luminance 1."""
    rgb = np.array([1 + 0.45 * warmth, 1.0, 1 - 0.75 * warmth])
    red, green, blue = rgb / (rgb @ [0.2126, 0.7152, 0.0722])
    return float(red), float(green), float(blue)


def _tuples(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
