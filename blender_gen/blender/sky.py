"""Skies as equirectangular pictures, computed from their numbers; no bpy.

A picture is (H,W,3) float64, linear Rec. 709, top row first. Its middle column looks along +x and azimuth grows to the
left, as Cycles maps directions to pictures. The lower half repeats the horizon.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

WIDTH, HEIGHT = 1024, 512
LUMINANCE = np.array([0.2126, 0.7152, 0.0722])
RGB_FROM_XYZ = np.array([[3.2406, -1.5372, -0.4986], [-0.9689, 1.8758, 0.0415], [0.0557, -0.2040, 1.0570]])
LATTICE = 256  # cells after which the clouds' noise repeats
CLOUD_OCTAVES = 5
HORIZON_RAD = np.radians(8.0)


def directions(width: int, height: int) -> np.ndarray:
    """Return the unit vectors (H,W,3) that a picture's pixels look along."""
    azimuth = (0.5 - (np.arange(width) + 0.5) / width) * 2 * np.pi
    elevation = (0.5 - (np.arange(height) + 0.5) / height) * np.pi
    flat = np.cos(elevation)[:, None]
    up = np.broadcast_to(np.sin(elevation)[:, None], (height, width))
    return np.stack([flat * np.cos(azimuth), flat * np.sin(azimuth), up], axis=-1)


def sky_picture(sky: Mapping[str, Any], sun: Mapping[str, Any] | None) -> np.ndarray:
    """Return the picture of a sky given as `blender_gen.scenes.light` writes it; of no particular brightness."""
    upper = directions(WIDTH, HEIGHT)[: HEIGHT // 2]
    if sky["kind"] == "gradient":
        height = np.sqrt(upper[..., 2:])
        half = (1 - height) * np.array(sky["horizon"]) + height * np.array(sky["zenith"])
    else:
        toward_sun = _direction(sun["azimuth_rad"], sun["elevation_rad"])
        clear = preetham(upper, toward_sun, sky["turbidity"])
        half = _with_haze(with_clouds(clear, upper, sky["cloud_cover"], sky["cloud_seed"]), upper)
    return np.concatenate([half, np.repeat(half[-1:], HEIGHT - HEIGHT // 2, axis=0)])


def preetham(view: np.ndarray, toward_sun: np.ndarray, turbidity: float) -> np.ndarray:
    """Return the light of a clear sky, relative to its zenith's luminance.

    A. J. Preetham, P. Shirley, B. Smits: A Practical Analytic Model for Daylight, SIGGRAPH 1999, appendix A.2.

    Args:
        view: directions (...,3) above the horizon.
        toward_sun: direction (3,).

    Returns:
        linear RGB (...,3), zero or more.
    """
    t = turbidity
    theta_sun = np.arccos(toward_sun[2])
    powers = theta_sun ** np.arange(3, -1, -1)
    turbidities = np.array([t * t, t, 1.0])
    zenith = (1.0, turbidities @ _ZENITH_X @ powers, turbidities @ _ZENITH_Y @ powers)
    cos_theta = np.maximum(view[..., 2], 1e-3)
    gamma = np.arccos(np.clip(view @ toward_sun, -1, 1))
    values = []
    for table, at_zenith in zip((_LUMINANCE, _CHROMA_X, _CHROMA_Y), zenith, strict=True):
        a, b, c, d, e = table @ (t, 1.0)

        def perez(cosine: Any, angle: Any, a=a, b=b, c=c, d=d, e=e) -> Any:
            return (1 + a * np.exp(b / cosine)) * (1 + c * np.exp(d * angle) + e * np.cos(angle) ** 2)

        values.append(at_zenith * perez(cos_theta, gamma) / perez(1.0, theta_sun))
    luminance, x, y = values
    xyz = np.stack([luminance / y * x, luminance, luminance / y * (1 - x - y)], axis=-1)
    return np.maximum(xyz @ RGB_FROM_XYZ.T, 0.0)


def with_clouds(clear: np.ndarray, view: np.ndarray, cover: float, seed: int) -> np.ndarray:
    """Return a sky (...,3) with clouds on a plane overhead that cover about this share of it."""
    if cover <= 0:
        return clear
    plane = view[..., :2] / (view[..., 2:] + 0.12)
    density = _cloud_noise(plane * 1.3, np.random.Generator(np.random.PCG64(seed)))
    threshold = np.quantile(density, 1 - cover)
    thickness = np.clip((density - threshold) / 0.18 + 0.25, 0.0, 1.0)
    thickness = thickness * thickness * (3 - 2 * thickness)
    thickness *= np.clip(view[..., 2] / 0.1, 0.0, 1.0)  # nearer to the horizon they are too fine for the picture
    mean = float((clear @ LUMINANCE).mean())
    depth = np.clip((density - threshold) / 0.4, 0.0, 1.0)
    cloud = mean * (2.4 - 1.2 * depth)[..., None] * np.array([1.0, 1.0, 1.02])
    return clear + 0.9 * thickness[..., None] * (cloud - clear)


def _with_haze(sky: np.ndarray, view: np.ndarray) -> np.ndarray:
    """Pale the sky towards the horizon, where Preetham's model turns brown under a high sun."""
    haze = 1.2 * float((sky @ LUMINANCE).mean()) * np.array([0.95, 1.0, 1.06])
    return sky + 0.75 * np.exp(-view[..., 2:] / 0.07) * (haze - sky)


def mean_light(picture: np.ndarray) -> float:
    """Return by how much a picture's sky lights a scene: a mean luminance over its upper half.

    Half of it weighs directions as a floor does (by the sine of their elevation), half alike, so that under a low sun
    neither the floor nor what stands on it gets too much.
    """
    height = picture.shape[0]
    elevation = (0.5 - (np.arange(height) + 0.5) / height) * np.pi
    luminance = (picture @ LUMINANCE).mean(axis=1)
    alike = np.cos(elevation) * (elevation > 0)
    floor = alike * np.sin(elevation)
    return float(0.5 * (luminance @ alike) / alike.sum() + 0.5 * (luminance @ floor) / floor.sum())


def horizon_ring(picture: np.ndarray) -> np.ndarray:
    """Return the colour (W,3) into which far ground fades in each column: the mean just above the horizon, blurred."""
    height, width = picture.shape[:2]
    rows = max(1, round(HORIZON_RAD / np.pi * height))
    band = picture[height // 2 - rows : height // 2]
    limit = 2.0 * mean_light(picture)
    luminance = band @ LUMINANCE
    band = band * np.minimum(1.0, limit / np.maximum(luminance, 1e-9))[..., None]
    ring = band.mean(axis=0)
    reach = max(1, width // 24)
    wrapped = np.concatenate([ring[-reach:], ring, ring[:reach]])
    total = np.cumsum(np.concatenate([np.zeros((1, 3)), wrapped]), axis=0)
    return (total[2 * reach + 1 :] - total[: -2 * reach - 1]) / (2 * reach + 1)


def _cloud_noise(points: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Sum octaves of smooth value noise at points (...,2)."""
    lattice = rng.uniform(size=(LATTICE, LATTICE))
    shifts = rng.uniform(0, LATTICE, size=(CLOUD_OCTAVES, 2))
    total = np.zeros(points.shape[:-1])
    for octave, shift in enumerate(shifts):
        place = points * 2.0**octave + shift
        cell = np.floor(place).astype(np.int64)
        u, v = np.moveaxis(place - cell, -1, 0)
        u, v = u * u * (3 - 2 * u), v * v * (3 - 2 * v)
        i, j = np.moveaxis(cell, -1, 0)
        i0, i1, j0, j1 = i % LATTICE, (i + 1) % LATTICE, j % LATTICE, (j + 1) % LATTICE
        low = lattice[i0, j0] * (1 - u) + lattice[i1, j0] * u
        high = lattice[i0, j1] * (1 - u) + lattice[i1, j1] * u
        total += 0.5**octave * (low * (1 - v) + high * v)
    return total


def _direction(azimuth_rad: float, elevation_rad: float) -> np.ndarray:
    flat = np.cos(elevation_rad)
    return np.array([flat * np.cos(azimuth_rad), flat * np.sin(azimuth_rad), np.sin(elevation_rad)])


_LUMINANCE = np.array([[0.1787, -1.4630], [-0.3554, 0.4275], [-0.0227, 5.3251], [0.1206, -2.5771], [-0.0670, 0.3703]])
_CHROMA_X = np.array([[-0.0193, -0.2592], [-0.0665, 0.0008], [-0.0004, 0.2125], [-0.0641, -0.8989], [-0.0033, 0.0452]])
_CHROMA_Y = np.array([[-0.0167, -0.2608], [-0.0950, 0.0092], [-0.0079, 0.2102], [-0.0441, -1.6537], [-0.0109, 0.0529]])
_ZENITH_X = np.array(
    [[0.00166, -0.00375, 0.00209, 0.0], [-0.02903, 0.06377, -0.03202, 0.00394], [0.11693, -0.21196, 0.06052, 0.25886]]
)
_ZENITH_Y = np.array(
    [[0.00275, -0.00610, 0.00317, 0.0], [-0.04214, 0.08970, -0.04153, 0.00516], [0.15346, -0.26756, 0.06670, 0.26688]]
)
