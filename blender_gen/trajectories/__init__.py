"""Trajectories in closed form: families of paths, speed along them, facing, and the poses at any time."""

from blender_gen.trajectories.draw import draw_trajectory
from blender_gen.trajectories.errors import MotionError
from blender_gen.trajectories.facing import Facing
from blender_gen.trajectories.family import Family
from blender_gen.trajectories.profiles import PROFILES, SpeedProfile
from blender_gen.trajectories.registry import FACINGS, FAMILIES
from blender_gen.trajectories.spec import TrajectorySpec
from blender_gen.trajectories.trajectory import Trajectory

__all__ = [
    "FACINGS",
    "FAMILIES",
    "PROFILES",
    "Facing",
    "Family",
    "MotionError",
    "SpeedProfile",
    "Trajectory",
    "TrajectorySpec",
    "draw_trajectory",
]
