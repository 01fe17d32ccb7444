"""Where a film cuts from one shot to the next."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dataset_tools.import_video.film import Film, FilmEndsEarly, Frame, frames
from dataset_tools.import_video.fit import Fit

LOOKED_AT_PX = 256
"""Longer side of the pictures that are compared."""
MIN_SHOT_FRAMES = 3


@dataclass(frozen=True)
class Survey:
    """What one pass over a film tells: each frame's `time` (F,) in seconds and its number among all decoded frames,
    the first frame of each shot but the first, by place in `times`, and a note where the film ends early."""

    times: NDArray[np.float64]
    numbers: NDArray[np.int64]
    cuts: tuple[int, ...]
    note: str

    @property
    def shots(self) -> tuple[tuple[int, int], ...]:
        """First frame and end of each shot, by place in `times`."""
        edges = (0, *self.cuts, len(self.times))
        return tuple(zip(edges[:-1], edges[1:], strict=True))


def survey(film: Film) -> Survey:
    """Decode a film once, a frame at a time, for its frames' times and its cuts. Raises FormatError as `frames`."""
    times: list[float] = []
    numbers: list[int] = []
    notes: list[str] = []

    def small() -> Iterator[NDArray[np.uint8]]:
        try:
            for frame in frames(film):
                times.append(frame.time)
                numbers.append(frame.index)
                yield _small(frame)
        except FilmEndsEarly as error:
            notes.append(str(error))

    cuts = find_cuts(small())
    return Survey(np.array(times), np.array(numbers), cuts, "; ".join(notes))


def find_cuts(pictures: Iterable[NDArray[np.uint8]]) -> tuple[int, ...]:
    """The first frames of all shots but the first, of RGB pictures (H,W,3), by PySceneDetect.

    A cut is where a frame differs from the one before far more than its neighbours do (AdaptiveDetector), so that
    fast pans and passing vehicles are none.
    """
    from scenedetect import AdaptiveDetector, FrameTimecode

    detector = AdaptiveDetector(min_scene_len=MIN_SHOT_FRAMES)
    cuts: list[int] = []
    for number, picture in enumerate(pictures):
        bgr = np.ascontiguousarray(picture[..., ::-1])
        cuts += [found.frame_num for found in detector.process_frame(FrameTimecode(number, fps=25.0), bgr)]
    return tuple(sorted(set(cuts)))


def _small(frame: Frame) -> NDArray[np.uint8]:
    height, width = frame.stored.shape[:2]
    scale = min(1.0, LOOKED_AT_PX / max(width, height))
    small_width, small_height = max(16, round(width * scale)), max(16, round(height * scale))
    return Fit(width, height, 0, frame.aspect**0, small_width, small_height).picture(frame.stored)
