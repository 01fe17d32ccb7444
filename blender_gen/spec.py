"""A clip as plain data: everything needed to render it again, JSON in and out without loss."""

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from blender_gen.cameras import CameraSpec
from blender_gen.config import RenderConfig
from blender_gen.scenes import SceneSpec
from blender_gen.trajectories import TrajectorySpec


@dataclass(frozen=True)
class ObjectSpec:
    """One object of a clip: which asset, how it is posed in its own frame, where it goes.

    `object_from_asset` is the (4,4) similarity from the file's coordinates to the object frame, in rows; `box_size`
    the extents (3,) in metres along the object's axes; `file` is relative to a folder of objects.
    """

    asset_id: str
    name: str
    category: str
    source: str
    licence: str
    author: str
    file: str
    sha256: str
    front_axis: str
    front_known: bool
    symmetric: bool
    object_from_asset: tuple[tuple[float, ...], ...]
    box_size: tuple[float, float, float]
    trajectory: TrajectorySpec

    def to_json(self) -> dict[str, Any]:
        """Return plain numbers, strings, lists and dicts."""
        values = {item.name: getattr(self, item.name) for item in dataclasses.fields(self)}
        values["trajectory"] = self.trajectory.to_json()
        return values

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "ObjectSpec":
        """Return the object that `to_json` wrote."""
        return cls(
            **{
                **values,
                "object_from_asset": tuple(tuple(row) for row in values["object_from_asset"]),
                "box_size": tuple(values["box_size"]),
                "trajectory": TrajectorySpec.from_json(values["trajectory"]),
            }
        )


@dataclass(frozen=True)
class ClipSpec:
    """One clip. Times run from 0 to (frames - 1) / fps seconds; `seed`, `clip` and `attempt` name its random draws."""

    seed: int
    clip: int
    attempt: int
    split: str
    render: RenderConfig
    track_points: int
    objects: tuple[ObjectSpec, ...]
    camera: CameraSpec
    scene: SceneSpec

    @property
    def duration_s(self) -> float:
        """Time of the last frame in seconds."""
        return (self.render.frames - 1) / self.render.fps

    @property
    def timestamps(self) -> np.ndarray:
        """Times of the frames in seconds, (T,) float64."""
        return np.arange(self.render.frames, dtype=np.float64) / self.render.fps

    def world_from_object(self, times: np.ndarray) -> np.ndarray:
        """Return the objects' poses at `times` (K,) as (K,N,4,4) float64."""
        return np.stack([item.trajectory.build(self.duration_s).pose(times) for item in self.objects], axis=1)

    def world_from_camera(self, times: np.ndarray) -> np.ndarray:
        """Return the camera's poses at `times` (K,) as (K,4,4) float64, OpenCV axes."""
        camera = self.camera.build(self.duration_s, self.render.width, self.render.height)
        return camera.world_from_camera(times)

    @property
    def intrinsics(self) -> np.ndarray:
        """Pixel K, (3,3) float64, the same in every frame."""
        return self.camera.build(self.duration_s, self.render.width, self.render.height).intrinsics

    def to_json(self) -> str:
        """Return one line of JSON; equal specs give equal text."""
        return json.dumps(
            {
                "seed": self.seed,
                "clip": self.clip,
                "attempt": self.attempt,
                "split": self.split,
                "render": dataclasses.asdict(self.render),
                "track_points": self.track_points,
                "objects": [item.to_json() for item in self.objects],
                "camera": self.camera.to_json(),
                "scene": self.scene.to_json(),
            },
            sort_keys=True,
        )

    @classmethod
    def from_json(cls, text: str) -> "ClipSpec":
        """Return the spec that `to_json` wrote."""
        values = json.loads(text)
        return cls(
            **{
                **values,
                "render": RenderConfig(**values["render"]),
                "objects": tuple(ObjectSpec.from_json(item) for item in values["objects"]),
                "camera": CameraSpec.from_json(values["camera"]),
                "scene": SceneSpec.from_json(values["scene"]),
            }
        )
