"""Framing: where a camera of a given motion has to stand to hold all points, as close as it may or farther off.

With the directions of view given, "this point is inside that edge of the frame at that time" is linear in the
target's coordinates and in the distance. So the closest camera is the solution of a small linear program.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import linprog

from blender_gen.cameras.errors import FramingError
from blender_gen.cameras.motion import View
from blender_gen.cameras.shot import Shot

NEAREST_M = 0.3
LOWEST_M = 0.2
RELAXATION = 1e-6
FLAT = 1e-9
MIDDLE = (0.5, 0.5)


@dataclass(frozen=True)
class Framing:
    """The target (3,) in the world and the distance, in metres, of the camera that frames the points."""

    target: tuple[float, float, float]
    distance_m: float


@dataclass(frozen=True)
class _Rows:
    """Conditions ``shift @ moved + gain * distance >= need`` on a target that has been moved (2,)."""

    shift: NDArray[np.float64]  # (M,2)
    gain: NDArray[np.float64]  # (M,)
    need: NDArray[np.float64]  # (M,)

    def distance(self, moved: NDArray[np.float64]) -> float:
        """The smallest distance at which all hold for a target moved by (2,), where all gains are above 0."""
        return float(np.max((self.need - self.shift @ moved) / self.gain))


@dataclass(frozen=True)
class _Program:
    """The conditions on a camera, and the mean depth of the points' middle: ``per_move @ moved + per_distance * d``."""

    centre: NDArray[np.float64]  # (3,)
    across: NDArray[np.float64]  # (3,2) the directions in which the target moves: right in the picture, up
    rows: _Rows
    per_move: NDArray[np.float64]  # (2,)
    per_distance: float

    @property
    def keeps_target(self) -> bool:
        """Whether the camera always stands above its target, and has it inside the frame less the margin."""
        return bool(np.all(self.rows.gain > 0))

    def closest(self) -> float:
        """Return the least mean depth of the middle."""
        cost = np.append(self.per_move, self.per_distance)
        return float(cost @ _solve(cost, np.column_stack([self.rows.shift, self.rows.gain]), self.rows.need))

    def placed(self, depth_m: float, place: Sequence[float]) -> NDArray[np.float64]:
        """Return the move (2,) of the target that puts the points at a place within the room left at this depth.

        A target further to the right, or further up, puts the points further to the left, or further down.
        """
        shift = self.rows.shift - np.outer(self.rows.gain, self.per_move / self.per_distance)
        need = self.rows.need - self.rows.gain * (depth_m / self.per_distance)
        most, least = (_solve((cost, 0.0), shift, need)[0] for cost in (-1.0, 1.0))
        right = most + place[0] * (least - most)
        lowest, highest = _interval(shift[:, 1], need - shift[:, 0] * right)
        return np.array([right, lowest + place[1] * (highest - lowest)])


def keeps_target(view: View, shot: Shot) -> bool:
    """Tell whether a view always stands above its target, and has it inside the frame less the margin."""
    return _program(view, shot).keeps_target


def closest_depth(view: View, shot: Shot) -> float:
    """Return the least mean depth, in metres, of the points' middle in a framing of theirs.

    Raises:
        FramingError: as `frame`.
    """
    return _checked_program(view, shot).closest()


def frame(view: View, shot: Shot, room: float = 1.0, place: Sequence[float] = MIDDLE) -> Framing:
    """Return a framing that keeps all points inside the frame less the margin at all times.

    Every point is also at least 0.3 m deep and the camera at least 0.2 m above the floor. The target is the
    middle of the points' extent, moved up or down and to the right or left of the middle view. Closest means
    the least mean depth of the extent's middle.

    Args:
        view: the motion's view at the shot's times, (T,3) and (T,3,3).
        room: how many times as deep as in the closest framing that middle is, from 1.
        place: where the points are within the room that the frame then leaves, from left (0) to right (1) and
            from top (0) to bottom (1).

    Raises:
        FramingError: a view that has its target outside the frame at some time, or looks at it from below.
    """
    program = _checked_program(view, shot)
    depth = program.closest() * max(room, 1 + RELAXATION)
    moved = program.placed(depth, place)
    distance = program.rows.distance(moved)
    if room > 1:
        distance = max(distance, float(depth - program.per_move @ moved) / program.per_distance)
    target = program.centre + program.across @ moved
    return Framing((float(target[0]), float(target[1]), float(target[2])), distance)


def _checked_program(view: View, shot: Shot) -> _Program:
    program = _program(view, shot)
    if not program.keeps_target:
        raise FramingError("the camera should look down at its target and keep it in its frame; use a smaller motion")
    return program


def _program(view: View, shot: Shot) -> _Program:
    forward = view.rotation[..., 2]
    across = np.column_stack([view.rotation[len(shot.times) // 2, :, 0], (0.0, 0.0, 1.0)])
    return _Program(
        centre=shot.centre,
        across=across,
        rows=_conditions(view, shot, across),
        per_move=-np.mean(forward, axis=0) @ across,
        per_distance=-float(np.mean(np.sum(forward * view.offset, axis=-1))),
    )


def _conditions(view: View, shot: Shot, across: NDArray[np.float64]) -> _Rows:
    """Return what the frame's four edges, the least depth and the floor ask for at all times."""
    points, forward, height = shot.points - shot.centre, view.rotation[..., 2], view.offset[:, 2]
    edges = [
        _rows(normal, view, _least(points, normal), across)
        for axis, half in enumerate(shot.half_size)
        for normal in (half * forward + view.rotation[..., axis], half * forward - view.rotation[..., axis])
    ]
    depths = _rows(forward, view, _least(points, forward) - NEAREST_M, across)
    floor = _Rows(np.tile(across[2], (len(height), 1)), height, np.full(len(height), LOWEST_M - shot.centre[2]))
    groups = (*edges, depths, floor)
    columns = ([getattr(group, name) for group in groups] for name in ("shift", "gain", "need"))
    return _Rows(*(np.concatenate(column) for column in columns))


def _rows(normal: NDArray[np.float64], view: View, least: NDArray[np.float64], across: NDArray[np.float64]) -> _Rows:
    """``normal @ (p - target - distance * offset) >= 0`` for the p (T,) with the least (T,) normal @ p."""
    return _Rows(-normal @ across, -np.sum(normal * view.offset, axis=-1), -least)


def _least(points: NDArray[np.float64], normal: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.min(np.einsum("tki,ti->tk", points, normal), axis=1)


def _interval(shift: NDArray[np.float64], need: NDArray[np.float64]) -> tuple[float, float]:
    """Return the ends of the x with ``shift * x >= need``; where rounding leaves none, twice the middle."""
    lowest = float(np.max(need[shift > FLAT] / shift[shift > FLAT]))
    highest = float(np.min(need[shift < -FLAT] / shift[shift < -FLAT]))
    return (lowest, highest) if lowest <= highest else ((lowest + highest) / 2,) * 2


def _solve(cost: ArrayLike, table: NDArray[np.float64], least: NDArray[np.float64]) -> NDArray[np.float64]:
    """Minimise cost @ x subject to table @ x >= least, x free."""
    result = linprog(cost, A_ub=-table, b_ub=-least, bounds=(None, None), method="highs-ds")
    if result.status != 0:
        raise FramingError(f"no camera was found that holds these points in its frame: {result.message}")
    return result.x
