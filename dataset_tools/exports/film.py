"""One clip as a film to look at: boxes with their fronts marked, axes and paths drawn on the frames."""

import numpy as np
from numpy.typing import NDArray

from dataset_tools import video
from dataset_tools.captions import film
from dataset_tools.clip import Clip
from dataset_tools.drawing import Layers, draw_frame
from dataset_tools.errors import FormatError

WIDTH = 720
LAYERS = Layers(boxes=True, paths=True, axes=True)


def film_bytes(clip: Clip) -> bytes:
    """The clip as an MP4 about WIDTH pixels wide, at its own rate. Raises FormatError for an unsound clip."""
    clip.require("center_px", "box2d")
    frames = clip.video()
    if len(frames) != len(clip.labels["center_px"]):
        raise FormatError(
            f"clip {clip.key} has {len(frames)} frames and labels for {len(clip.labels['center_px'])}; "
            f"'posetraj validate' says what is wrong"
        )
    return video.encode(_drawn(frames, clip), film(clip).fps)


def _drawn(frames: NDArray[np.uint8], clip: Clip) -> NDArray[np.uint8]:
    scale = even_scale(frames.shape[2], frames.shape[1])
    return np.stack([draw_frame(frame, clip.labels, t, LAYERS, scale=scale) for t, frame in enumerate(frames)])


def even_scale(width: int, height: int) -> float:
    """The factor that brings a picture nearest to WIDTH pixels across with both sides even, as films want them."""
    near = sorted(range(WIDTH - 60, WIDTH + 61, 2), key=lambda across: abs(across - WIDTH))
    for across in near:
        if round(height * across / width) % 2 == 0 and round(height * across / width):
            return across / width
    raise FormatError(f"frames of {width}x{height} pixels cannot be shown in a film; use .html or .rrd")
