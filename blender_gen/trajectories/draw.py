"""Random trajectories."""

import numpy as np

from blender_gen.trajectories.facing import FACINGS
from blender_gen.trajectories.named import select
from blender_gen.trajectories.profiles import PROFILES
from blender_gen.trajectories.registry import FAMILIES
from blender_gen.trajectories.spec import TrajectorySpec

ORIGIN_SPREAD_M = 0.3


def draw_trajectory(
    rng: np.random.Generator,
    family: str,
    facing: str,
    height_m: float,
    *,
    speed: str | None = None,
    extent_m: float = 1.0,
) -> TrajectorySpec:
    """Draw a trajectory of a family near the world's origin; a pure function of the generator's state.

    Args:
        family: a name in FAMILIES.
        facing: a name in FACINGS.
        height_m: z of the object's centre.
        speed: a name in PROFILES; drawn with equal chances when left out.
        extent_m: longest side of the object; the path scales with it.

    Raises:
        MotionError: an unknown name.
    """
    family_kind = select(FAMILIES, family, "trajectory family")
    facing_kind = select(FACINGS, facing, "facing")
    speed = str(rng.choice(list(PROFILES))) if speed is None else speed
    speed_kind = select(PROFILES, speed, "speed profile")
    shape = family_kind.draw(rng, extent_m)
    x, y = (extent_m * rng.uniform(-ORIGIN_SPREAD_M, ORIGIN_SPREAD_M, 2)).tolist()
    return TrajectorySpec(
        family=shape,
        origin_xy=(x, y),
        heading_rad=float(rng.uniform(-np.pi, np.pi)),
        reverse=bool(rng.integers(2)),
        speed=speed_kind.draw(rng),
        facing=facing_kind.draw(rng),
        height_m=float(height_m),
    )
