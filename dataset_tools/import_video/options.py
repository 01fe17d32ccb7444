"""What a run of import-video is asked to do."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from dataset_tools.errors import FormatError
from dataset_tools.splits import DEFAULT_SHARES

CameraMode = Literal["auto", "never", "always"]
Tracker = Literal["lk", "cotracker"]
MIN_POINTS_PER_OBJECT = 16
MOST_OBJECTS = 254
"""Masks are bytes: 0 is the background, 255 is what mask files call void."""


@dataclass(frozen=True)
class ImportOptions:
    """Settings that decide what a window of a film becomes; raises FormatError where they make no sense.

    `width` and `height` are pixels, `fps` frames per second, `stride` the frames from one window of a shot to the
    next. `points` tracked points are shared out among the objects of a clip, of which there are `max_objects` at
    most. `image_fps` is the rate of a folder of pictures. `shares` are the splits' parts of the films.
    """

    width: int = 576
    height: int = 320
    frames: int = 32
    fps: float = 8.0
    stride: int = 32
    points: int = 256
    max_objects: int = 4
    camera: CameraMode = "auto"
    tracker: Tracker = "lk"
    masks: Path | None = None
    annotations: Path | None = None
    image_fps: float = 0.0
    licence: str = "unknown"
    author: str = "unknown"
    seed: int = 0
    clips_per_shard: int = 64
    shares: Mapping[str, float] = field(default_factory=lambda: dict(DEFAULT_SHARES))

    def __post_init__(self) -> None:
        for name in ("width", "height"):
            value = getattr(self, name)
            if value < 32 or value > 4096 or value % 2:
                raise FormatError(f"{name} {value} cannot be; choose an even number of pixels from 32 to 4096")
        if self.frames < 2:
            raise FormatError(f"a clip of {self.frames} frames does not move; choose 2 frames or more")
        if self.stride < 1:
            raise FormatError(f"a stride of {self.stride} frames never gets on; choose 1 or more")
        if not 0 < self.fps <= 240:
            raise FormatError(f"{self.fps:g} frames per second cannot be; choose more than 0 and at most 240")
        if self.image_fps < 0:
            raise FormatError(f"pictures at {self.image_fps:g} per second cannot be; choose more than 0")
        if not 1 <= self.max_objects <= MOST_OBJECTS:
            raise FormatError(f"at most {self.max_objects} objects cannot be; choose 1 to {MOST_OBJECTS}")
        if self.points < MIN_POINTS_PER_OBJECT * self.max_objects:
            raise FormatError(
                f"{self.points} points are too few for {self.max_objects} objects; choose "
                f"{MIN_POINTS_PER_OBJECT * self.max_objects} or more, or fewer objects"
            )
        if self.clips_per_shard < 1:
            raise FormatError(f"a shard of {self.clips_per_shard} clips cannot be; choose 1 or more")


def parse_size(text: str) -> tuple[int, int]:
    """Width and height of a text such as `576x320`; raises FormatError for any other."""
    width, _, height = text.lower().partition("x")
    if not (width.isascii() and height.isascii() and width.isdigit() and height.isdigit()):
        raise FormatError(f"the size {text!r:.40} is not of the form WIDTHxHEIGHT, such as 576x320")
    return int(width), int(height)
