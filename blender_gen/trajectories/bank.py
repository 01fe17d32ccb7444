"""The facing of an aircraft in flight: it leans into its turns."""

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from blender_gen.trajectories.facing import Facing, Moments, yaw_of
from blender_gen.trajectories.family import Family
from blender_gen.trajectories.named import check
from blender_gen.trajectories.profiles import SpeedProfile

SPEED_STEPS = 256


@dataclass(frozen=True)
class Bank(Facing):
    """The front points along the direction of travel, up and down too, and the object leans into the turn.

    A coordinated turn: lift, which acts along the object's z axis, carries the weight g and the acceleration v^2
    kappa towards the inside of the turn, so tan(roll) = v^2 kappa / (g cos(climb)), in level flight v^2 kappa / g
    (e.g. Anderson, Introduction to Flight, on level turns). An object of 1 m is a model, and the pace of a clip is
    free: instead of g, the length v^2 / g at the path's mean speed is given. At rest the object does not roll.

    Attributes:
        turn_m: mean speed squared over g, in metres, above 0; a level turn of this radius is flown at 45 degrees.
    """

    name: ClassVar[str] = "bank"
    needs_bend: ClassVar[bool] = True
    turn_m: float

    def __post_init__(self) -> None:
        check(self.turn_m > 0, "turn_m of a bank", self.turn_m, "above 0")

    def rotation(self, moments: Moments) -> NDArray[np.float64]:
        forward = moments.direction / np.linalg.norm(moments.direction, axis=-1, keepdims=True)
        yaw = yaw_of(moments.direction)
        level = np.stack([-np.sin(yaw), np.cos(yaw), np.zeros_like(yaw)], axis=-1)
        above = np.cross(forward, level)
        lean = self.turn_m * moments.bend * moments.pace**2 / _level_share(moments.direction)
        roll = np.arctan(lean)[..., None]
        left = np.cos(roll) * level - np.sin(roll) * above
        up = np.sin(roll) * level + np.cos(roll) * above
        return np.stack([forward, left, up], axis=-1)

    @classmethod
    def draw(cls, rng: np.random.Generator, family: Family, speed: SpeedProfile) -> Self:
        """Draw the roll where the path and its speed ask for most of it: 20 to 50 degrees."""
        steps = np.linspace(0.0, 1.0, SPEED_STEPS + 1)
        bend = np.abs(family.bend(steps)) / _level_share(family.derivative(steps))
        most = bend.max() * speed.rate(steps).max() ** 2
        return cls(turn_m=float(np.tan(rng.uniform(np.radians(20), np.radians(50))) / most))


def _level_share(direction: NDArray[np.float64]) -> NDArray[np.float64]:
    """Cosine (...) of the angle between directions (...,3) and the floor."""
    return np.hypot(direction[..., 0], direction[..., 1]) / np.linalg.norm(direction, axis=-1)
