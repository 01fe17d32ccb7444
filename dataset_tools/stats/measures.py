"""The registry of what is measured: each measure is a title, the labels that it needs, and a function of a clip."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dataset_tools.stats.angles import camera_angles
from dataset_tools.stats.histogram import Tally
from dataset_tools.stats.sample import Sample, number

MASKS = "masks"


@dataclass(frozen=True)
class Measure:
    """One histogram. `values` of a clip that has all of `needs` gives an array of any shape; NaN is not counted.

    The bins are `step` wide and widen as values come, unless `bounds` (low, high) fix their range.
    """

    name: str
    title: str
    unit: str
    per: str
    needs: tuple[str, ...]
    step: float
    values: Callable[[Sample], NDArray]
    bounds: tuple[float, float] | None = None

    def tally(self) -> Tally:
        """Return an empty count."""
        if self.bounds is None:
            return Tally(self.step)
        low, high = self.bounds
        return Tally(self.step, bins=round((high - low) / self.step), start=low, grows=False)


def rotation_deg(sample: Sample) -> NDArray:
    """(N,) total rotation in degrees, as the generator integrated it."""
    return np.array([number(item.get("rotation_deg")) for item in sample.objects])


def longest_side_m(sample: Sample) -> NDArray:
    """(N,) longest side of the 3-D boxes in metres, to a micrometre."""
    return sample.labels["box_size"].max(axis=1).round(6)


def steps_in_sizes(sample: Sample) -> NDArray:
    """(T-1,N) way of each centre from frame to frame, in longest sides of its box."""
    centres = sample.labels["world_from_object"][..., :3, 3]
    return _lengths(np.diff(centres, axis=0)) / sample.labels["box_size"].max(axis=1)


def steps_px(sample: Sample) -> NDArray:
    """(T-1,N) way of each centre in the picture from frame to frame, in pixels."""
    return _lengths(np.diff(sample.labels["center_px"].astype(np.float64), axis=0))


def box_sides_px(sample: Sample) -> NDArray:
    """(T,N,2) width and height of the 2-D boxes in pixels."""
    box = sample.labels["box2d"].astype(np.float64)
    return box[..., 2:] - box[..., :2]


def box_percent(sample: Sample) -> NDArray:
    """(T,N) area of the 2-D boxes in percent of the frame."""
    return box_sides_px(sample).prod(axis=-1) * (100.0 / (sample.width * sample.height))


def mask_percent(sample: Sample) -> NDArray:
    """(T,N) pixels of each object's mask in percent of the frame; NaN where it shows none."""
    masks = sample.masks
    pixels = [(masks == n + 1).sum(axis=(1, 2)) for n in range(len(sample.objects))]
    share = np.stack(pixels, axis=1) * (100.0 / (masks.shape[1] * masks.shape[2]))
    return np.where(share > 0, share, np.nan)


def distance_m(sample: Sample) -> NDArray:
    """(T,N) metres from the camera to the centres."""
    centres = sample.labels["world_from_object"][..., :3, 3]
    return _lengths(centres - sample.labels["world_from_camera"][:, None, :3, 3])


def elevation_deg(sample: Sample) -> NDArray:
    """(T,) degrees at which the camera lies above the middle of the objects."""
    return camera_angles(sample.labels["world_from_object"], sample.labels["world_from_camera"])[1]


def tilt_deg(sample: Sample) -> NDArray:
    """(T,) degrees by which the camera's axis points below the horizon."""
    return -np.degrees(np.arcsin(sample.labels["world_from_camera"][:, 2, 2].clip(-1.0, 1.0)))


def field_of_view_deg(sample: Sample) -> NDArray:
    """(T,) degrees that the picture is wide, 2 atan(W / 2 f)."""
    return 2.0 * np.degrees(np.arctan2(sample.width / 2.0, sample.labels["intrinsics"][:, 0, 0]))


def _lengths(vectors: NDArray) -> NDArray:
    return np.sqrt((vectors**2).sum(axis=-1))


_POSE, _BOX, _CAMERA = "world_from_object", "box_size", "world_from_camera"

MEASURES: tuple[Measure, ...] = (
    Measure("rotation_deg", "Total rotation", "°", "object", (_POSE,), 7.5, rotation_deg),
    Measure(
        "path_sizes", "Path length, in object sizes", "×", "object", (_POSE, _BOX), 1 / 16,
        lambda sample: steps_in_sizes(sample).sum(axis=0),
    ),
    Measure(
        "path_px", "Path length in the picture", "px", "object", ("center_px",), 4.0,
        lambda sample: steps_px(sample).sum(axis=0),
    ),
    Measure(
        "speed_sizes", "Speed, in object sizes a second", "×/s", "frame", (_POSE, _BOX), 1 / 32,
        lambda sample: steps_in_sizes(sample) * sample.fps,
    ),
    Measure("speed_px", "Speed in the picture", "px/frame", "frame", ("center_px",), 0.25, steps_px),
    Measure("box_m", "Longest side of the 3-D box", "m", "object", (_BOX,), 1 / 16, longest_side_m),
    Measure(
        "box_px", "Longer side of the visible 2-D box", "px", "frame", ("box2d",), 4.0,
        lambda sample: box_sides_px(sample).max(axis=-1),
    ),
    Measure("box_percent", "Frame covered by the visible 2-D box", "%", "frame", ("box2d",), 0.5, box_percent),
    Measure("mask_percent", "Frame covered by the mask", "%", "frame", (MASKS,), 0.25, mask_percent),
    Measure(
        "visible_percent", "Visible part of the object", "%", "frame", ("visible_fraction",), 2.5,
        lambda sample: sample.labels["visible_fraction"] * 100.0, bounds=(0.0, 100.0),
    ),
    Measure("distance_m", "Distance from the camera", "m", "frame", (_POSE, _CAMERA), 0.25, distance_m),
    Measure(
        "elevation_deg", "Elevation of the camera", "°", "frame", (_POSE, _CAMERA), 2.5, elevation_deg,
        bounds=(-90.0, 90.0),
    ),
    Measure(
        "tilt_deg", "Tilt of the camera below the horizon", "°", "frame", (_POSE, _CAMERA), 2.5, tilt_deg,
        bounds=(-90.0, 90.0),
    ),
    Measure(
        "height_m", "Height of the camera", "m", "frame", (_POSE, _CAMERA), 0.125,
        lambda sample: sample.labels["world_from_camera"][:, 2, 3],
    ),
    Measure(
        "field_of_view_deg", "Horizontal field of view", "°", "frame", ("intrinsics",), 2.5, field_of_view_deg,
    ),
)  # fmt: skip
"""`per` frame means one value for each object in each frame, and for the camera one in each frame."""
