"""Random cameras that frame what they are shown."""

import numpy as np
from numpy.typing import ArrayLike

from blender_gen.cameras.errors import FramingError
from blender_gen.cameras.framing import frame_points
from blender_gen.cameras.registry import MOTIONS
from blender_gen.cameras.spec import CameraSpec
from blender_gen.trajectories.clip_time import check_duration, clip_fraction
from blender_gen.trajectories.named import select

FIELD_OF_VIEW_RAD = (np.radians(30), np.radians(60))


def draw_camera(
    rng: np.random.Generator,
    motion: str,
    swept_corners: ArrayLike,
    times: ArrayLike,
    width: int,
    height: int,
    margin: float,
    *,
    duration_s: float | None = None,
) -> CameraSpec:
    """Draw a camera that holds all corners at all times; a pure function of the generator's state.

    Args:
        motion: a name in MOTIONS.
        swept_corners: (T,K,3) corners of all boxes in the world, metres.
        times: (T,) seconds, from 0.
        width, height: of the picture, in pixels.
        margin: share of the width kept free left and right, and of the height above and below.
        duration_s: of the clip, as later given to `CameraSpec.build`; the last of `times` when left out.

    Raises:
        MotionError: an unknown motion, or times outside the clip.
        FramingError: arrays that do not fit together, or a margin that leaves nothing.
    """
    times = np.asarray(times, dtype=np.float64)
    if times.ndim != 1 or len(times) == 0:
        raise FramingError(f"times of shape {times.shape} cannot be framed; expected (T,)")
    duration_s = check_duration(times[-1] if duration_s is None else duration_s)
    shape = select(MOTIONS, motion, "camera motion").draw(rng)
    focal_widths = float(0.5 / np.tan(rng.uniform(*FIELD_OF_VIEW_RAD) / 2))
    view = shape.view(clip_fraction(times, duration_s))
    framing = frame_points(view, swept_corners, focal_widths, height / width, margin)
    return CameraSpec(shape, focal_widths, framing.target, framing.distance_m)
