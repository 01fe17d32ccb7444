"""Facings: how an object is turned while it follows its path."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from blender_gen.trajectories.family import Family
from blender_gen.trajectories.profiles import SpeedProfile


@dataclass(frozen=True)
class Moments:
    """Where an object is on its path at some times, in world axes.

    Attributes:
        position: (...,3) metres.
        direction: (...,3) along the direction of travel, of any length; defined at stops too.
        focus: (3,) the point that the path turns about.
        travelled: (...) share of the path that lies behind, from 0 to 1 as the speed profile has it.
        pace: (...) speed in units of the mean speed.
        bend: (...) acceleration to the left at unit speed, 1/m; None unless the facing needs it.
    """

    position: NDArray[np.float64]
    direction: NDArray[np.float64]
    focus: NDArray[np.float64]
    travelled: NDArray[np.float64]
    pace: NDArray[np.float64]
    bend: NDArray[np.float64] | None


class Facing(ABC):
    """The rotation of an object as a function of where it is on its path and how fast.

    Attributes:
        name: what the registry and the labels call it.
        needs_bend: whether it is told how the path bends.
    """

    name: ClassVar[str]
    needs_bend: ClassVar[bool] = False

    @abstractmethod
    def rotation(self, moments: Moments) -> NDArray[np.float64]:
        """Return world_from_object rotations (...,3,3)."""

    @classmethod
    @abstractmethod
    def draw(cls, rng: np.random.Generator, family: Family, speed: SpeedProfile) -> Self:
        """Draw plausible parameters for an object that follows this path at this speed."""


class YawFacing(Facing):
    """A facing that keeps the object upright."""

    @abstractmethod
    def yaw(self, moments: Moments) -> NDArray[np.float64]:
        """Return the angle (...) in radians from the world's x axis to the object's, about z."""

    def rotation(self, moments: Moments) -> NDArray[np.float64]:
        return yaw_rotation(self.yaw(moments))


def yaw_of(direction: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the angle (...) about z of directions (...,3), in [-pi, pi].

    The last bit of numpy's arctan2 of strided arrays depends on where they lie in memory; of contiguous ones it does
    not, and equal specs must give equal bits.
    """
    return np.arctan2(direction[..., 1].copy(order="C"), direction[..., 0].copy(order="C"))


def yaw_rotation(yaw: ArrayLike) -> NDArray[np.float64]:
    """Return the rotations (...,3,3) about z by `yaw` (...) radians."""
    yaw = np.asarray(yaw, dtype=np.float64)
    rotation = np.zeros((*yaw.shape, 3, 3))
    rotation[..., 0, 0] = rotation[..., 1, 1] = np.cos(yaw)
    rotation[..., 1, 0] = np.sin(yaw)
    rotation[..., 0, 1] = -rotation[..., 1, 0]
    rotation[..., 2, 2] = 1.0
    return rotation


@dataclass(frozen=True)
class Tangent(YawFacing):
    """The front points along the direction of travel."""

    name: ClassVar[str] = "tangent"

    def yaw(self, moments: Moments) -> NDArray[np.float64]:
        return yaw_of(moments.direction)

    @classmethod
    def draw(cls, rng: np.random.Generator, family: Family, speed: SpeedProfile) -> Self:
        return cls()


@dataclass(frozen=True)
class Fixed(YawFacing):
    """The front points the same way all the time.

    Attributes:
        yaw_rad: yaw in the world.
    """

    name: ClassVar[str] = "fixed"
    yaw_rad: float

    def yaw(self, moments: Moments) -> NDArray[np.float64]:
        return np.full(moments.travelled.shape, self.yaw_rad)

    @classmethod
    def draw(cls, rng: np.random.Generator, family: Family, speed: SpeedProfile) -> Self:
        return cls(yaw_rad=float(rng.uniform(-np.pi, np.pi)))


@dataclass(frozen=True)
class FreeSpin(YawFacing):
    """The object turns in proportion to the way that it has gone: at the same pace, and not at all while it waits.

    Where it stays in place, the speed profile goes for the turn alone.

    Attributes:
        offset_rad: yaw in the world when the clip begins.
        sweep_rad: angle turned over the whole clip, positive to the left.
    """

    name: ClassVar[str] = "free_spin"
    offset_rad: float
    sweep_rad: float

    def yaw(self, moments: Moments) -> NDArray[np.float64]:
        return self.offset_rad + self.sweep_rad * moments.travelled

    @classmethod
    def draw(cls, rng: np.random.Generator, family: Family, speed: SpeedProfile) -> Self:
        offset = rng.uniform(-np.pi, np.pi)
        sweep = rng.choice((-1.0, 1.0)) * rng.uniform(np.radians(60), np.radians(450))
        return cls(offset_rad=float(offset), sweep_rad=float(sweep))


@dataclass(frozen=True)
class Centre(YawFacing):
    """The front points at the path's focus: the centre of an arc, a point beside other paths."""

    name: ClassVar[str] = "centre"

    def yaw(self, moments: Moments) -> NDArray[np.float64]:
        towards = moments.focus - moments.position
        return yaw_of(towards)

    @classmethod
    def draw(cls, rng: np.random.Generator, family: Family, speed: SpeedProfile) -> Self:
        return cls()
