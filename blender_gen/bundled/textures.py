"""Small procedural pictures that repeat without a seam: stripes, checks, wood grain, brick, fur, panel lines."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from PIL import Image

from blender_gen.rng import generator

SIZE_PX = 128
LEVELS = 16  # shades between the two colours; few, so that the files stay small

Colour = tuple[float, float, float]


@dataclass(frozen=True)
class Texture:
    """A picture of two colours and how it lies on a part.

    Attributes:
        pattern: a name in PATTERNS; lines, boards, bricks and grain run along the picture's u.
        ground: linear RGB from 0 to 1.
        figure: linear RGB of what is drawn on the ground.
        uv_scale_m: metres that one picture covers; it repeats beyond.
        share: of the picture that the figure takes, 0 to 1, where a pattern has such a number.
        projection: "box" (each face from the nearest of x, y, z), "along x", "along y", "along z" (flat, looking along
            that axis), "around x", "around y", "around z" (a label wrapped about an axis through the part's middle).
        upright: swap u and v. As it is, u goes along x (along y where looked at along x; around the axis where
            wrapped) and v along z (along y where looked at along z; along the axis where wrapped).
        origin_m: object-frame point where the picture's bottom left corner lies.
        seed: of the pattern's own random numbers.
    """

    pattern: str
    ground: Colour
    figure: Colour
    uv_scale_m: float = 0.5
    share: float = 0.5
    projection: str = "box"
    upright: bool = False
    origin_m: tuple[float, float, float] = (0.0, 0.0, 0.0)
    seed: int = 0


def image(texture: Texture) -> Image.Image:
    """The texture as an sRGB picture of SIZE_PX x SIZE_PX, a pure function of the texture."""
    v, u = (np.mgrid[:SIZE_PX, :SIZE_PX] + 0.5) / SIZE_PX
    rng = generator(texture.seed, "texture", texture.pattern)
    weight = np.clip(PATTERNS[texture.pattern](rng, u, 1 - v, texture.share), 0, 1)
    weight = np.round(weight * (LEVELS - 1))[..., None] / (LEVELS - 1)
    mixed = (1 - weight) * np.array(texture.ground) + weight * np.array(texture.figure)
    return Image.fromarray(np.round(255 * _srgb(np.clip(mixed, 0, 1))).astype(np.uint8))


def _srgb(linear: np.ndarray) -> np.ndarray:
    return np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)


def _edge(signed: np.ndarray, width: float = 1.5 / SIZE_PX) -> np.ndarray:
    """1 where `signed` is positive, 0 where negative, with a soft edge of about `width`."""
    return np.clip(signed / width + 0.5, 0, 1)


def _band(v: np.ndarray, middle: float, share: float) -> np.ndarray:
    """1 within a band that takes `share` of the period 1."""
    return _edge(share / 2 - np.abs((v - middle + 0.5) % 1.0 - 0.5))


def smooth_noise(rng: np.random.Generator, u: np.ndarray, v: np.ndarray, cells: tuple[int, int]) -> np.ndarray:
    """Periodic value noise from 0 to 1 with this many cells along u and v."""
    values = rng.random(cells)
    parts = []
    for place, count in ((u, cells[0]), (v, cells[1])):
        scaled = place * count
        low = np.floor(scaled).astype(int)
        part = scaled - low
        parts.append((low % count, (low + 1) % count, part * part * (3 - 2 * part)))
    (u0, u1, a), (v0, v1, b) = parts
    return (1 - b) * ((1 - a) * values[u0, v0] + a * values[u1, v0]) + b * (
        (1 - a) * values[u0, v1] + a * values[u1, v1]
    )


def _cloud(rng: np.random.Generator, u: np.ndarray, v: np.ndarray, cells: int) -> np.ndarray:
    return sum(0.5**k * smooth_noise(rng, u, v, (cells * 2**k, cells * 2**k)) for k in range(3)) / 1.75


def stripes(rng, u, v, share):
    """One stripe."""
    return _band(v, 0.5, share)


def racing(rng, u, v, share):
    """A pair of stripes on either side of v = 1/2, together with the gap as wide as `share`."""
    return _band(v, 0.5 - 0.28 * share, 0.42 * share) + _band(v, 0.5 + 0.28 * share, 0.42 * share)


def livery(rng, u, v, share):
    """The lowest `share` in the figure's colour, and a thin line above it."""
    return _edge(share - v) + _band(v, share + 0.05, 0.035)


def checks(rng, u, v, share):
    """Two by two squares."""
    apart = np.minimum.reduce([np.abs(place - line) for place in (u, v) for line in (0, 0.5, 1)])
    return _edge(np.sign((u - 0.5) * (v - 0.5)) * apart)


def plaid(rng, u, v, share):
    """Broad and narrow bands that cross."""

    def bands(along: np.ndarray) -> np.ndarray:
        return 0.5 * _band(along, 0.3, 0.8 * share) + 0.5 * _band(along, 0.85, 0.12)

    return bands(u) + bands(v)


def dots(rng, u, v, share):
    """Round dots in a staggered grid, two to a picture."""
    radius = np.sqrt(share / (2 * np.pi))
    weight = np.zeros_like(u)
    for x, y in ((0.25, 0.25), (0.75, 0.75)):
        apart = np.hypot((u - x + 0.5) % 1 - 0.5, (v - y + 0.5) % 1 - 0.5)
        weight = np.maximum(weight, _edge(radius - apart))
    return weight


def grain(rng, u, v, share):
    """Wood grain along u."""
    bend = smooth_noise(rng, u, v, (2, 3))
    rings = 0.5 + 0.5 * np.sin(2 * np.pi * (5 * v + 0.9 * bend))
    return 0.55 * rings**2 + 0.45 * smooth_noise(rng, u, v, (3, 48))


def boards(rng, u, v, share):
    """Four boards along u, each of its own shade, with dark joints."""
    shade = rng.random(4)[np.floor(4 * v).astype(int) % 4]
    joint = 1 - _edge(np.abs((4 * v + 0.5) % 1 - 0.5) - 0.05, 0.03)
    return np.maximum(0.45 * shade + 0.2 * smooth_noise(rng, u, v, (3, 48)), joint)


def brick(rng, u, v, share):
    """Four courses of two bricks; the figure is the mortar."""
    course = np.floor(4 * v).astype(int) % 4
    along = 2 * u + 0.5 * (course % 2)
    shade = rng.random((4, 2))[course, np.floor(along).astype(int) % 2]
    gap = np.minimum(np.abs((along + 0.5) % 1 - 0.5) * 0.5, np.abs((4 * v + 0.5) % 1 - 0.5) * 0.25)
    return np.maximum(1 - _edge(gap - 0.014), 0.3 * shade)


def shingles(rng, u, v, share):
    """Four rows of rounded roof tiles, each row over the one below; the figure is their shade."""
    row = np.floor(4 * v).astype(int) % 4
    across = (4 * u + 0.5 * (row % 2)) % 1
    shade = rng.random((4, 4))[row, np.floor(4 * u + 0.5 * (row % 2)).astype(int) % 4]
    hem = (4 * v) % 1 - 0.45 * np.abs(2 * across - 1) ** 3
    return np.maximum.reduce([1 - _edge(hem, 0.12), 0.35 * shade, 0.7 * (1 - _edge(0.5 - np.abs(across - 0.5) - 0.03))])


def panels(rng, u, v, share):
    """Metal sheets: thin joints, in the middle of which the sheets break at a place of their own."""
    split = rng.uniform(0.3, 0.7, 2)
    lines = [np.abs((v + 0.5) % 1 - 0.5), np.abs(v - 0.5)]
    for place, half in zip(split, (v < 0.5, v >= 0.5), strict=True):
        lines.append(np.where(half, np.abs(u - place), 1.0))
    return 1 - _edge(np.minimum.reduce(lines) - 0.008)


def planks(rng, u, v, share):
    """Grooves of upright sheet metal or siding: eight ribs along u."""
    return 1 - _edge(np.abs((8 * v + 0.5) % 1 - 0.5) - 0.5 * share, 0.15)


def patches(rng, u, v, share):
    """Large blots, as on a cow."""
    return _blots(_cloud(rng, u, v, 3), share)


def spots(rng, u, v, share):
    """Small blots, as on a leopard or a trout."""
    place = (np.stack(np.mgrid[:5, :5], -1).reshape(-1, 2) + rng.uniform(0.15, 0.85, (25, 2))) / 5
    radius = 0.105 * np.sqrt(share / 0.5) * rng.uniform(0.7, 1.15, 25)
    warp = 0.04 * (_cloud(rng, u, v, 6) - 0.5)
    apart = [np.hypot((u - x + 0.5) % 1 - 0.5, (v - y + 0.5) % 1 - 0.5) for x, y in place]
    return _edge(np.max([r - a for r, a in zip(radius, apart, strict=True)], axis=0) + warp)


def tiger(rng, u, v, share):
    """Wavy stripes of changing width along u."""
    wave = v * 4 + 0.9 * smooth_noise(rng, u, v, (3, 3))
    return _blots(np.sin(2 * np.pi * wave) + 0.9 * _cloud(rng, u, v, 4), share)


def scales(rng, u, v, share):
    """Overlapping round scales, as on a fish."""
    row = np.floor(8 * v).astype(int)
    across = (4 * u + 0.5 * (row % 2)) % 1 - 0.5
    return np.clip(1.6 * (np.hypot(across, 0.55 * ((8 * v) % 1)) - 0.25), 0, 1)


def mottle(rng, u, v, share):
    """Soft clouds from the ground to the figure: stone, dirt, cloth."""
    noise = _cloud(rng, u, v, 8)
    return (noise - noise.min()) / np.ptp(noise)


def _blots(noise: np.ndarray, share: float) -> np.ndarray:
    """The highest `share` of the noise."""
    return _edge(noise - np.quantile(noise, 1 - share), 0.06 * np.ptp(noise))


PATTERNS: Mapping[str, Callable[[np.random.Generator, np.ndarray, np.ndarray, float], np.ndarray]] = {
    pattern.__name__: pattern
    for pattern in (
        stripes, racing, livery, checks, plaid, dots, grain, boards, brick, shingles, panels, planks, patches, spots,
        tiger, scales, mottle,
    )
}  # fmt: skip
"""Name -> (rng, u (H,W), v (H,W), share) -> weight of the figure (H,W) from 0 to 1; periodic in u and v."""
