"""What `posetraj sample` does: an image and paths in, an .mp4 file out."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from dataset_tools import video
from dataset_tools.atomic import write_bytes
from dataset_tools.errors import PoseTrajError
from model.load import load_pipeline
from model.micro_conditioning import MicroConditioning
from model.pipeline import Guidance
from train.devices import device_of, dtype_of
from train.model_folder import model_folder


@dataclass(frozen=True)
class Request:
    """The video that is asked for; `size` is height and width, `paths` are points (x, y) in its pixels."""

    image: Image.Image
    paths: Sequence[Sequence[tuple[float, float]]]
    size: tuple[int, int]
    frames: int
    fps: int
    steps: int
    guidance: Guidance
    motion_bucket: float
    seed: int


@dataclass(frozen=True)
class Machine:
    """What makes it: a checkpoint, a ControlNet of its own or None, and names of device and type, or "auto"."""

    checkpoint: str
    controlnet: str | None
    device: str
    dtype: str


def sample(request: Request, machine: Machine, out: Path) -> None:
    """Write the video. Raises PoseTrajError for what cannot be used."""
    try:
        told = MicroConditioning(request.fps, request.motion_bucket)
    except ValueError as error:
        raise PoseTrajError(str(error)) from error
    device, place = device_of(machine.device), model_folder(machine.checkpoint)
    pipeline = load_pipeline(place, machine.controlnet, dtype_of(machine.dtype, device)).to(device)
    frames = pipeline(
        request.image,
        request.paths,
        request.size,
        torch.Generator().manual_seed(request.seed),
        num_frames=request.frames,
        num_inference_steps=request.steps,
        guidance=request.guidance,
        told=told,
    )
    if not np.isfinite(frames).all():
        raise PoseTrajError(f"the model gave no picture in {pipeline.dtype}; try --dtype float32 or bfloat16")
    write_bytes(out, video.encode(np.rint(frames * 255.0).astype(np.uint8), request.fps))
