"""Big datasets for the benchmarks: the clips of a small one, over and over."""

import dataclasses
import itertools
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from dataset_tools.manifest import read_manifest, write_manifest
from dataset_tools.reader import Dataset
from dataset_tools.shards import write_shard

PER_SHARD = 1000
MEMBERS = ("video.mp4", "labels.npz", "masks.npz", "meta.json")


def write_repeated(
    source: Dataset, clips: int, folder: Path, wanted: Sequence[str] = MEMBERS, per_shard: int = PER_SHARD
) -> None:
    """Write a dataset of `clips` clips, the train split alone, into `folder`; of the members, those wanted."""
    members = [name for name in wanted if name in source[0].members]
    stream = _repeated(source, clips, members)
    shards = tuple(
        write_shard(folder, "train", shard, list(itertools.islice(stream, per_shard)), members)
        for shard in range(-(-clips // per_shard))
    )
    manifest = read_manifest(source.url)
    write_manifest(
        folder, dataclasses.replace(manifest, num_clips=clips, members=tuple(members), splits={"train": shards})
    )


def _repeated(source: Dataset, clips: int, members: Sequence[str]) -> Iterator[tuple[str, Mapping[str, bytes]]]:
    """Clips with new keys whose members are those of `source`, over and over."""
    contents = [{name: clip.read(name) for name in members} for clip in source]
    return ((f"{number:08d}", kept) for number, kept in zip(range(clips), itertools.cycle(contents), strict=False))
