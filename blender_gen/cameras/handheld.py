"""A camera in a human hand."""

from dataclasses import dataclass, replace
from typing import ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from blender_gen.cameras.motion import Motion, View, draw_direction, look_from
from blender_gen.cameras.shot import Shot
from blender_gen.trajectories.clip_time import clip_fraction
from blender_gen.trajectories.named import check

AXES = 3
BANDS_HZ = ((0.25, 0.5), (0.7, 1.2), (1.6, 2.4))
WAVES = 2 * AXES * len(BANDS_HZ)
TURN_RAD = np.radians((0.4, 1.2))
SHIFT = (0.004, 0.012)
DRIFTS = 0.5
DRIFT = (0.02, 0.12)


@dataclass(frozen=True)
class Handheld(Motion):
    """A place that stays or drifts slowly, and a smooth shake in place and direction, roll too.

    Each of six channels sways as a sum of sinusoids, one of each band of frequencies, with amplitudes in inverse
    proportion to the frequencies; so a channel never exceeds its bound, and never repeats within a clip.

    Attributes:
        azimuth_rad: direction from the target to the camera halfway through the clip, shake aside, about z from +x.
        elevation_rad: the same, above the horizon.
        drift: way (right, down, forward) over the clip, in units of the distance.
        turn_rad: bounds of the shake about the camera's x (pitch), y (yaw) and z axis (roll).
        shift: bounds of the shake along the camera's x, y and z axis, in units of the distance.
        frequencies_hz: of the sinusoids, those of each channel after another: pitch, yaw, roll, x, y, z.
        phases_rad: of the sinusoids.
    """

    name: ClassVar[str] = "handheld"
    azimuth_rad: float
    elevation_rad: float
    drift: tuple[float, ...]
    turn_rad: tuple[float, ...]
    shift: tuple[float, ...]
    frequencies_hz: tuple[float, ...]
    phases_rad: tuple[float, ...]

    def __post_init__(self) -> None:
        counts = {"drift": AXES, "turn_rad": AXES, "shift": AXES, "frequencies_hz": WAVES, "phases_rad": WAVES}
        for name, count in counts.items():
            found = getattr(self, name)
            check(len(found) == count, f"{name} of a handheld camera", found, f"{count} numbers")
        least = min(self.frequencies_hz)
        check(least > 0, "the least of frequencies_hz of a handheld camera", least, "above 0")

    def view(self, t: ArrayLike, duration_s: float) -> View:
        fraction = clip_fraction(t, duration_s)
        steady = look_from(self.azimuth_rad, self.elevation_rad)
        sways = self._sways(np.asarray(t, dtype=np.float64))
        moved = (fraction[..., None] - 0.5) * self.drift + sways[..., AXES:] * self.shift
        offset = steady.offset + np.einsum("ij,...j->...i", steady.rotation, moved)
        turned = _rotation(sways[..., :AXES] * self.turn_rad)
        return View(offset, np.einsum("ij,...jk->...ik", steady.rotation, turned))

    def _sways(self, t: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the six channels (...,6) at t (...) seconds, in [-1, 1]."""
        frequency = np.array(self.frequencies_hz)
        waves = np.sin(2 * np.pi * frequency * t[..., None] + self.phases_rad) / frequency
        by_channel = (2 * AXES, len(BANDS_HZ))
        total = np.sum(1 / frequency.reshape(by_channel), axis=-1)
        return np.sum(waves.reshape(*t.shape, *by_channel), axis=-1) / total

    def scaled(self, factor: float) -> Self:
        smaller = {name: (np.array(getattr(self, name)) * factor).tolist() for name in ("drift", "turn_rad", "shift")}
        return replace(self, **{name: tuple(values) for name, values in smaller.items()})

    @classmethod
    def draw(cls, rng: np.random.Generator, shot: Shot) -> Self:
        azimuth, elevation = draw_direction(rng)
        way = rng.normal(size=AXES)
        drift = way / np.linalg.norm(way) * rng.uniform(*DRIFT) * (rng.random() < DRIFTS)
        turn, shift = rng.uniform(*TURN_RAD, AXES), rng.uniform(*SHIFT, AXES)
        frequencies = rng.uniform(*np.transpose(BANDS_HZ), (2 * AXES, len(BANDS_HZ))).ravel()
        phases = rng.uniform(-np.pi, np.pi, WAVES)
        vectors = (drift, turn, shift, frequencies, phases)
        return cls(azimuth, elevation, *(tuple(vector.tolist()) for vector in vectors))


def _rotation(angles: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the rotations (...,3,3) Ry(yaw) Rx(pitch) Rz(roll) for angles (...,3) about x, y and z, in radians."""
    (sin_x, sin_y, sin_z), (cos_x, cos_y, cos_z) = (
        np.moveaxis(function(angles), -1, 0) for function in (np.sin, np.cos)
    )
    rows = (
        (cos_y * cos_z + sin_y * sin_x * sin_z, sin_y * sin_x * cos_z - cos_y * sin_z, sin_y * cos_x),
        (cos_x * sin_z, cos_x * cos_z, -sin_x),
        (cos_y * sin_x * sin_z - sin_y * cos_z, sin_y * sin_z + cos_y * sin_x * cos_z, cos_y * cos_x),
    )
    return np.stack([np.stack(row, axis=-1) for row in rows], axis=-2)
