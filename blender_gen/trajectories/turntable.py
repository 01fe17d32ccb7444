"""A turntable: the object stays where it is and turns."""

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from blender_gen.trajectories.family import Family


@dataclass(frozen=True)
class Turntable(Family):
    """The local origin, all the time. Nothing but a spin shows that it moves."""

    name: ClassVar[str] = "turntable"
    facings: ClassVar[tuple[str, ...]] = ("free_spin",)

    def position(self, u: ArrayLike) -> NDArray[np.float64]:
        return np.zeros((*np.shape(u), 3))

    def derivative(self, u: ArrayLike) -> NDArray[np.float64]:
        return np.zeros((*np.shape(u), 3))

    @property
    def focus(self) -> tuple[float, float, float]:
        return (1.0, 0.0, 0.0)

    @classmethod
    def draw(cls, rng: np.random.Generator, extent_m: float) -> Self:
        return cls()
