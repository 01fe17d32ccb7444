"""What a family of paths is: a shape in its own local frame."""

from abc import ABC, abstractmethod
from typing import ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray


class Family(ABC):
    """A shape of path: a C1 curve over u in [0, 1], in metres, in a local frame.

    The local frame's z is up, its origin is near the middle of the path, and the path heads for +x on the
    whole. A subclass is a frozen dataclass of numbers with a class attribute `name`. Its derivative vanishes
    nowhere (a path) or everywhere (a family that stays in place).
    """

    name: ClassVar[str]

    @abstractmethod
    def position(self, u: ArrayLike) -> NDArray[np.float64]:
        """Return the points (...,3) at u (...)."""

    @abstractmethod
    def derivative(self, u: ArrayLike) -> NDArray[np.float64]:
        """Return d position / d u (...,3) at u (...)."""

    @property
    @abstractmethod
    def focus(self) -> tuple[float, float, float]:
        """The point, off the path, that an object with facing "centre" looks at."""

    @property
    def breaks(self) -> tuple[float, ...]:
        """The u inside (0, 1) where some derivative jumps; arc length is integrated between them."""
        return ()

    @classmethod
    @abstractmethod
    def draw(cls, rng: np.random.Generator, extent_m: float) -> Self:
        """Draw a plausible path for an object whose longest side is `extent_m`; 1.5 to 5 times that long."""


def stack(x: ArrayLike, y: ArrayLike, z: ArrayLike = 0.0) -> NDArray[np.float64]:
    """Return x, y, z (each broadcast to (...)) as points (...,3)."""
    return np.stack(np.broadcast_arrays(*(np.asarray(axis, dtype=np.float64) for axis in (x, y, z))), axis=-1)
