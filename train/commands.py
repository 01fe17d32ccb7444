"""What the command line offers for training and using models. Torch is imported when a verb runs."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from dataset_tools.errors import PoseTrajError
from train.latents.command import CacheLatents
from train.sample_command import Sample
from train.sizes import size_of
from train.train_command import Train


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
        for name, value in (("frames", self.frames), ("batch", self.batch)):
            if value < 1:
                raise PoseTrajError(f"--{name} is {value}; it should be 1 or more")
        size = size_of(self.size)
        from model.estimate import estimate
        from model.presets import PRESETS

        found = estimate(PRESETS[self.model], self.batch, self.frames, size)
        print(f"parameters     VAE {found.vae / 1e6:.1f} M, UNet {found.unet / 1e6:.1f} M, ", end="")
        print(f"ControlNet {found.controlnet / 1e6:.1f} M")
        print(
            f"training step  {found.step_flops / 1e12:.2f} TFLOP with cached latents, both losses, batch {self.batch}"
        )
        print(f"sampling       {found.sample_flops / 1e12:.2f} TFLOP for one call of both networks; 2 calls a step")
        print(f"weights        {found.weight_bytes / 2**30:.2f} GiB for UNet and ControlNet in bfloat16")
        print(f"optimiser      {found.trained_bytes / 2**30:.2f} GiB for the ControlNet in float32 with AdamW")
        return 0


VERBS: Mapping[str, type] = {
    "cache-latents": CacheLatents,
    "train": Train,
    "sample": Sample,
    "estimate": EstimateCost,
}
