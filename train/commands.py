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
