"""What the videos are like that a model learned from: so is what it makes, where nothing else is asked for."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from train.model_folder import told_of


@dataclass(frozen=True)
class VideoForm:
    """A video's form; what is not named is Stable Video Diffusion's.

    Attributes:
        size: height and width.
        fps: frames per second.
        motion_bucket: what the model is told of the amount of motion.
        frames: None for as many as the UNet's configuration says.
    """

    size: tuple[int, int] = (320, 576)
    fps: float = 7.0
    motion_bucket: float = 127.0
    frames: int | None = None


def video_form(*models: str) -> VideoForm:
    """Return the form that is noted in the first of the folders in which a run left its model; SVD's without any."""
    told = next((found for found in map(told_of, map(Path, models)) if found), {})
    recipe = ("facts", "recipe")
    width, height, fps = (_number(told, "video", name) for name in ("width", "height", "fps"))
    motion_bucket, frames = _number(told, *recipe, "motion_bucket"), _number(told, *recipe, "cut", "frames")
    other = VideoForm()
    return VideoForm(
        size=(int(height), int(width)) if width and height else other.size,
        fps=fps or other.fps,
        motion_bucket=other.motion_bucket if motion_bucket is None else motion_bucket,
        frames=int(frames) if frames else None,
    )


def _number(table: Any, *names: str) -> float | None:
    """Return a number that lies in tables within tables, None where there is none."""
    for name in names:
        table = table.get(name) if isinstance(table, Mapping) else None
    return table if isinstance(table, int | float) else None
