"""An S: one period of a sine."""

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from blender_gen.trajectories.family import Family, stack
from blender_gen.trajectories.named import check

TIGHTEST_TURN_M = 0.35
STEEPEST = 0.25


@dataclass(frozen=True)
class SCurve(Family):
    """y = amplitude sin(2 pi x / length), for x from -length/2 to length/2.

    Attributes:
        length_m: extent along x, above 0 (not the arc length).
        amplitude_m: height of the bends; its sign says to which side the middle goes first.
    """

    name: ClassVar[str] = "s_curve"
    length_m: float
    amplitude_m: float

    def __post_init__(self) -> None:
        check(self.length_m > 0, "length_m of an s_curve", self.length_m, "above 0")

    def position(self, u: ArrayLike) -> NDArray[np.float64]:
        centred = np.asarray(u, dtype=np.float64) - 0.5
        return stack(self.length_m * centred, self.amplitude_m * np.sin(2 * np.pi * centred))

    def derivative(self, u: ArrayLike) -> NDArray[np.float64]:
        phase = 2 * np.pi * (np.asarray(u, dtype=np.float64) - 0.5)
        return stack(self.length_m, 2 * np.pi * self.amplitude_m * np.cos(phase))

    @property
    def focus(self) -> tuple[float, float, float]:
        return (0.0, abs(self.amplitude_m) + self.length_m / 2, 0.0)

    @classmethod
    def draw(cls, rng: np.random.Generator, extent_m: float) -> Self:
        length = rng.uniform(1.6, 3.4)
        largest = min(STEEPEST * length, length**2 / (4 * np.pi**2 * TIGHTEST_TURN_M))
        amplitude = rng.choice((-1.0, 1.0)) * rng.uniform(0.5, 1.0) * largest
        return cls(length_m=float(extent_m * length), amplitude_m=float(extent_m * amplitude))
