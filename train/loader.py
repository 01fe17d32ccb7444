"""Batches for training out of datasets, by any number of worker processes, from any position on."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, Sampler, default_collate

from dataset_tools.clip import Clip
from dataset_tools.errors import FormatError
from dataset_tools.reader import Dataset as ClipDataset
from dataset_tools.video import Yuv
from model.latent_size import PIXELS_PER_LATENT
from train.colours import in_colours, rgb_from_yuv
from train.example import LABEL_ARRAYS, Cut, Example
from train.latents.fingerprint import Target
from train.latents.read import LatentCache, Window
from train.latents.stack import stack_windows
from train.mixture import Mixture
from train.order import ClipOrder, Share
from train.resample import Film, resampled
from train.tensor_fields import TensorFields

MOST_SKIPPED = 20
"""Clips in a row that cannot be read before a run that skips such clips stops."""
SEEDS = 1 << 62


@dataclass(frozen=True)
class Source:
    """A dataset's training clips and the order in which they come.

    Attributes:
        film: what they are made like, where they are not so.
        latents: where their `target` lies encoded; examples then come without pictures, and never mirrored.
        target: what is learned; "boxed" clips must have boxes.
    """

    clips: ClipDataset
    order: ClipOrder
    film: Film | None = None
    latents: LatentCache | None = None
    target: Target = "plain"

    def example(self, clip: Clip, cut: Cut, generator: np.random.Generator) -> Example | Window:
        """Take an example of one of the clips, by the same draws whether it comes as pictures or as latents."""
        if self.latents is not None:
            start = int(generator.integers(max(1, self.latents.frames(clip.key) - cut.frames + 1)))
            return self.latents.window(clip.key, start, cut.frames, self.target)
        if self.target == "boxed":
            clip.require("box_corners_px", "center_depth")
        return cut.example(clip, generator) if self.film is None else resampled(cut, clip, generator, self.film)


@dataclass(frozen=True)
class Batch(TensorFields):
    """B examples; fields are those of `Example`, stacked.

    They come as a video, in colours or as clips hold it, or from a cache as latents; the others' fields are None.

    Attributes:
        positions: (B,) int64, where they stand in the line.
        seeds: (B,) int64, of all that is still to be drawn for them.
        has_camera: (B,) bool.
        skipped: clips that could not be read and were left out.
        height, width: of the video in pixels.
        video: (B,T,3,H,W) u8, in colours.
        y, cb, cr: (B,T,H,W) and (B,T,H/2,W/2) u8, luma and chroma; `to_flip` (B,) bool, which are to be mirrored.
        moments: (B,T,2C,h,w) f16, means and log-variances of the video's latents; not scaled.
        image_latents: (B,C,h,w) f16, of the first frame with noise of `noise_strength` (B,); not scaled.
        embedding: (B,D) f16, CLIP's of the first frame; None also for models without CLIP.
    """

    positions: Tensor
    seeds: Tensor
    centres_px: Tensor
    corners_px: Tensor
    axes_px: Tensor
    depth: Tensor
    objects: Tensor
    world_from_camera: Tensor
    intrinsics: Tensor
    fps: Tensor
    has_camera: Tensor
    skipped: int
    height: int
    width: int
    video: Tensor | None = None
    y: Tensor | None = None
    cb: Tensor | None = None
    cr: Tensor | None = None
    to_flip: Tensor | None = None
    moments: Tensor | None = None
    image_latents: Tensor | None = None
    noise_strength: Tensor | None = None
    embedding: Tensor | None = None

    def pictures(self) -> Tensor:
        """Return the video (B,T,3,H,W) u8, colours computed where it lies. Raises ValueError for cached latents."""
        if self.video is not None:
            return self.video
        if self.y is None:
            raise ValueError("this batch came from cached latents and has no pictures")
        return _flipped(rgb_from_yuv(self.y, self.cb, self.cr), self.to_flip)

    def to(self, device: torch.device | str) -> Self:
        """Return the batch on a device, but for `positions` and `seeds`; a copy from pinned memory does not wait."""
        return replace(super().to(device), positions=self.positions, seeds=self.seeds)


@dataclass(frozen=True)
class Found:
    """The example at a position, the seed of its later draws, and how many clips were left out to get it."""

    position: int
    example: Example | Window
    seed: int
    skipped: int


class Examples(Dataset):
    """The endless line of examples, by position. What is at a position hangs on the settings alone.

    Raises FormatError for a clip that cannot be read, with its name; with `skip_unreadable`, another clip of the source
    that can be takes its place, a distant one, since what cannot be read often lies together.
    """

    def __init__(self, sources: Sequence[Source], mixture: Mixture, cut: Cut, skip_unreadable: bool = False) -> None:
        self._sources, self._mixture, self._cut, self._skip = tuple(sources), mixture, cut, skip_unreadable

    def __getitem__(self, position: int) -> Found:
        turn = self._mixture.turn(position)
        source = self._sources[turn.source]
        for skipped in range(MOST_SKIPPED):
            visit = source.order.visit(source.order.another(turn.position, skipped))
            clip = source.clips[visit.clip]
            generator = source.order.generator(turn.position)
            seed = int(generator.integers(SEEDS))
            try:
                return Found(position, source.example(clip, self._cut, generator), seed, skipped)
            except (FormatError, OSError) as error:
                if not self._skip:
                    raise FormatError(f"{source.clips.shard_url(clip.shard)}, clip {clip.key}: {error}") from error
            except Exception as error:  # stores have errors of their own, which do not get from one process to another
                what = f"{type(error).__name__}: {error}"
                raise FormatError(f"{source.clips.shard_url(clip.shard)}, clip {clip.key}: {what}") from error
        raise FormatError(f"{MOST_SKIPPED} clips in a row cannot be read; check the dataset with posetraj validate")


class Positions(Sampler[int]):
    """The positions of one process, without end, from a global position on."""

    def __init__(self, share: Share, start: int) -> None:
        self._share, self._start = share, start

    def __iter__(self) -> Iterator[int]:
        return self._share.positions(self._start)


def collate(found: Sequence[Found]) -> Batch:
    """Stack examples of one shape. Raises FormatError where their shapes differ."""
    examples = [item.example for item in found]
    stacked = _windows(examples) if isinstance(examples[0], Window) else _films(examples)
    return Batch(
        positions=torch.tensor([item.position for item in found]),
        seeds=torch.tensor([item.seed for item in found]),
        skipped=sum(item.skipped for item in found),
        **stacked,
    )


def _windows(windows: Sequence[Window]) -> dict[str, Any]:
    """The fields of a batch of latents."""
    stacked = vars(stack_windows(windows))
    height, width = (PIXELS_PER_LATENT * side for side in stacked["moments"].shape[-2:])
    return {**stacked, "height": height, "width": width}


def _films(examples: Sequence[Example]) -> dict[str, Any]:
    """The fields of a batch of pictures."""
    sizes = {(len(example.centres_px), *example.size) for example in examples}
    if len(sizes) > 1:
        raise FormatError(f"clips of different sizes cannot make a batch: {', '.join(map(str, sorted(sizes)))}")
    stacked = {name: torch.from_numpy(np.stack([getattr(item, name) for item in examples])) for name in LABEL_ARRAYS}
    height, width = examples[0].size
    return {
        **stacked,
        **_footage(examples),
        "height": height,
        "width": width,
        "fps": torch.tensor([item.fps for item in examples]),
        "has_camera": torch.tensor([item.has_camera for item in examples]),
    }


def _footage(examples: Sequence[Example]) -> dict[str, Tensor]:
    """The videos: as luma and chroma where all are so, else in colours; a worker stacks into memory that is shared."""
    if all(isinstance(item.video, Yuv) for item in examples):
        planes = {name: default_collate([getattr(item.video, name) for item in examples]) for name in ("y", "cb", "cr")}
        return {**planes, "to_flip": torch.tensor([item.to_flip for item in examples])}
    return {"video": default_collate([in_colours(item) for item in examples])}


def _flipped(video: Tensor, which: Tensor) -> Tensor:
    """Mirror those videos of (B,T,3,H,W) of which (B,) says so."""
    return torch.where(which.reshape(-1, 1, 1, 1, 1), video.flip(-1), video)


def batches(examples: Examples, share: Share, start: int = 0, workers: int = 0) -> DataLoader:
    """Return this process's batches, without end, from a global position on; the same whatever `workers` is."""
    return DataLoader(
        examples,
        batch_size=share.batch,
        sampler=Positions(share, start),
        num_workers=workers,
        collate_fn=collate,
        pin_memory=torch.cuda.is_available(),
        persistent_workers=workers > 0,
        multiprocessing_context="forkserver" if workers else None,
        generator=torch.Generator(),  # the loader draws a seed that nothing uses; not from the global state
    )
