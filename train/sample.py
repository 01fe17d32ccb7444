"""What `posetraj sample` does: an image and paths in, an .mp4 file out."""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from dataset_tools import video
from dataset_tools.atomic import write_bytes
from dataset_tools.errors import PoseTrajError
from model.latent_size import check_size
from model.load import load_pipeline
from model.micro_conditioning import MicroConditioning
from model.paths import check_start
from model.pipeline import Camera, Guidance, TrajectoryVideoPipeline
from train.devices import device_of, dtype_of
from train.video_form import VideoForm


@dataclass(frozen=True)
class Request:
    """The video that is asked for, in a form of its own; `paths` are points (x, y) in its pixels."""

    image: Image.Image
    paths: Sequence[Sequence[tuple[float, float]]]
    camera: Camera | None
    form: VideoForm
    steps: int
    guidance: Guidance
    seed: int
    decode_chunk: int


@dataclass(frozen=True)
class Machine:
    """What makes it: where a model lies, and a ControlNet of its own or None; names of device and type, or "auto"."""

    checkpoint: str
    controlnet: str | None
    device: str
    dtype: str


def sample(request: Request, machine: Machine, out: Path) -> VideoForm:
    """Write the video and return its form. Raises PoseTrajError for what cannot be used, most of it at once."""
    form = request.form
    told = MicroConditioning(form.fps, form.motion_bucket)
    check_size(form.size)
    for path in request.paths:
        check_start(path, form.size, request.image.size)
    check_writable(out)
    pipeline = _pipeline(request, machine)
    count = form.frames or pipeline.unet.config.num_frames
    frames = pipeline(
        request.image,
        request.paths,
        form.size,
        torch.Generator().manual_seed(request.seed),
        num_frames=count,
        num_inference_steps=request.steps,
        guidance=request.guidance,
        told=told,
        camera=request.camera,
        decode_chunk_size=request.decode_chunk,
    )
    if not np.isfinite(frames).all():
        raise PoseTrajError(f"the model gave no picture in {pipeline.dtype}; try --dtype float32 or bfloat16")
    write_bytes(out, video.encode(np.rint(frames * 255.0).astype(np.uint8), form.fps))
    return VideoForm(form.size, form.fps, form.motion_bucket, count)


def _pipeline(request: Request, machine: Machine) -> TrajectoryVideoPipeline:
    """Return the model. Raises PoseTrajError where its ControlNet is fresh and would have something to do."""
    device = device_of(machine.device)
    pipeline = load_pipeline(machine.checkpoint, machine.controlnet, dtype_of(machine.dtype, device))
    if (request.paths or request.camera) and pipeline.controlnet.changes_nothing():
        raise PoseTrajError(
            f"the ControlNet of {machine.controlnet or machine.checkpoint} is untrained; neither paths nor a camera "
            "would change the video; name a trained one with --controlnet, or leave --path and --camera away"
        )
    return pipeline.to(device)


def check_writable(out: Path) -> None:
    """Make the folder of a file; raise PoseTrajError where the file cannot be written later."""
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        if out.is_dir():
            raise IsADirectoryError(0, "it is a folder")
        with tempfile.TemporaryFile(dir=out.parent):
            pass
    except OSError as error:
        raise PoseTrajError(f"cannot write {out}: {error.strerror}; choose another --out") from error
