"""Frames of one clip's video, decoded a few at a time, so that a long film takes no more memory than a short one."""

from collections import OrderedDict
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from dataset_tools import video
from dataset_tools.clip import Clip
from dataset_tools.errors import located

CACHE_BYTES = 48 << 20
"""Decoded frames that are kept, in bytes; of larger films the least recently used go."""


class Frames:
    """The frames (H,W,3) u8 of a clip by number; `video.GOP` of them are decoded together."""

    def __init__(self, clip: Clip, cache_bytes: int = CACHE_BYTES) -> None:
        self._clip = clip
        self._cache_bytes = cache_bytes
        self._pieces: OrderedDict[int, NDArray[np.uint8]] = OrderedDict()
        self._count = clip.labels["center_px"].shape[0]

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, t: int) -> NDArray[np.uint8]:
        """Frame `t`, 0 to T-1. Raises FormatError where the video lacks it, IndexError outside of the clip."""
        if not 0 <= t < self._count:
            raise IndexError(f"a clip of {self._count} frames has no frame {t}")
        start = t - t % video.GOP
        if start not in self._pieces:
            with located(f"video.mp4 of clip {self._clip.key}"):
                self._pieces[start] = video.decode(self._data, start, min(start + video.GOP, self._count))
        self._pieces.move_to_end(start)
        while len(self._pieces) > 1 and sum(piece.nbytes for piece in self._pieces.values()) > self._cache_bytes:
            self._pieces.popitem(last=False)
        return self._pieces[start][t - start]

    @cached_property
    def _data(self) -> bytes:
        return self._clip.read("video.mp4")
