"""Random cameras that frame what they are shown."""

import numpy as np
from numpy.typing import ArrayLike

from blender_gen.cameras.errors import FramingError
from blender_gen.cameras.framing import Framing, closest_depth, frame, keeps_target
from blender_gen.cameras.motion import Motion, View
from blender_gen.cameras.registry import MOTIONS
from blender_gen.cameras.shot import Shot
from blender_gen.cameras.spec import CameraSpec
from blender_gen.trajectories.clip_time import check_duration
from blender_gen.trajectories.named import select

FIELD_OF_VIEW_RAD = (np.radians(20), np.radians(70))
CORNERS = 8
REDUCTIONS = (1.0, 0.7, 0.5, 0.3, 0.15, 0.07, 0.03)
FARTHER = 1.5
FARTHEST = 2.5
LARGEST_AREA = (0.1, 0.4)
LEAST_AREA = 0.085
ACROSS = (0.3, 0.3)  # of beta distributions, most at the ends: clips fill the frame's sides as much as its middle
UPRIGHT = (0.3, 0.1)


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
        swept_corners: (T,8N,3) corners of N boxes in the world, metres, eight of each box after another.
        times: (T,) seconds, from 0: those of the frames, or with times between them, to hold fast turns there too.
        width, height: of the picture, in pixels.
        margin: share of the width kept free left and right, and of the height above and below.
        duration_s: of the clip, as later given to `CameraSpec.build`; the last of `times` when left out.

    Raises:
        MotionError: an unknown motion, or times outside the clip.
        FramingError: arrays that do not fit together, or a margin that leaves nothing,
            or points that the motion cannot hold however small it is made.
    """
    times = np.asarray(times, dtype=np.float64)
    if times.ndim != 1 or len(times) == 0:
        raise FramingError(f"times of shape {times.shape} cannot be framed; expected (T,)")
    kind = select(MOTIONS, motion, "camera motion")
    focal_widths = float(0.5 / np.tan(rng.uniform(*FIELD_OF_VIEW_RAD) / 2))
    duration_s = check_duration(times[-1] if duration_s is None else duration_s)
    corners = np.asarray(swept_corners, dtype=np.float64)
    if corners.ndim != 3 or corners.shape[1] % CORNERS != 0:
        raise FramingError(f"corners of shape {corners.shape} are not those of boxes; expected (T,{CORNERS}N,3)")
    shot = Shot(corners, times, duration_s, focal_widths, height / width, margin)
    shape = hold(kind.draw(rng, shot), shot)
    view = shape.view(shot.times, shot.duration_s)
    room = _room(rng, largest_area(view, frame(view, shot), shot))
    framing = frame(view, shot, room, (rng.beta(*ACROSS), rng.beta(*UPRIGHT)))
    return CameraSpec(shape, focal_widths, framing.target, framing.distance_m)


def hold(motion: Motion, shot: Shot) -> Motion:
    """Return the motion, made smaller where it would otherwise have to stand much farther off than without moving.

    Raises:
        FramingError: even a small share of the motion is too much.
    """
    if not motion.moving:
        return motion
    limit = FARTHER * closest_depth(motion.scaled(0.0).view(shot.times, shot.duration_s), shot)
    for factor in REDUCTIONS:
        smaller = motion.scaled(factor)
        view = smaller.view(shot.times, shot.duration_s)
        if keeps_target(view, shot) and closest_depth(view, shot) <= limit:
            return smaller
    raise FramingError(f"the motion {motion.name} cannot hold these points in its frame, however small it is")


def largest_area(view: View, framing: Framing, shot: Shot) -> float:
    """Return the share of the frame that the largest box takes, by its extent in the picture, on average over time."""
    camera = np.asarray(framing.target) + framing.distance_m * view.offset
    seen = np.einsum("tij,tki->tkj", view.rotation, shot.points - camera[:, None])
    film = seen[..., :2] / seen[..., 2:] * shot.focal_widths
    boxes = film.reshape(len(film), -1, CORNERS, 2)
    extent = boxes.max(axis=2) - boxes.min(axis=2)  # (T,N,2) in widths of the picture
    return float(np.max(np.mean(extent[..., 0] * extent[..., 1], axis=0)) / shot.aspect)


def _room(rng: np.random.Generator, area: float) -> float:
    """Draw how many times as far as the closest camera one stands that would show the largest box at this size.

    Mostly little more than once; more where the box would be larger than a drawn size, and no more where it would be
    small.
    """
    spare = 1 + rng.random() ** 3
    wanted = np.exp(rng.uniform(*np.log(LARGEST_AREA)))
    return float(np.clip(max(spare, np.sqrt(area / wanted)), 1, np.clip(np.sqrt(area / LEAST_AREA), 1, FARTHEST)))
