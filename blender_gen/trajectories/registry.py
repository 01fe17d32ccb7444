"""The families of paths and the facings. A new one is a file with its class, and its line here."""

from collections.abc import Mapping

from blender_gen.trajectories.bank import Bank
from blender_gen.trajectories.circle_arc import CircleArc
from blender_gen.trajectories.ellipse import Ellipse
from blender_gen.trajectories.facing import Centre, Facing, Fixed, FreeSpin, Tangent
from blender_gen.trajectories.family import Family
from blender_gen.trajectories.figure_eight import FigureEight
from blender_gen.trajectories.helix import Helix
from blender_gen.trajectories.line import Line
from blender_gen.trajectories.named import registry
from blender_gen.trajectories.s_curve import SCurve
from blender_gen.trajectories.spiral import Spiral
from blender_gen.trajectories.spline import Spline
from blender_gen.trajectories.tumble import Tumble
from blender_gen.trajectories.tumbling import Tumbling
from blender_gen.trajectories.turntable import Turntable

FAMILIES: Mapping[str, type[Family]] = registry(
    CircleArc,
    SCurve,
    Ellipse,
    FigureEight,
    Spiral,
    Spline,
    Line,
    Turntable,
    Tumble,
    Helix,
)

FACINGS: Mapping[str, type[Facing]] = registry(
    Tangent,
    Centre,
    Fixed,
    FreeSpin,
    Bank,
    Tumbling,
)
