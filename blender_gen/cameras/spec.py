"""A camera as plain numbers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from blender_gen.cameras.camera import Camera
from blender_gen.cameras.motion import Motion
from blender_gen.cameras.registry import MOTIONS
from blender_gen.trajectories import named
from blender_gen.trajectories.clip_time import check_duration

FIELDS = ("motion", "focal_widths", "target", "distance_m")


@dataclass(frozen=True)
class CameraSpec:
    """Everything that fixes a camera but the clip's duration and the film's pixels.

    Attributes:
        motion: shape of the movement; `motion.name` is its name.
        focal_widths: focal length in widths of the picture, 0.5 / tan(horizontal field of view / 2).
        target: point in the world that the motion is about, metres.
        distance_m: distance from the target to the camera.
    """

    motion: Motion
    focal_widths: float
    target: tuple[float, float, float]
    distance_m: float

    def __post_init__(self) -> None:
        named.check(self.focal_widths > 0, "focal_widths of a camera", self.focal_widths, "above 0")
        named.check(self.distance_m > 0, "distance_m of a camera", self.distance_m, "above 0")

    def build(self, duration_s: float, width: int, height: int) -> Camera:
        """Return the camera over a clip of `duration_s` seconds with a film of width x height pixels.

        Raises:
            MotionError: a duration that is not above 0.
        """
        return Camera(self, check_duration(duration_s), width, height)

    def to_json(self) -> dict[str, Any]:
        """Return plain dicts of numbers, strings and lists; the motion is a table of name and params."""
        return {
            "motion": named.to_json(self.motion),
            "focal_widths": self.focal_widths,
            "target": list(self.target),
            "distance_m": self.distance_m,
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "CameraSpec":
        """Return the spec that `to_json` wrote, equal in every bit.

        Raises:
            MotionError: a field that is missing, unknown or of the wrong kind.
        """
        named.check_fields(values, FIELDS, "camera")
        return cls(
            motion=named.from_json(MOTIONS, values["motion"], "camera motion"),
            focal_widths=named.number(values["focal_widths"], "focal_widths"),
            target=named.numbers(values["target"], "target", 3),
            distance_m=named.number(values["distance_m"], "distance_m"),
        )
