"""Speed profiles: which share of the path lies behind at which share of the clip."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from blender_gen.trajectories.named import check, registry


class SpeedProfile(ABC):
    """A monotone C1 map of [0, 1] onto [0, 1], from the share of the clip's time to the share of the path."""

    name: ClassVar[str]

    @abstractmethod
    def fraction(self, tau: ArrayLike) -> NDArray[np.float64]:
        """Return the share of the path (...) behind at the share tau (...) of the clip."""

    @abstractmethod
    def rate(self, tau: ArrayLike) -> NDArray[np.float64]:
        """Return d fraction / d tau (...): the speed in units of the mean speed."""

    @classmethod
    @abstractmethod
    def draw(cls, rng: np.random.Generator) -> Self:
        """Draw plausible parameters."""


@dataclass(frozen=True)
class Constant(SpeedProfile):
    """The same speed all the time."""

    name: ClassVar[str] = "constant"

    def fraction(self, tau: ArrayLike) -> NDArray[np.float64]:
        return np.array(tau, dtype=np.float64)

    def rate(self, tau: ArrayLike) -> NDArray[np.float64]:
        return np.ones(np.shape(tau))

    @classmethod
    def draw(cls, rng: np.random.Generator) -> Self:
        return cls()


@dataclass(frozen=True)
class Ease(SpeedProfile):
    """From rest to rest: the speed rises as a smoothstep, holds, and falls.

    Attributes:
        ramp: share of the clip that the rise takes, and again the fall; above 0, at most 0.5.
    """

    name: ClassVar[str] = "ease"
    ramp: float

    def __post_init__(self) -> None:
        check(0 < self.ramp <= 0.5, "ramp of an ease", self.ramp, "above 0 and at most 0.5")

    def fraction(self, tau: ArrayLike) -> NDArray[np.float64]:
        tau = np.asarray(tau, dtype=np.float64)
        return np.where(tau <= 0.5, self._first_half(tau), 1 - self._first_half(1 - tau))

    def _first_half(self, tau: NDArray[np.float64]) -> NDArray[np.float64]:
        x = np.clip(tau / self.ramp, 0, 1)
        return (self.ramp * (x**3 - x**4 / 2) + np.maximum(tau - self.ramp, 0)) / (1 - self.ramp)

    def rate(self, tau: ArrayLike) -> NDArray[np.float64]:
        tau = np.asarray(tau, dtype=np.float64)
        x = np.clip(np.minimum(tau, 1 - tau) / self.ramp, 0, 1)
        return x**2 * (3 - 2 * x) / (1 - self.ramp)

    @classmethod
    def draw(cls, rng: np.random.Generator) -> Self:
        return cls(ramp=float(rng.uniform(0.15, 0.5)))


@dataclass(frozen=True)
class StopAndGo(SpeedProfile):
    """From rest to a stop on the way, a wait, and on to rest at the end.

    Attributes:
        stop_at: share of the clip at which the object has stopped, inside (0, 1).
        pause: share of the clip that it waits, from 0; stop_at + pause is below 1.
        share: share of the path that lies behind at the stop, inside (0, 1).
        ramp: ramp of the two eases before and after the wait, each as a share of its own time.
    """

    name: ClassVar[str] = "stop_and_go"
    stop_at: float
    pause: float
    share: float
    ramp: float

    def __post_init__(self) -> None:
        check(0 < self.stop_at < 1, "stop_at of a stop_and_go", self.stop_at, "between 0 and 1")
        longest = 1 - self.stop_at
        check(0 <= self.pause < longest, "pause of a stop_and_go", self.pause, f"from 0, below {longest}")
        check(0 < self.share < 1, "share of a stop_and_go", self.share, "between 0 and 1")
        check(0 < self.ramp <= 0.5, "ramp of a stop_and_go", self.ramp, "above 0 and at most 0.5")

    def fraction(self, tau: ArrayLike) -> NDArray[np.float64]:
        ease = Ease(self.ramp)
        before, after = self._parts(tau)
        return self.share * ease.fraction(before) + (1 - self.share) * ease.fraction(after)

    def rate(self, tau: ArrayLike) -> NDArray[np.float64]:
        ease = Ease(self.ramp)
        before, after = self._parts(tau)
        return self.share * ease.rate(before) / self.stop_at + (1 - self.share) * ease.rate(after) / (
            1 - self.stop_at - self.pause
        )

    def _parts(self, tau: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        tau = np.asarray(tau, dtype=np.float64)
        go = self.stop_at + self.pause
        return np.clip(tau / self.stop_at, 0, 1), np.clip((tau - go) / (1 - go), 0, 1)

    @classmethod
    def draw(cls, rng: np.random.Generator) -> Self:
        stop_at = float(rng.uniform(0.3, 0.5))
        return cls(
            stop_at=stop_at,
            pause=float(rng.uniform(0.1, 0.25)),
            share=float(stop_at + rng.uniform(-0.05, 0.2)),
            ramp=float(rng.uniform(0.25, 0.5)),
        )


PROFILES: Mapping[str, type[SpeedProfile]] = registry(Constant, Ease, StopAndGo)
