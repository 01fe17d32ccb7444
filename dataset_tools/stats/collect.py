"""One pass over a dataset's clips, reading labels and meta data alone; nothing of a clip is kept but counts."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import PurePath
from typing import Protocol, runtime_checkable

from tqdm import tqdm

from dataset_tools.clip import Clip
from dataset_tools.errors import FormatError
from dataset_tools.manifest import Manifest
from dataset_tools.reader import Dataset
from dataset_tools.schema import LEDGER, OBJECTS
from dataset_tools.stats.attempts import Attempts, Drawn, read_ledger, summarise
from dataset_tools.stats.counter import ClipCounter
from dataset_tools.stats.findings import find
from dataset_tools.stats.origins import read_origins
from dataset_tools.stats.sample import sample
from dataset_tools.stats.statistics import Statistics


@runtime_checkable
class Listed(Protocol):
    """Clips of which it is known where they lie, as of a Dataset. `manifest` is None for a single shard."""

    url: str
    manifest: Manifest | None

    def shard_url(self, name: str) -> str: ...


def is_whole(clips: Sequence[Clip]) -> bool:
    """Whether these are all clips that a manifest lists."""
    manifest = clips.manifest if isinstance(clips, Listed) else None
    return manifest is not None and len(clips) == sum(record.clips for _, record in manifest.shards)


def collect(dataset: Dataset | Sequence[Clip], pixels: bool = False, progress: bool = False) -> Statistics:
    """Count what a dataset, a part of one, or any clips hold, in one pass; memory does not grow with the clips' size.

    Arrays that clips lack are left out, and `left_out` says so. `pixels` reads the masks too; `progress` shows a
    bar. The ledger is read where it lies beside the shards, and of it the lines of these clips where they are not all
    of the dataset.
    Raises FormatError where there is no clip, or one that cannot be read.
    """
    if len(dataset) == 0:
        raise FormatError("there is no clip to count; choose another split, or a dataset that holds clips")
    counter = ClipCounter()
    origins = read_origins(dataset.shard_url(OBJECTS)) if isinstance(dataset, Listed) else {}
    for clip in tqdm(dataset, desc="clips", unit="clip", disable=not progress):
        try:
            counter.add(clip, sample(clip, pixels, origins))
        except (ValueError, IndexError) as error:
            raise FormatError(
                f"the labels of clip {clip.key} cannot be counted ({error}); 'posetraj validate' says what is wrong"
            ) from error
    manifest = dataset.manifest if isinstance(dataset, Listed) else None
    whole = is_whole(dataset)
    name = PurePath(dataset.url).name if isinstance(dataset, Listed) else "clips"
    statistics = counter.statistics(name, _attempts(dataset, counter.drawn, whole), pixels)
    return replace(statistics, findings=find(statistics, manifest.config if manifest else {}, whole))


def open_dataset(url: str | os.PathLike, split: str = "") -> Dataset:
    """The dataset at a folder, an fsspec URL or a shard, or one split of it.

    Raises FormatError for whatever keeps it from being opened, and for a split without clips.
    """
    try:
        dataset = Dataset(url)
    except (OSError, ValueError, ImportError) as error:
        raise FormatError(
            f"{os.fspath(url)} cannot be opened ({error}); give the folder or URL of a finished dataset, or one shard"
        ) from error
    chosen = dataset.split(split) if split else dataset
    if len(chosen) == 0:
        raise FormatError(f"{os.fspath(url)} holds no clip" + f" of the split {split!r}" * bool(split))
    return chosen


def _attempts(dataset: Dataset | Sequence[Clip], drawn: Mapping[int, Drawn], whole: bool) -> Attempts | None:
    lines = read_ledger(dataset.shard_url(LEDGER)) if isinstance(dataset, Listed) else None
    if lines is None:
        return None
    chosen = tuple(line for line in lines if whole or line.clip in drawn)
    return summarise(chosen, drawn) if chosen else None
