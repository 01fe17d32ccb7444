"""The families of paths. A new one is a file with its class, and its line here."""

from collections.abc import Mapping

from blender_gen.trajectories.circle_arc import CircleArc
from blender_gen.trajectories.family import Family
from blender_gen.trajectories.line import Line
from blender_gen.trajectories.named import registry
from blender_gen.trajectories.s_curve import SCurve
from blender_gen.trajectories.spline import Spline

FAMILIES: Mapping[str, type[Family]] = registry(
    CircleArc,
    Line,
    SCurve,
    Spline,
)
