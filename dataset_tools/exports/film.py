"""One clip as a film to look at: boxes with their fronts marked, axes and paths drawn on the frames."""

import numpy as np

from dataset_tools import video
from dataset_tools.captions import film
from dataset_tools.clip import Clip
from dataset_tools.drawing import Layers, draw_frame
from dataset_tools.errors import FormatError
from dataset_tools.exports.opened import open_clip

WIDTH = 720
RATES = (0.1, 1000.0)
"""Frames per second that a film can be played at."""
BOXES = ("box_corners_px", "center_depth")
POSES = ("intrinsics", "world_from_camera", "world_from_object", "box_size")


def film_bytes(clip: Clip) -> bytes:
    """The clip as an MP4 about WIDTH pixels wide, at its own rate. Raises FormatError for an unsound clip."""
    opened = open_clip(clip, ("box2d",), (*BOXES, *POSES))
    fps = film(clip).fps
    if not RATES[0] <= fps <= RATES[1]:
        raise FormatError(f"clip {clip.key} says {fps:g} frames per second; films have {RATES[0]:g} to {RATES[1]:g}")
    layers = Layers(boxes=True, paths=True, axes=all(name in opened.arrays for name in POSES))
    scale = even_scale(opened.frames.shape[2], opened.frames.shape[1])
    drawn = [draw_frame(frame, opened.arrays, t, layers, scale=scale) for t, frame in enumerate(opened.frames)]
    return video.encode(np.stack(drawn), fps)


def even_scale(width: int, height: int) -> float:
    """The factor that brings a picture nearest to WIDTH pixels across with both sides even, as films want them."""
    near = sorted(range(WIDTH - 60, WIDTH + 61, 2), key=lambda across: abs(across - WIDTH))
    for across in near:
        down = round(height * across / width)
        if down and down % 2 == 0:
            return across / width
    raise FormatError(f"frames of {width}x{height} pixels cannot be shown in a film; use .html or .rrd")
