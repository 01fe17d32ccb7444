"""TAP-Vid: tracked points as the benchmark's own pickles hold them, one file for each shard."""

import pickle
from pathlib import Path, PurePath
from typing import Any, ClassVar

import numpy as np

from dataset_tools.exports.opened import OpenedClip


class TapVid:
    """`{split}/{shard}.pkl`: {clip's key: {"video", "points", "occluded"}}; memory holds one shard's clips."""

    needs: ClassVar[tuple[str, ...]] = ("track_px", "track_visible", "track_object")
    takes: ClassVar[tuple[str, ...]] = ()

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._place: tuple[str, str] = ("", "")
        self._videos: dict[str, dict[str, Any]] = {}

    def add(self, clip: OpenedClip) -> None:
        """Keep one clip; write those of the shard before it."""
        place = (clip.split, PurePath(clip.shard).stem or "clips")
        if place != self._place:
            self.finish()
            self._place = place
        self._videos[clip.key] = {"video": clip.frames, **tracks(clip)}

    def finish(self) -> None:
        """Write the clips of the last shard."""
        if not self._videos:
            return
        split, name = self._place
        (self._folder / split).mkdir(exist_ok=True)
        with open(self._folder / split / f"{name}.pkl", "wb") as file:
            pickle.dump(self._videos, file, protocol=4)
        self._videos = {}


def tracks(clip: OpenedClip) -> dict[str, np.ndarray]:
    """`points` (P,T,2) f32, x and y over the frame's width and height, and `occluded` (P,T).

    Points out of the frame keep their place beyond 0..1; those behind the camera, which have none, are at 0.
    """
    height, width = clip.frames.shape[1:3]
    px = np.nan_to_num(clip.arrays["track_px"], nan=0.0)  # (T,P,2)
    points = (px / np.array([width, height])).astype(np.float32)
    return {
        "points": np.ascontiguousarray(points.swapaxes(0, 1)),
        "occluded": np.ascontiguousarray(~clip.arrays["track_visible"].T),
    }
