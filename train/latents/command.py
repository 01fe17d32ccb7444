"""What the command line offers for latents. Torch is imported when the verb runs."""

from dataclasses import dataclass
from typing import Annotated, Literal

import tyro

from dataset_tools.errors import PoseTrajError

PRESETS = ("tiny", "small", "svd")


@dataclass(frozen=True)
class CacheLatents:
    """Encode a dataset's videos once, so that training need not: VAE moments and image embeddings of every frame."""

    dataset: Annotated[str, tyro.conf.Positional]
    """Folder or URL of the dataset."""
    model: str
    """Folder of a run, of a pipeline such as Stable Video Diffusion, or a name on the hub."""
    out: str | None = None
    """Folder or URL for the latents, if not `latents` in the dataset."""
    targets: tuple[Literal["plain", "boxed"], ...] = ("plain", "boxed")
    """The videos as they are, with their objects' 3-D boxes drawn in, or both."""
    most_objects: int = 3
    """Objects whose boxes and labels count: the first of each clip."""
    seed: int = 0
    """Decides the noise on the condition images."""
    batch: int = 8
    """Frames encoded at once."""
    workers: int = 4
    """Threads that read clips ahead; 0 reads them in turn."""
    device: str = "auto"
    """cuda, cpu, or auto."""
    dtype: Literal["auto", "float32", "float16", "bfloat16"] = "auto"
    """Type of the weights; auto is bfloat16 on a GPU and float32 elsewhere."""

    def run(self) -> int:
        """Make the cache and say where it lies."""
        if not self.targets or len(set(self.targets)) != len(self.targets):
            raise PoseTrajError("--targets should name plain, boxed or both")
        for flag, value, least in (("--most-objects", self.most_objects, 1), ("--batch", self.batch, 1)):
            if value < least:
                raise PoseTrajError(f"{flag} should be {least} or more")
        if self.workers < 0 or self.seed < 0:
            raise PoseTrajError("--workers and --seed should be 0 or more")
        if self.model in PRESETS:
            raise PoseTrajError(
                f"the preset {self.model} has random weights, whose latents say nothing; "
                f"give --model the folder of a pipeline that was trained"
            )
        from transformers.utils import logging

        logging.set_verbosity_error()  # it recommends packages that are not needed
        from train.latents.make import Settings, make

        made = make(
            Settings(
                self.dataset,
                self.model,
                self.out,
                self.targets,
                self.most_objects,
                self.seed,
                self.batch,
                self.workers,
                self.device,
                self.dtype,
            )  # fmt: skip
        )
        clips = sum(shard.clips for shard in made.record.shards)
        size = sum(shard.bytes for shard in made.record.shards)
        print(f"{clips} clips, {made.clips} of them encoded now, {size / 1e6:.1f} MB")
        print(f"wrote {made.folder.url}" if made.clips else f"{made.folder.url} is up to date")
        return 0
