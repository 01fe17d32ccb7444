"""A clip opened for looking at: its frames and labels, what it has and what it lacks, and a frame's picture."""

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from dataset_tools.captions import Film, film
from dataset_tools.clip import Clip
from dataset_tools.drawing import draw_frame
from dataset_tools.inspect.depth_colours import DepthRange, depth_picture, depth_range
from dataset_tools.inspect.frames import Frames
from dataset_tools.inspect.view import View

PICTURE_WIDTH = 720
MAX_SCALE = 4.0
NEEDED = ("intrinsics", "center_px", "box2d", "track_object", "track_px", "track_visible")
POSES = ("world_from_camera", "world_from_object", "box_size")
WITHOUT = {
    "world_from_object": "no poses or 3-D boxes",
    "world_from_camera": "no camera poses",
    "track_points": "no track points in space",
    "masks": "no masks",
    "depth": "no depth",
}


class OpenedClip:
    """One clip. Opening reads labels and meta data, and holds them against each other; the rest is read when shown.

    Raises FormatError for a clip that lacks what every clip has, or whose arrays do not fit together.
    """

    def __init__(self, clip: Clip) -> None:
        clip.require(*NEEDED)
        self.clip = clip
        self.labels = clip.labels
        self.film: Film = film(clip)
        self.frames = Frames(clip)

    @property
    def has_scene(self) -> bool:
        """Whether there is something to show in space: a camera, and perhaps objects."""
        return self.clip.has("world_from_camera")

    @property
    def has_objects(self) -> bool:
        """Whether camera and objects have poses."""
        return all(map(self.clip.has, POSES))

    @property
    def absent(self) -> tuple[str, ...]:
        """What the clip lacks of what can be shown, as short texts."""
        return tuple(text for name, text in WITHOUT.items() if not self.clip.has(name))

    def layer_available(self, layer: str) -> bool:
        """Whether the clip has what a layer shows; boxes, paths and tracks are drawn flat for every clip."""
        needs = {"axes": self.has_objects, "camera": self.has_scene, "cloud": self.has_scene and self.clip.has("depth")}
        if layer in ("masks", "depth"):
            return self.clip.has(layer)
        return needs.get(layer, True)

    @cached_property
    def depth_limits(self) -> DepthRange:
        """The depths that the colours of the depth layer span."""
        return depth_range(self.clip.depth)

    def picture(self, view: View) -> NDArray[np.uint8]:
        """The view's frame with its layers drawn on it, RGB about PICTURE_WIDTH pixels wide."""
        t = view.frame
        shown = {layer for layer in view.layers if self.layer_available(layer)}
        base = self.frames[t]
        if "depth" in shown:
            base = depth_picture(self.clip.depth[t], self.depth_limits)
        mask = self.clip.masks[t] if "masks" in shown else None
        scale = min(MAX_SCALE, PICTURE_WIDTH / base.shape[1])
        return draw_frame(base, self.labels, t, view.drawn, mask, scale)
