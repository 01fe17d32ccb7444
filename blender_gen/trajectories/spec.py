"""A trajectory as plain numbers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from blender_gen.trajectories import named
from blender_gen.trajectories.arc_length import ArcLength
from blender_gen.trajectories.clip_time import check_duration
from blender_gen.trajectories.errors import MotionError
from blender_gen.trajectories.facing import Facing
from blender_gen.trajectories.family import Family
from blender_gen.trajectories.profiles import PROFILES, SpeedProfile
from blender_gen.trajectories.registry import FACINGS, FAMILIES
from blender_gen.trajectories.trajectory import Trajectory

FIELDS = ("family", "origin_xy", "heading_rad", "reverse", "speed", "facing", "height_m")


@dataclass(frozen=True)
class TrajectorySpec:
    """Everything that fixes an object's motion but the clip's duration.

    Attributes:
        family: shape of the path; `family.name` is its name.
        origin_xy: where in the world the path's local origin lies, metres.
        heading_rad: rotation of the local frame about the world's z axis.
        reverse: whether the path is followed from its end to its beginning.
        speed: profile of speed over the clip.
        facing: how the object is turned; `facing.name` is its name.
        height_m: z of the object's centre where the family's own z is 0, at the lowest point of its path.
    """

    family: Family
    origin_xy: tuple[float, float]
    heading_rad: float
    reverse: bool
    speed: SpeedProfile
    facing: Facing
    height_m: float

    def build(self, duration_s: float) -> Trajectory:
        """Return the trajectory over a clip of `duration_s` seconds.

        Raises:
            MotionError: a duration that is not above 0, or a facing that the family cannot take.
        """
        duration_s = check_duration(duration_s)
        if self.facing.name not in self.family.facings:
            raise MotionError(
                f"an object on the path {self.family.name!r} cannot have the facing {self.facing.name!r}; "
                f"choose from {', '.join(self.family.facings)}"
            )
        return Trajectory(self, duration_s, ArcLength(self.family))

    def to_json(self) -> dict[str, Any]:
        """Return plain dicts of numbers, strings and lists; parts are ``{"name": ..., "params": {...}}``."""
        return {
            "family": named.to_json(self.family),
            "origin_xy": list(self.origin_xy),
            "heading_rad": self.heading_rad,
            "reverse": self.reverse,
            "speed": named.to_json(self.speed),
            "facing": named.to_json(self.facing),
            "height_m": self.height_m,
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "TrajectorySpec":
        """Return the spec that `to_json` wrote, equal in every bit.

        Raises:
            MotionError: a field that is missing, unknown or of the wrong kind.
        """
        named.check_fields(values, FIELDS, "trajectory")
        named.check(isinstance(values["reverse"], bool), "reverse", values["reverse"], "true or false")
        return cls(
            family=named.from_json(FAMILIES, values["family"], "trajectory family"),
            origin_xy=named.numbers(values["origin_xy"], "origin_xy", 2),
            heading_rad=named.number(values["heading_rad"], "heading_rad"),
            reverse=values["reverse"],
            speed=named.from_json(PROFILES, values["speed"], "speed profile"),
            facing=named.from_json(FACINGS, values["facing"], "facing"),
            height_m=named.number(values["height_m"], "height_m"),
        )
