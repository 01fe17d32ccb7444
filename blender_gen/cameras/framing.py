"""Framing: where a camera of a given motion has to stand to hold all points, as close as it may.

With the directions of view given, "this point is inside that edge of the frame at that time" is linear in the
target's coordinates and in the distance. So the closest camera is the solution of a small linear program.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import linprog

from blender_gen.cameras.errors import FramingError
from blender_gen.cameras.motion import View

NEAREST_M = 0.3
LOWEST_M = 0.2
RELAXATION = 1e-6


@dataclass(frozen=True)
class Framing:
    """The target (3,) in the world and the distance, in metres, of the camera that frames the points."""

    target: tuple[float, float, float]
    distance_m: float


@dataclass(frozen=True)
class _Rows:
    """Conditions ``shift @ moved + gain * distance >= need`` on a target that has been moved (2,)."""

    shift: NDArray[np.float64]  # (M,2)
    gain: NDArray[np.float64]  # (M,) > 0
    need: NDArray[np.float64]  # (M,)

    def distance(self, moved: NDArray[np.float64]) -> float:
        """The smallest distance at which all conditions hold for a target moved by (2,)."""
        return float(np.max((self.need - self.shift @ moved) / self.gain))


def frame_points(view: View, points: NDArray[np.float64], focal_widths: float, aspect: float, margin: float) -> Framing:
    """Return the closest framing that keeps all points inside the frame less a margin at all times.

    Every point is also at least 0.3 m deep and the camera at least 0.2 m above the floor. The target is the
    middle of the points' extent, moved up or down and to the right or left of the middle view. Closest means
    the least mean depth of that middle; where the frame then leaves room in one direction, the points are
    centred in it.

    Args:
        view: the motion's view at T times, (T,3) and (T,3,3), with the camera above the target.
        points: (T,K,3) in the world, metres.
        focal_widths: focal length in widths of the picture.
        aspect: height / width of the picture.
        margin: share of the width kept free left and right, and of the height above and below, below 0.5.

    Raises:
        FramingError: arrays that do not fit together, points that are not finite, a margin that leaves
            nothing, or a view away from the target or from below it.
    """
    points = np.asarray(points, dtype=np.float64)
    _check(view, points, margin)
    extent = points.reshape(-1, 3)
    centre = (extent.min(axis=0) + extent.max(axis=0)) / 2
    across = np.column_stack([view.rotation[len(points) // 2, :, 0], (0.0, 0.0, 1.0)])  # (3,2)
    half_width = (0.5 - margin) / focal_widths
    groups = (
        _side_rows(view, points - centre, across, axis=0, half=half_width),
        _side_rows(view, points - centre, across, axis=1, half=half_width * aspect),
        _depth_rows(view, points - centre, across),
        _floor_rows(view, centre, across),
    )
    rows = _joined(*groups)
    if not np.all(rows.gain > 0):
        raise FramingError("the camera motion should look down at its target, and at some time it does not")
    depth_per_move = np.mean(view.offset, axis=0) @ across  # (2,)
    cost = np.append(depth_per_move, 1.0)
    closest = cost @ _solve(cost, np.column_stack([rows.shift, rows.gain]), rows.need)
    by_depth = _Rows(rows.shift - np.outer(rows.gain, depth_per_move), rows.gain, rows.need)
    group = np.repeat(np.arange(len(groups)), [len(each.gain) for each in groups])
    centred = [_centred(by_depth, group == axis, closest * (1 + RELAXATION)) for axis in (0, 1)]
    moved = max(centred, key=lambda found: found[1])[0]
    target = centre + across @ moved
    return Framing((float(target[0]), float(target[1]), float(target[2])), rows.distance(moved))


def _check(view: View, points: NDArray[np.float64], margin: float) -> None:
    if points.ndim != 3 or points.shape[2] != 3 or points.shape[1] == 0 or not np.all(np.isfinite(points)):
        raise FramingError(f"points of shape {points.shape} cannot be framed; expected finite (T,K,3)")
    if view.offset.shape != (len(points), 3) or len(points) == 0:
        raise FramingError(f"{len(points)} frames of points need as many views, not {view.offset.shape}")
    if not 0 <= margin < 0.5:
        raise FramingError(f"a margin of {margin} leaves nothing of the frame; choose one from 0, below 0.5")


def _rows(normal: NDArray[np.float64], view: View, support: NDArray[np.float64], across: NDArray[np.float64]) -> _Rows:
    """``normal @ (p - target - distance * offset) >= 0`` for the p (T,) with the least normal @ p."""
    return _Rows(-normal @ across, -np.sum(normal * view.offset, axis=-1), -support)


def _side_rows(view: View, points: NDArray[np.float64], across: NDArray[np.float64], axis: int, half: float) -> _Rows:
    forward, side = view.rotation[..., 2], view.rotation[..., axis]
    both = (half * forward + side, half * forward - side)  # (T,3) each
    return _joined(*(_rows(normal, view, _least(points, normal), across) for normal in both))


def _depth_rows(view: View, points: NDArray[np.float64], across: NDArray[np.float64]) -> _Rows:
    forward = view.rotation[..., 2]
    return _rows(forward, view, _least(points, forward) - NEAREST_M, across)


def _least(points: NDArray[np.float64], normal: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.min(np.einsum("tki,ti->tk", points, normal), axis=1)


def _floor_rows(view: View, centre: NDArray[np.float64], across: NDArray[np.float64]) -> _Rows:
    height = view.offset[:, 2]
    return _Rows(np.tile(across[2], (len(height), 1)), height, np.full(len(height), LOWEST_M - centre[2]))


def _joined(*groups: _Rows) -> _Rows:
    columns = ([getattr(group, name) for group in groups] for name in ("shift", "gain", "need"))
    return _Rows(*(np.concatenate(column) for column in columns))


def _centred(rows: _Rows, chosen: NDArray[np.bool_], distance: float) -> tuple[NDArray[np.float64], float]:
    """The move (2,) that leaves the chosen (M,) rows the largest slack at this distance, and that slack."""
    table = np.column_stack([rows.shift, -chosen.astype(np.float64)])
    found = _solve((0.0, 0.0, -1.0), table, rows.need - rows.gain * distance)
    return found[:2], float(found[2])


def _solve(cost: ArrayLike, table: NDArray[np.float64], least: NDArray[np.float64]) -> NDArray[np.float64]:
    """Minimise cost @ x subject to table @ x >= least, x free."""
    result = linprog(cost, A_ub=-table, b_ub=-least, bounds=(None, None), method="highs-ds")
    if result.status != 0:
        raise FramingError(f"no camera was found that holds these points in its frame: {result.message}")
    return result.x
