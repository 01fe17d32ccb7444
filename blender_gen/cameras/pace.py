"""How fast a camera goes through its movement."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from blender_gen.trajectories.clip_time import clip_fraction
from blender_gen.trajectories.named import check
from blender_gen.trajectories.profiles import Constant, Ease

RAMPS = (0.0, 0.3)


def check_ramp(ramp: float, what: str) -> None:
    """Raise a MotionError unless a clip holds this ramp twice."""
    check(0 <= ramp <= 0.5, f"ramp of {what}", ramp, "from 0 to 0.5")


def travelled(t: ArrayLike, duration_s: float, ramp: float) -> NDArray[np.float64]:
    """Return the share (...) of a movement that lies behind at t (...) seconds.

    Args:
        ramp: share of the clip spent speeding up, and again slowing down, at most 0.5; 0 is constant speed.
    """
    speed = Ease(ramp) if ramp > 0 else Constant()
    return speed.fraction(clip_fraction(t, duration_s))
