"""The facing of something that turns freely in the air: a symmetric top without torque."""

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from blender_gen.trajectories.facing import Facing, Moments
from blender_gen.trajectories.family import Family
from blender_gen.trajectories.named import check
from blender_gen.trajectories.profiles import SpeedProfile

UNIT_TOLERANCE = 1e-9


@dataclass(frozen=True)
class Tumbling(Facing):
    """R(s) = exp(s precession [momentum]) R(0) exp(s spin [axis]), with s the share of the path behind.

    The free motion of a symmetric top in closed form: its axis of symmetry precesses about the angular momentum, which
    stands still in space, and the object spins about that axis, both at constant rates (Landau and Lifshitz, Mechanics,
    section 33). The angle between the two axes stays the same, and so does the angular speed.

    Attributes:
        momentum: unit vector (3,) in the world about which the axis precesses.
        axis: unit vector (3,) in the object's frame, the axis of symmetry.
        start: unit quaternion x, y, z, w of world_from_object at s = 0.
        precession_rad: angle of the precession over the whole path.
        spin_rad: angle of the spin over the whole path.
    """

    name: ClassVar[str] = "tumble"
    momentum: tuple[float, ...]
    axis: tuple[float, ...]
    start: tuple[float, ...]
    precession_rad: float
    spin_rad: float

    def __post_init__(self) -> None:
        for name, count in (("momentum", 3), ("axis", 3), ("start", 4)):
            values = getattr(self, name)
            unit = len(values) == count and abs(np.linalg.norm(values) - 1) < UNIT_TOLERANCE
            check(unit, f"{name} of a tumble", values, f"{count} numbers of length 1")

    def rotation(self, moments: Moments) -> NDArray[np.float64]:
        start = Rotation.from_quat(self.start).as_matrix()
        precession = _about(self.momentum, self.precession_rad * moments.travelled)
        return _product(_product(precession, start), _about(self.axis, self.spin_rad * moments.travelled))

    @classmethod
    def draw(cls, rng: np.random.Generator, family: Family, speed: SpeedProfile) -> Self:
        """Draw a turn by 60 degrees or more about axes that point anywhere, the object in any pose at the start."""
        start = rng.normal(size=4)
        start /= np.linalg.norm(start)
        axis, beside = np.roll(np.eye(3)[:2], rng.integers(3), axis=1)
        tilt = rng.uniform(np.radians(30), np.radians(80))
        momentum = Rotation.from_quat(start).apply(np.cos(tilt) * axis + np.sin(tilt) * beside)
        return cls(
            momentum=tuple(momentum.tolist()),
            axis=tuple(axis.tolist()),
            start=tuple(start.tolist()),
            precession_rad=float(rng.choice((-1.0, 1.0)) * rng.uniform(np.radians(120), np.radians(330))),
            spin_rad=float(rng.choice((-1.0, 1.0)) * rng.uniform(np.radians(30), np.radians(240))),
        )


def _about(axis: tuple[float, ...], angle: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rotations (...,3,3) about a unit vector by angles (...), by the formula of Rodrigues."""
    x, y, z = axis
    cross = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
    sin, cos = (np.asarray(part)[..., None, None] for part in (np.sin(angle), np.cos(angle)))
    return np.eye(3) + sin * cross + (1 - cos) * _product(cross, cross)


def _product(first: NDArray[np.float64], second: NDArray[np.float64]) -> NDArray[np.float64]:
    """Matrix products (...,3,3), summed in one order whatever the arrays' layout."""
    return sum(first[..., :, k, None] * second[..., None, k, :] for k in range(3))
