"""Trajectory maps: what a network is told of where objects go, one picture for each frame."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from dataset_tools.canvas import Canvas
from dataset_tools.drawing import object_colour

MapStyle = Literal["stroke", "glow"]


@dataclass(frozen=True)
class MapPen:
    """How maps are drawn, in pixels up to a height of 260 and growing with it from there.

    `stroke`: a segment from the place in the frame before, in half the object's colour, and a disc at the place in this
    frame, in the full colour. `glow`: at the place in this frame a Gaussian of the colour, and nothing else.
    """

    style: MapStyle = "stroke"
    segment_width: float = 3.0
    head_radius: float = 4.0
    sigma: float = 6.0
    segment_opacity: float = 0.5


def trajectory_maps(
    centres_px: NDArray[np.floating], width: int, height: int, pen: MapPen | None = None
) -> NDArray[np.uint8]:
    """Maps (T,H,W,3) on black of objects' places (T,N,2) in pixels; object n has the colour `object_colour(n)`.

    Later objects lie over earlier ones. Where a place is not finite, nothing is drawn of it.
    """
    pen = pen or MapPen()
    return np.stack([_map(centres_px[max(t - 1, 0) : t + 1], width, height, pen) for t in range(len(centres_px))])


def _map(places: NDArray[np.floating], width: int, height: int, pen: MapPen) -> NDArray[np.uint8]:
    """One map from the places (K,N,2) in the frame before, where there is one, and in this frame."""
    canvas = Canvas(np.zeros((height, width, 3), np.uint8), 1.0)
    for n in range(places.shape[1]):
        path, colour = places[:, n], object_colour(n)
        if pen.style == "glow":
            canvas.glow(path[-1:], pen.sigma)
            canvas.paint(colour)
            continue
        canvas.line(path, pen.segment_width)
        canvas.paint(colour, pen.segment_opacity)
        canvas.dots(path[-1:], pen.head_radius)
        canvas.paint(colour)
    return canvas.pixels()
