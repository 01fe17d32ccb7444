"""The folders that the training script of PoseTraj's authors reads: frames, frames with boxes, trajectory maps."""

import re
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from dataset_tools.drawing import Layers, draw_frame
from dataset_tools.exports.opened import OpenedClip, text_of
from dataset_tools.exports.pictures import write_png

STILL_DEG = 1.0
"""Total rotation under which an object counts as not turning."""
LINE, HEAD = (255, 0, 0), (0, 255, 0)
LINE_WIDTH, HEAD_RADIUS = 3, 3
BOXES = Layers(boxes=True, paths=False)


class PoseTrajAuthors:
    """`{split}/{key}_{motion}/` with `images`, `images_bbox` and `traj_vid_enhanced`, files named alike."""

    needs: ClassVar[tuple[str, ...]] = ("center_depth", "box_corners_px")
    takes: ClassVar[tuple[str, ...]] = ()

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def add(self, clip: OpenedClip) -> None:
        """Write one clip's three folders."""
        folder = self._folder / clip.split / f"{clip.key}_{motion_name(clip.objects)}"
        maps = trajectory_maps(clip.arrays["center_px"], *clip.frames.shape[1:3])
        for t, (frame, trajectory) in enumerate(zip(clip.frames, maps, strict=True)):
            name = f"{t:05d}.png"
            write_png(folder / "images" / name, frame)
            write_png(folder / "images_bbox" / name, draw_frame(frame, clip.arrays, t, BOXES, scale=1.0))
            write_png(folder / "traj_vid_enhanced" / name, trajectory)

    def finish(self) -> None:
        """Nothing is left to write."""


def motion_name(objects: tuple[dict[str, Any], ...]) -> str:
    """`line` where no object turns, as their loader asks, or else the first object's family without underscores."""
    if all(abs(_degrees(entry)) < STILL_DEG for entry in objects):
        return "line"
    family = re.sub("[^a-z0-9]+", "-", text_of(objects[0], "family").lower())[:40].strip("-")
    return "turning-line" if family == "line" else family or "path"


def _degrees(entry: dict[str, Any]) -> float:
    value = entry.get("rotation_deg")
    return float(value) if isinstance(value, int | float) else np.inf


def trajectory_maps(centres: NDArray[np.floating], height: int, width: int) -> NDArray[np.uint8]:
    """Maps (T,H,W,3) from centres (T,N,2): in map t a red line from place t to t+1 and a green disc at t+1.

    The last map is black. A step with an end that is not finite is left out.
    """
    maps = np.zeros((len(centres), height, width, 3), np.uint8)
    for t in range(len(centres) - 1):
        picture = Image.new("RGB", (width, height))
        draw = ImageDraw.Draw(picture)
        for start, end in zip(centres[t], centres[t + 1], strict=True):
            if np.isfinite((start, end)).all():
                (x0, y0), (x1, y1) = np.floor((start, end)).clip(-9999, 9999).tolist()
                draw.line((x0, y0, x1, y1), LINE, LINE_WIDTH)
                draw.ellipse((x1 - HEAD_RADIUS, y1 - HEAD_RADIUS, x1 + HEAD_RADIUS, y1 + HEAD_RADIUS), HEAD)
        maps[t] = np.asarray(picture)
    return maps
