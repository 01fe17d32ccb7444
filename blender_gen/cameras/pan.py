"""A camera that stands and turns."""

from dataclasses import dataclass, replace
from typing import ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from blender_gen.cameras.framing import frame
from blender_gen.cameras.motion import Motion, View, draw_direction, look_from
from blender_gen.cameras.shot import Shot
from blender_gen.trajectories.clip_time import clip_fraction
from blender_gen.trajectories.named import check

DEGREE = 3
FOLLOWS = 0.6
LEAST_FOLLOWED_RAD = np.radians(3)
MOST_TILT_RAD = np.radians(8)
SWEEP = (0.15, 0.45)  # of the field of view
EASED = np.array([0.75, 0.0, -0.25])  # smoothstep from -1/2 to 1/2
EVEN = np.array([0.5, 0.0, 0.0])


@dataclass(frozen=True)
class Pan(Motion):
    """A turn about the camera's own place, mostly horizontal: across the scene, or after what moves in it.

    The angles are polynomials without constant term in x = 2 t / duration - 1, so the target is in the middle of
    the picture halfway through the clip.

    Attributes:
        azimuth_rad: direction from the target to the camera, about z from +x.
        elevation_rad: the same, above the horizon.
        turn_rad: coefficients of x, x^2 and x^3 of the turn about z, positive to the left.
        tilt_rad: coefficients of x, x^2 and x^3 of the tilt, positive downwards.
    """

    name: ClassVar[str] = "pan"
    azimuth_rad: float
    elevation_rad: float
    turn_rad: tuple[float, ...]
    tilt_rad: tuple[float, ...]

    def __post_init__(self) -> None:
        for name in ("turn_rad", "tilt_rad"):
            found = getattr(self, name)
            check(len(found) == DEGREE, f"{name} of a pan", found, f"{DEGREE} numbers")

    def view(self, t: ArrayLike, duration_s: float) -> View:
        powers = _powers(clip_fraction(t, duration_s))
        turn, tilt = (np.sum(powers * coefficients, axis=-1) for coefficients in (self.turn_rad, self.tilt_rad))
        offset = look_from(np.full(turn.shape, self.azimuth_rad), self.elevation_rad).offset
        return View(offset, look_from(self.azimuth_rad + turn, self.elevation_rad + tilt).rotation)

    def scaled(self, factor: float) -> Self:
        turn, tilt = ((np.array(each) * factor).tolist() for each in (self.turn_rad, self.tilt_rad))
        return replace(self, turn_rad=tuple(turn), tilt_rad=tuple(tilt))

    @classmethod
    def draw(cls, rng: np.random.Generator, shot: Shot) -> Self:
        azimuth, elevation = draw_direction(rng)
        follows, share, sign, extent, slope = rng.random(), rng.uniform(0.4, 1), rng.choice((-1, 1)), *rng.random(2)
        shape = EASED if rng.integers(2) else EVEN
        turn, tilt = share * _bearings(azimuth, elevation, shot)
        powers = _powers(shot.times / shot.duration_s)
        if follows > FOLLOWS or np.ptp(powers @ turn) < LEAST_FOLLOWED_RAD:
            field_of_view = 2 * np.arctan(0.5 / shot.focal_widths)
            turn = sign * np.interp(extent, (0, 1), SWEEP) * field_of_view * shape
            tilt = (2 * slope - 1) * MOST_TILT_RAD * shape
        tilt = tilt * min(1.0, MOST_TILT_RAD / max(np.abs(tilt).sum(), 1e-9))
        return cls(azimuth, elevation, tuple(turn.tolist()), tuple(tilt.tolist()))


def _powers(fraction: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return x, x^2 and x^3 (...,3) at shares (...) of the clip."""
    x = 2 * fraction - 1
    return np.stack([x, x * x, x * x * x], axis=-1)


def _bearings(azimuth: float, elevation: float, shot: Shot) -> NDArray[np.float64]:
    """Fit turn and tilt (2,3) that keep the middle of the points in the middle of a camera that stands there."""
    view = look_from(np.full(len(shot.times), azimuth), elevation)
    framing = frame(view, shot)
    seen = shot.track - framing.target - framing.distance_m * view.offset  # (T,3) from the camera
    right, down, forward = np.moveaxis(np.einsum("tij,ti->tj", view.rotation, seen), -1, 0).copy()
    level = np.cos(elevation) * forward - np.sin(elevation) * down
    angles = -np.arctan2(right, level), np.arctan2(down, forward)
    fitted, *_ = np.linalg.lstsq(
        _constant_and(_powers(shot.times / shot.duration_s)), np.stack(angles, axis=1), rcond=None
    )
    return fitted[1:].T


def _constant_and(powers: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.column_stack([np.ones(len(powers)), powers])
