"""Clips of another size or frame rate made like the others, labels and all."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from dataset_tools.captions import film as film_of
from dataset_tools.clip import Clip
from train.example import Cut, Example, mirrored, read_example


@dataclass(frozen=True)
class Film:
    """What clips are made like: width and height in pixels, frames per second."""

    width: int
    height: int
    fps: float


def resampled(cut: Cut, clip: Clip, generator: np.random.Generator, film: Film) -> Example:
    """Take an example as `Cut.example` does, by the same draws, of a clip made like `film`.

    Of its frames those nearest in time are taken; pictures are made larger or smaller until they fill the frame, and
    what hangs over is cut off, the same on both sides. Raises FormatError for a clip too short.
    """
    clip.require("center_px")
    times = times_of(cut.frames, film_of(clip).fps, film.fps)
    total, span = clip.labels["center_px"].shape[0], int(times[-1]) + 1
    start, luck = int(generator.integers(max(1, total - span + 1))), generator.random()
    example = resized(picked(read_example(clip, start, span, cut.most_objects), times), film)
    example = replace(example, fps=film.fps)
    return mirrored(example) if luck < cut.mirror else example


def times_of(frames: int, own_fps: float, fps: float) -> NDArray[np.int_]:
    """Return which frames of a clip, (frames,) from 0 on, are nearest in time to those of a film of `fps`."""
    return np.rint(np.arange(frames) * own_fps / fps).astype(int)


def picked(example: Example, frames: NDArray[np.int_]) -> Example:
    """Return some frames of an example, numbered (T,)."""
    names = ("video", "centres_px", "corners_px", "axes_px", "depth", "world_from_camera", "intrinsics")
    return replace(example, **{name: getattr(example, name)[frames] for name in names})


def resized(example: Example, film: Film) -> Example:
    """Return an example whose pictures have the size of `film`."""
    height, width = example.video.shape[1:3]
    if (width, height) == (film.width, film.height):
        return example
    scale = max(film.width / width, film.height / height)
    cut_off = np.array([scale * width - film.width, scale * height - film.height]) / 2.0
    x0, y0 = cut_off / scale
    box = (x0, y0, width - x0, height - y0)
    pictures = [
        Image.fromarray(frame).resize((film.width, film.height), Image.Resampling.BICUBIC, box)
        for frame in example.video
    ]
    film_from_own = np.array([[scale, 0.0, -cut_off[0]], [0.0, scale, -cut_off[1]], [0.0, 0.0, 1.0]])
    return replace(
        example,
        video=np.stack([np.asarray(picture) for picture in pictures]),
        centres_px=(example.centres_px * scale - cut_off).astype(np.float32),
        corners_px=(example.corners_px * scale - cut_off).astype(np.float32),
        axes_px=(example.axes_px * scale - cut_off).astype(np.float32),
        intrinsics=film_from_own @ example.intrinsics,
    )
