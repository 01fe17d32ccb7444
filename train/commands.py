"""What the command line offers for training and using models. Torch is imported when a verb runs."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from PIL import Image

from dataset_tools.errors import PoseTrajError
from train.latents.command import CacheLatents
from train.train_command import Train

NUMBER = r"[-+]?\d+(?:\.\d+)?"
POINT = re.compile(rf"({NUMBER}),({NUMBER})")


def path_of(text: str) -> list[tuple[float, float]]:
    """Read a path written as "x,y x,y ...", pixels of the video. Raises PoseTrajError for anything else."""
    words = text.split()
    matches = [POINT.fullmatch(word) for word in words]
    if not words or None in matches:
        raise PoseTrajError(f'the path {text!r} should be points "x,y x,y ..." in pixels of the video')
    return [(float(match[1]), float(match[2])) for match in matches if match]


def size_of(text: str) -> tuple[int, int]:
    """Read a size written as "576x320"; returns height and width. Raises PoseTrajError for anything else."""
    match = re.fullmatch(r"(\d+)x(\d+)", text)
    if not match or any(int(side) % 8 or int(side) == 0 for side in match.groups()):
        raise PoseTrajError(f"the size {text!r} should be WIDTHxHEIGHT, multiples of 8, such as 576x320")
    return int(match[2]), int(match[1])


def _opened(path: Path) -> Image.Image:
    try:
        return Image.open(path).convert("RGB")
    except (OSError, Image.DecompressionBombError) as error:
        raise PoseTrajError(f"cannot read the image {path}: {error}") from error


@dataclass(frozen=True)
class Sample:
    """Make a video from an image and a path for each object in it."""

    checkpoint: str
    """Folder of a run, of a pipeline such as Stable Video Diffusion, or a name on the hub."""
    image: Path
    """The first frame."""
    out: Path
    """The video, an .mp4 file."""
    path: tuple[str, ...] = ()
    """"x,y x,y ..." in pixels of the video, one for each object, quoted; walked at an even speed."""
    controlnet: str | None = None
    """Folder of a trained ControlNet, for a checkpoint that has none."""
    size: str = "576x320"
    """Width and height of the video; the image is resized to it."""
    frames: int = 14
    """Frames of the video."""
    fps: int = 7
    """Frames per second."""
    steps: int = 25
    """Steps of the sampler."""
    guidance: float = 3.0
    """Guidance by the image in the last frame; it begins at 1."""
    trajectory_guidance: float = 1.0
    """Guidance by the paths."""
    motion_bucket: float = 127.0
    """Amount of motion, 0 to 255, as SVD was told it."""
    device: str = "auto"
    """cuda, cpu, or auto."""
    dtype: Literal["auto", "float32", "float16", "bfloat16"] = "auto"
    """Type of the weights; auto is bfloat16 on a GPU and float32 elsewhere."""
    seed: int = 0
    """Decides the noise."""

    def run(self) -> int:
        """Write the video."""
        size, paths = size_of(self.size), [path_of(text) for text in self.path]
        if self.out.suffix != ".mp4":
            raise PoseTrajError(f"{self.out} should end in .mp4")
        if self.frames < 2 or self.steps < 1:
            raise PoseTrajError("a video needs 2 frames or more, and 1 step or more")
        image = _opened(self.image)
        from transformers.utils import logging

        logging.set_verbosity_error()  # it recommends packages that are not needed
        from model.pipeline import Guidance
        from train.sample import Machine, Request, sample

        guidance = Guidance(1.0, self.guidance, self.trajectory_guidance)
        request = Request(
            image, paths, size, self.frames, self.fps, self.steps, guidance, self.motion_bucket, self.seed
        )
        sample(request, Machine(self.checkpoint, self.controlnet, self.device, self.dtype), self.out)
        print(f"wrote {self.out}")
        return 0


@dataclass(frozen=True)
class EstimateCost:
    """Say how large a model is and what a training step and a video cost; no weights are read."""

    model: Literal["tiny", "small", "svd"] = "svd"
    """Preset."""
    size: str = "576x320"
    """Width and height of the videos."""
    frames: int = 14
    """Frames of a video."""
    batch: int = 1
    """Videos in a training step."""

    def run(self) -> int:
        """Print the figures."""
        from model.estimate import estimate
        from model.presets import PRESETS

        found = estimate(PRESETS[self.model], self.batch, self.frames, size_of(self.size))
        encoder = f"image encoder {found.image_encoder / 1e6:.1f} M, " if found.image_encoder else ""
        print(f"parameters     VAE {found.vae / 1e6:.1f} M, {encoder}UNet {found.unet / 1e6:.1f} M, ", end="")
        print(f"ControlNet {found.controlnet / 1e6:.1f} M")
        print(
            f"training step  {found.step_flops / 1e12:.2f} TFLOP with cached latents, both losses, batch {self.batch}"
        )
        sampling = f"{found.sample_flops / 1e12:.2f} TFLOP for one call of both networks"
        print(f"sampling       {sampling}; 2 calls a step, 3 calls a step with trajectory guidance")
        kept, kept_twice, whole, whole_twice = (
            count / 2**30 for count in (found.kept_bytes, found.kept_twice_bytes, *found.training_bytes)
        )
        print(f"weights        {found.weight_bytes / 2**30:.2f} GiB in bfloat16, as sampling has all networks")
        learns = "the ControlNet in float32 with gradient, AdamW's moments and the moving average"
        print(f"training       {found.trained_bytes / 2**30:.2f} GiB for {learns}")
        print(f"               {found.frozen_bytes / 2**30:.2f} GiB for the frozen networks in bfloat16")
        print(f"               {kept:.2f} GiB kept for the backward pass, {kept_twice:.2f} with checkpointing")
        print(f"peak           about {whole:.1f} GiB of a GPU in training, {whole_twice:.1f} with checkpointing")
        return 0


VERBS: Mapping[str, type] = {
    "cache-latents": CacheLatents,
    "train": Train,
    "sample": Sample,
    "estimate": EstimateCost,
}
