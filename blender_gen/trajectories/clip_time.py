"""Times of a clip as shares of its duration."""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from blender_gen.trajectories.errors import MotionError

ROUNDING = 1e-9


def check_duration(duration_s: float) -> float:
    """Return `duration_s` as a float.

    Raises:
        MotionError: it is not a finite number above 0.
    """
    if not (duration_s > 0 and math.isfinite(duration_s)):
        raise MotionError(f"a clip should last longer than 0 s, not {duration_s} s")
    return float(duration_s)


def clip_fraction(t: ArrayLike, duration_s: float) -> NDArray[np.float64]:
    """Return the share (...) of the clip that has passed at t (...) seconds.

    Raises:
        MotionError: a time outside [0, duration_s], rounding aside.
    """
    fraction = np.asarray(t, dtype=np.float64) / duration_s
    if not np.all((fraction >= -ROUNDING) & (fraction <= 1 + ROUNDING)):
        raise MotionError(f"the time {np.asarray(t)} s is outside the clip, which lasts {duration_s} s")
    return np.clip(fraction, 0.0, 1.0)
