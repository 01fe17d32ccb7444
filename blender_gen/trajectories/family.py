"""What a family of paths is: a shape in its own local frame."""

from abc import ABC, abstractmethod
from typing import ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from blender_gen.trajectories.errors import MotionError


class Family(ABC):
    """A shape of path: a C1 curve over u in [0, 1], in metres, in a local frame.

    The local frame's z is up, its origin is near the middle of the path, and the path heads for +x on the
    whole. A subclass is a frozen dataclass of numbers with a class attribute `name`. Its derivative vanishes
    nowhere (a path) or everywhere (a family that stays in place).

    Attributes:
        name: what the registry and the labels call it.
        on_floor: whether the object stands upright on the floor all the time. Such a family keeps to z = 0; the
            lowest point of any other is at z = 0.
        facings: names of the facings that an object on this path can take.
    """

    name: ClassVar[str]
    on_floor: ClassVar[bool] = True
    facings: ClassVar[tuple[str, ...]] = ("centre", "fixed", "free_spin", "tangent")

    @abstractmethod
    def position(self, u: ArrayLike) -> NDArray[np.float64]:
        """Return the points (...,3) at u (...)."""

    @abstractmethod
    def derivative(self, u: ArrayLike) -> NDArray[np.float64]:
        """Return d position / d u (...,3) at u (...)."""

    def bend(self, u: ArrayLike) -> NDArray[np.float64]:
        """Return the acceleration to the left at unit speed (...), in 1/m: curvature, signed, as seen from above.

        Raises:
            MotionError: the family does not say; one whose `facings` hold "bank" does.
        """
        raise MotionError(f"the family {self.name!r} does not say how it bends, so that nothing can bank on it")

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
        """Draw a plausible path for an object whose longest side is `extent_m`.

        It is 1.5 to 8 times that long, and at most 4 times that far from end to end of its extent along any axis;
        a family that stays in place has no length.
        """


def stack(x: ArrayLike, y: ArrayLike, z: ArrayLike = 0.0) -> NDArray[np.float64]:
    """Return x, y, z (each broadcast to (...)) as points (...,3)."""
    return np.stack(np.broadcast_arrays(*(np.asarray(axis, dtype=np.float64) for axis in (x, y, z))), axis=-1)
