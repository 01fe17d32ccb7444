"""`posetraj sample`: an image and paths in, an .mp4 file out."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import torch
from PIL import Image

from dataset_tools import video
from dataset_tools.atomic import write_bytes
from dataset_tools.errors import PoseTrajError
from model.load import load_pipeline
from model.micro_conditioning import MicroConditioning
from model.pipeline import Guidance

if TYPE_CHECKING:
    from train.commands import Sample


def sample(
    asked: "Sample", image: Image.Image, paths: Sequence[Sequence[tuple[float, float]]], size: tuple[int, int]
) -> None:
    """Write the video that was asked for; `size` is height and width. Raises PoseTrajError for what cannot be used."""
    try:
        told = MicroConditioning(asked.fps, asked.motion_bucket)
    except ValueError as error:
        raise PoseTrajError(str(error)) from error
    device = _device(asked.device)
    dtype = _dtype(asked.dtype, device)
    pipeline = load_pipeline(asked.checkpoint, asked.controlnet, dtype).to(device)
    frames = pipeline(
        image,
        paths,
        size,
        torch.Generator().manual_seed(asked.seed),
        num_frames=asked.frames,
        num_inference_steps=asked.steps,
        guidance=Guidance(1.0, asked.guidance, asked.trajectory_guidance),
        told=told,
    )
    write_bytes(asked.out, video.encode(np.rint(frames * 255.0).astype(np.uint8), asked.fps))


def _device(name: str) -> torch.device:
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError) as error:
        raise PoseTrajError(f"there is no device {name!r} here; leave --device away to take what there is") from error
    return device


def _dtype(name: str, device: torch.device) -> torch.dtype:
    if name == "auto":
        return torch.bfloat16 if device.type == "cuda" else torch.float32
    return getattr(torch, name)
