"""`posetraj sample`: a video from an image and paths."""

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import tyro
from PIL import Image, ImageOps

from dataset_tools.errors import PoseTrajError
from train.sizes import size_of

if TYPE_CHECKING:
    from train.video_form import VideoForm

NUMBER = r"[-+]?\d+(?:\.\d+)?"
POINT = re.compile(rf"({NUMBER}),({NUMBER})")


def path_of(text: str) -> list[tuple[float, float]]:
    """Read a path written as "x,y x,y ...", pixels of the video. Raises PoseTrajError for anything else."""
    words = text.split()
    matches = [POINT.fullmatch(word) for word in words]
    if not words or None in matches:
        raise PoseTrajError(f'the path {text!r} should be points "x,y x,y ..." in pixels of the video')
    return [(float(match[1]), float(match[2])) for match in matches if match]


def opened(path: Path) -> Image.Image:
    """Read a picture, turned upright as its EXIF says. Raises PoseTrajError for what is none."""
    try:
        with Image.open(path) as image:
            return ImageOps.exif_transpose(image)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise PoseTrajError(f"cannot read the image {path}: {error}") from error


@dataclass(frozen=True)
class Sample:
    """Make a video from an image and a path for each object in it."""

    checkpoint: str
    """Folder of a run, of a pipeline such as Stable Video Diffusion, or a name on the hub."""
    image: Path
    """The first frame, of any size; it is turned upright and resized to the video."""
    out: Path
    """The video, an .mp4 file."""
    path: tyro.conf.UseAppendAction[tuple[str, ...]] = ()
    """An object's path, "x,y x,y ...", quoted, in pixels of the video (--size), not of the image; walked from first to
    last point at an even speed. Give --path once for each object."""
    camera: Path | None = None
    """The camera's motion: an .npz file with world_from_camera (T,4,4), a pose for each frame, and for models that
    learned from rays intrinsics (T,3,3); such as a clip's labels.npz."""
    controlnet: str | None = None
    """Folder of a trained ControlNet, or of a run or a pipeline that has one, for a checkpoint that has none."""
    size: str | None = None
    """Width and height of the video, WIDTHxHEIGHT; by default as the run's videos, and 576x320 without a run."""
    frames: int | None = None
    """Frames of the video; by default as many as the run learned at once, or as the UNet was made for."""
    fps: float | None = None
    """Frames per second; by default as the run's videos, and 7 without a run."""
    steps: int = 25
    """Steps of the sampler."""
    guidance: float = 3.0
    """Guidance by the image in the last frame; it begins at 1."""
    trajectory_guidance: float = 1.0
    """Guidance by the paths."""
    motion_bucket: float | None = None
    """Amount of motion, 0 to 255, as SVD was told it; by default as the run was told it, and 127 without a run."""
    decode_chunk: int = 14
    """Frames that are decoded at once; fewer take less memory."""
    device: str = "auto"
    """cuda, cpu, or auto."""
    dtype: Literal["auto", "float32", "float16", "bfloat16"] = "auto"
    """Type of the weights; auto is bfloat16 on a GPU and float32 elsewhere."""
    seed: int = 0
    """Decides the noise."""

    def run(self) -> int:
        """Write the video."""
        self._check()
        paths, image = [path_of(text) for text in self.path], opened(self.image)
        from diffusers.utils import logging as diffusers_logging
        from transformers.utils import logging

        logging.set_verbosity_error()  # it recommends packages that are not needed
        diffusers_logging.set_verbosity_error()  # it tells of missing weights, as the error does
        from model.pictures import as_rgb
        from model.pipeline import Guidance
        from train.camera_file import read_camera
        from train.model_folder import model_folder
        from train.sample import Machine, Request, sample

        guidance = Guidance(1.0, self.guidance, self.trajectory_guidance)
        camera = None if self.camera is None else read_camera(self.camera)
        controlnet = None if self.controlnet is None else model_folder(self.controlnet)
        machine = Machine(model_folder(self.checkpoint), controlnet, self.device, self.dtype)
        form = self._form(*filter(None, (controlnet, machine.checkpoint)))
        request = Request(as_rgb(image), paths, camera, form, self.steps, guidance, self.seed, self.decode_chunk)
        made = sample(request, machine, self.out)
        print(f"wrote {self.out}: {made.frames} frames of {made.size[1]}x{made.size[0]} at {made.fps:g} fps")
        return 0

    def _form(self, *models: str) -> "VideoForm":
        """What the flags ask for, and for the rest what the models' runs tell."""
        from train.video_form import video_form

        size = None if self.size is None else size_of(self.size)
        asked = {"size": size, "frames": self.frames, "fps": self.fps, "motion_bucket": self.motion_bucket}
        return replace(video_form(*models), **{name: value for name, value in asked.items() if value is not None})

    def _check(self) -> None:
        if self.out.suffix != ".mp4":
            raise PoseTrajError(f"{self.out} should end in .mp4")
        for name, least in (("frames", 2), ("steps", 1), ("decode_chunk", 1)):
            value = getattr(self, name)
            if value is not None and value < least:
                raise PoseTrajError(f"--{name.replace('_', '-')} is {value}; it should be {least} or more")
        if not -(2**63) <= self.seed < 2**64:
            raise PoseTrajError(f"--seed is {self.seed}; it should fit into 64 bits")
