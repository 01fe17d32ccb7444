"""Draw the pictures of docs/trajectories.md that need no renderer: each family from above, facings, speeds.

Run it from the top of the repository after a change of the families: ``python docs/draw_trajectories.py``.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from scipy.spatial import ConvexHull

from blender_gen.rng import generator
from blender_gen.trajectories import FACINGS, FAMILIES, PROFILES, Trajectory, TrajectorySpec, draw_trajectory
from blender_gen.trajectories.circle_arc import CircleArc
from blender_gen.trajectories.helix import Helix
from blender_gen.trajectories.profiles import Constant
from dataset_tools.geometry import box_corners, transform

FOLDER = Path(__file__).parent / "images" / "trajectories"
SEEDS = {
    "s_curve": 6,
    "ellipse": 6,
    "helix": 5,
    "tumble": 3,
    "circle_arc": 10,
    "spiral": 4,
    "spline": 2,
    "line": 3,
}  # of the draw that is shown, 0 where a family is not named
BOX = (1.0, 0.42, 0.36)
DURATION_S = 2.0
MOMENTS = 7
PX_PER_M = 70.0
MARGIN_PX = 14.0
PAPER, GRID, PATH, INK = "#f8fafc", "#e2e8f0", "#64748b", "#0f172a"
BODY = "#0284c7"
FROM_ABOVE, FROM_SIDE = (0, 1), (0, 2)
FACING_SHOWN = {
    "tangent": {},
    "centre": {},
    "fixed": {"yaw_rad": 0.4},
    "free_spin": {"offset_rad": 0.4, "sweep_rad": 4.7},
}


def example(family: str, box_size: Sequence[float] = BOX) -> TrajectorySpec:
    """The trajectory that stands for a family on the page: drawn, then laid along x; it faces its way where it can."""
    rng = generator(SEEDS.get(family, 0), "page", family)
    spec = draw_trajectory(rng, family, box_size, facings={"tangent": 1.0}, speeds={"constant": 1.0}, flies=True)
    return replace(spec, origin_xy=(0.0, 0.0), heading_rad=0.0)


def views_of(trajectory: Trajectory, planes: Sequence[tuple[int, int]]) -> str:
    """An SVG of a trajectory with the object at equal steps of time, one view beside the other.

    Args:
        planes: the world axes that each view shows to the right and upwards.
    """
    views = [_View(trajectory, plane) for plane in planes]
    height = max(view.size[1] for view in views)
    parts, left = [], 0.0
    for view in views:
        parts.append(f'<g transform="translate({left:.1f} {height - view.size[1]:.1f})">{view.drawing()}</g>')
        left += view.size[0]
    return _picture(left, height, parts)


class _View:
    """A trajectory seen along a world axis."""

    def __init__(self, trajectory: Trajectory, plane: tuple[int, int]) -> None:
        self._plane = list(plane)
        self._path = trajectory.position(np.linspace(0, trajectory.duration_s, 241))[:, self._plane]
        poses = trajectory.pose(np.linspace(0, trajectory.duration_s, MOMENTS))
        corners = transform(poses[:, None], box_corners(BOX))[..., self._plane]  # (K,8,2)
        self._outlines = [_hull(each) for each in corners]
        self._centres = poses[:, :3, 3][:, self._plane]
        self._fronts = self._centres + poses[:, :3, 0][:, self._plane] * BOX[0] / 2
        every = np.concatenate([self._path, *corners])
        if plane == FROM_SIDE:
            every = np.concatenate([every, every * [1.0, 0.0]])
        self._low, self._high = every.min(axis=0), every.max(axis=0)

    @property
    def size(self) -> np.ndarray:
        """Width and height in pixels."""
        return (self._high - self._low) * PX_PER_M + 2 * MARGIN_PX

    def drawing(self) -> str:
        """The inside of the SVG."""
        parts = []
        if self._plane == list(FROM_SIDE):
            floor = np.array([[self._low[0] - 0.1, 0.0], [self._high[0] + 0.1, 0.0]])
            parts.append(_polyline(self._px(floor), GRID, 3))
        for share, outline in zip(np.linspace(0, 1, MOMENTS), self._outlines, strict=True):
            parts.append(
                f'<polygon points="{_points(self._px(outline))}" fill="{BODY}" fill-opacity="{0.1 + 0.3 * share:.2f}" '
                f'stroke="{BODY}" stroke-opacity="{0.35 + 0.65 * share:.2f}"/>'
            )
        parts.append(_polyline(self._px(self._path), PATH, 1.5, 'stroke-dasharray="4 3"'))
        for centre, front in zip(self._px(self._centres), self._px(self._fronts), strict=True):
            parts.append(_arrow(centre, front))
        x, y = self._px(self._path[:1])[0]
        parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{PAPER}" stroke="{INK}" stroke-width="1.5"/>')
        return "\n".join(parts)

    def _px(self, points: np.ndarray) -> np.ndarray:
        across = (points[:, 0] - self._low[0]) * PX_PER_M + MARGIN_PX
        down = (self._high[1] - points[:, 1]) * PX_PER_M + MARGIN_PX
        return np.stack([across, down], axis=-1)


def profiles_svg() -> str:
    """An SVG of the share of the path against the share of the clip, for a draw of each speed profile."""
    side, gap, parts = 150.0, 44.0, []
    tau = np.linspace(0, 1, 121)
    for number, (name, kind) in enumerate(PROFILES.items()):
        profile = kind.draw(generator(0, "page", name))
        left = gap + number * (side + gap)
        top = MARGIN_PX + 18
        curve = np.stack([left + tau * side, top + (1 - profile.fraction(tau)) * side], axis=-1)
        frame = f'width="{side:.0f}" height="{side:.0f}" fill="white" stroke="{GRID}"'
        parts.append(f'<rect x="{left:.1f}" y="{top:.1f}" {frame}/>')
        parts.append(_polyline(curve, BODY, 2))
        parts.append(_text(left + side / 2, top - 6, name.replace("_", "-")))
        parts.append(_text(left + side / 2, top + side + 15, "time"))
        parts.append(_text(left - 17, top + side / 2, "way"))
    width = len(PROFILES) * (side + gap) + MARGIN_PX
    return _picture(width, side + 2 * MARGIN_PX + 36, parts)


def facing_example(name: str) -> TrajectorySpec:
    """A half turn, on the floor or climbing, with one facing."""
    family = Helix(1.0, 3.0, 0.8) if name == "bank" else CircleArc(1.0, 3.0)
    facing = FACINGS[name](**FACING_SHOWN.get(name, {"turn_m": 0.7}))
    return TrajectorySpec(family, (0.0, 0.0), 0.0, False, Constant(), facing, 0.5)


def pictures() -> dict[str, str]:
    """File name -> SVG, of all pictures that this program draws."""
    drawn = {"speeds.svg": profiles_svg()}
    for name, kind in FAMILIES.items():
        planes = (FROM_ABOVE,) if kind.on_floor else (FROM_ABOVE, FROM_SIDE)
        drawn[f"{name}.svg"] = views_of(example(name).build(DURATION_S), planes)
    for name in (*FACING_SHOWN, "bank"):
        planes = (FROM_ABOVE, FROM_SIDE) if name == "bank" else (FROM_ABOVE,)
        drawn[f"facing_{name}.svg"] = views_of(facing_example(name).build(DURATION_S), planes)
    return drawn


def _hull(points: np.ndarray) -> np.ndarray:
    """The corners (K,2) of the convex hull of a box's points (8,2), from the first of them on."""
    around = ConvexHull(points).vertices
    first = min(range(len(around)), key=lambda k: (around[k] // 2, around[k]))  # 2k and 2k + 1 may be one point
    return points[np.roll(around, -first)]


def _arrow(start: np.ndarray, end: np.ndarray) -> str:
    along = end - start
    length = np.hypot(*along)
    if length < 6:
        return f'<circle cx="{end[0]:.1f}" cy="{end[1]:.1f}" r="2" fill="{INK}"/>'
    along = along / length
    across = np.array([-along[1], along[0]])
    head = np.stack([end, end - 7 * along + 3.5 * across, end - 7 * along - 3.5 * across])
    shaft = _polyline(np.stack([start, end - 5 * along]), INK, 1.5)
    return f'{shaft}<polygon points="{_points(head)}" fill="{INK}"/>'


def _polyline(points: np.ndarray, colour: str, width: float, more: str = "") -> str:
    style = f'fill="none" stroke="{colour}" stroke-width="{width:g}" stroke-linecap="round" {more}'
    return f'<polyline points="{_points(points)}" {style}/>'


def _points(points: np.ndarray) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)


def _text(x: float, y: float, words: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="middle">{words}</text>'


def _picture(width: float, height: float, parts: Sequence[str]) -> str:
    size = f'width="{width:.0f}" height="{height:.0f}" viewBox="0 0 {width:.1f} {height:.1f}"'
    font = f'font-family="sans-serif" font-size="13" fill="{INK}"'
    paper = f'<rect width="100%" height="100%" rx="8" fill="{PAPER}"/>'
    return "\n".join([f'<svg xmlns="http://www.w3.org/2000/svg" {size} {font}>', paper, *parts, "</svg>"]) + "\n"


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    for file, drawing in pictures().items():
        (FOLDER / file).write_text(drawing, encoding="utf-8")
