"""Random trajectories."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from blender_gen.rng import weighted_choice
from blender_gen.trajectories.family import Family
from blender_gen.trajectories.named import check, select
from blender_gen.trajectories.profiles import PROFILES
from blender_gen.trajectories.registry import FACINGS, FAMILIES
from blender_gen.trajectories.spec import TrajectorySpec

ORIGIN_SPREAD = 0.3
FLOOR_CLEARANCE_M = 0.05
HIGHEST_ABOVE = 0.35
HEIGHT_STEPS = 256


def draw_trajectory(
    rng: np.random.Generator,
    family: str,
    box_size: ArrayLike,
    *,
    facings: Mapping[str, float],
    speeds: Mapping[str, float],
    flies: bool = False,
    path_scale: float = 1.0,
) -> TrajectorySpec:
    """Draw a trajectory of a family near the world's origin; a pure function of the generator's state.

    Families on the floor touch it with the box's lower face. Others keep the whole box at least 0.05 m above it.

    Args:
        family: a name in FAMILIES.
        box_size: (3,) metres along the object's axes; the path scales with the longest.
        facings: weights of names in FACINGS. Those that the family cannot take are left out; where none is left, all
            that the family can take have the same chance.
        speeds: weights of names in PROFILES.
        flies: whether the object leans into its turns, where the family has the air for it and the facing is tangent.
        path_scale: size of the path, relative to what the family draws for such an object.

    Raises:
        MotionError: an unknown name, weights that are all 0, or a box without extent.
    """
    size = np.asarray(box_size, dtype=np.float64)
    check(size.shape == (3,) and size.max() > 0, "box_size", size.tolist(), "three edges in metres, one above 0")
    kind = select(FAMILIES, family, "trajectory family")
    extent_m = float(size.max())
    facing = FACINGS[_facing(rng, kind, facings, flies)]
    speed = select(PROFILES, _weighted(rng, speeds, "speeds"), "speed profile").draw(rng)
    shape = kind.draw(rng, extent_m * path_scale)
    x, y = (extent_m * path_scale * rng.uniform(-ORIGIN_SPREAD, ORIGIN_SPREAD, 2)).tolist()
    spec = TrajectorySpec(
        family=shape,
        origin_xy=(x, y),
        heading_rad=float(rng.uniform(-np.pi, np.pi)),
        reverse=bool(rng.integers(2)),
        speed=speed,
        facing=facing.draw(rng, shape, speed),
        height_m=float(size[2] / 2),
    )
    if kind.on_floor:
        return spec
    above = FLOOR_CLEARANCE_M + extent_m * rng.uniform(0, HIGHEST_ABOVE)
    return replace(spec, height_m=float(spec.height_m + above - _lowest(spec, size)))


def _facing(rng: np.random.Generator, kind: type[Family], weights: Mapping[str, float], flies: bool) -> str:
    for name in weights:
        select(FACINGS, name, "facing")
    usual = [name for name in kind.facings if name != "bank"]
    fitting = {name: weights[name] for name in usual if weights.get(name, 0) > 0}
    name = _weighted(rng, fitting or dict.fromkeys(usual, 1.0), "facings")
    return "bank" if name == "tangent" and flies and "bank" in kind.facings else name


def _lowest(spec: TrajectorySpec, size: np.ndarray) -> float:
    """Return the least z that the box reaches on its way."""
    pose = spec.build(1.0).pose(np.linspace(0.0, 1.0, HEIGHT_STEPS + 1))
    return float(np.min(pose[:, 2, 3] - np.sum(np.abs(pose[:, 2, :3]) * size, axis=-1) / 2))


def _weighted(rng: np.random.Generator, weights: Mapping[str, float], what: str) -> str:
    good = all(weight >= 0 for weight in weights.values()) and 0 < sum(weights.values()) < np.inf
    check(good, what, dict(weights), "weights of 0 or more, at least one above 0")
    return weighted_choice(rng, weights)
