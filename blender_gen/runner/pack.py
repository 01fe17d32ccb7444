"""Close shards as soon as their clips exist, and open the last ones again when a dataset is to grow."""

import shutil
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from blender_gen.runner.layout import Layout
from dataset_tools.index import index_path
from dataset_tools.manifest import Manifest, ShardRecord
from dataset_tools.reader import Dataset
from dataset_tools.shards import read_shard_record, shard_name, write_shard

ShardKey = tuple[str, int]


class Packer:
    """Knows which clips each shard holds and packs a shard when all of them are finished.

    Args:
        plan: (split, shard) -> its clips in order.
        members: member files of every clip.
    """

    def __init__(self, layout: Layout, plan: Mapping[ShardKey, Sequence[int]], members: Sequence[str]) -> None:
        self._layout, self._plan, self._members = layout, plan, tuple(members)
        self._shard_of = {clip: key for key, clips in plan.items() for clip in clips}
        self.records: dict[ShardKey, ShardRecord] = {}
        self.missing: dict[ShardKey, set[int]] = {}

    def survey(self) -> set[int]:
        """Look at what is on the disk, pack what is complete, and return the clips still to be made."""
        for key, clips in self._plan.items():
            path = self._layout.shard(shard_name(*key))
            if path.exists():
                self.records[key] = read_shard_record(path)
                self._discard(clips)
                continue
            self.missing[key] = {clip for clip in clips if not self._layout.clip(clip).is_dir()}
            if not self.missing[key]:
                self._pack(key)
        return set().union(*self.missing.values()) if self.missing else set()

    def finished(self, clip: int) -> None:
        """Take note of a finished clip; pack its shard if it was the last one."""
        key = self._shard_of[clip]
        self.missing[key].discard(clip)
        if not self.missing[key]:
            self._pack(key)

    def manifest_splits(self, splits: Iterable[str]) -> dict[str, tuple[ShardRecord, ...]]:
        """Return the shards of each split in order."""
        return {
            split: tuple(record for key, record in sorted(self.records.items()) if key[0] == split) for split in splits
        }

    def _pack(self, key: ShardKey) -> None:
        clips = self._plan[key]
        contents = ((f"{clip:08d}", self._member_files(clip)) for clip in clips)
        self.records[key] = write_shard(self._layout.root, *key, contents, self._members)
        self.missing.pop(key, None)
        self._discard(clips)

    def _member_files(self, clip: int) -> dict[str, Path]:
        return {name: self._layout.clip(clip) / name for name in self._members}

    def _discard(self, clips: Iterable[int]) -> None:
        for clip in clips:
            shutil.rmtree(self._layout.clip(clip), ignore_errors=True)


def reopen(layout: Layout, manifest: Manifest, plan: Mapping[ShardKey, Sequence[int]]) -> None:
    """Turn a finished dataset back into an unfinished one with the same clips, so that it can grow.

    The shards that get more clips under the new `plan` are taken apart; the others stay as they are.
    """
    dataset = Dataset(layout.root)
    sizes = {record.name: record.clips for _, record in manifest.shards}
    growing = {
        shard_name(*key)
        for key, clips in plan.items()
        if shard_name(*key) in sizes and sizes[shard_name(*key)] != len(clips)
    }
    for clip in dataset:
        if clip.shard in growing:
            unfinished = layout.clip(int(clip.key)).with_suffix(".tmp")
            shutil.rmtree(unfinished, ignore_errors=True)
            unfinished.mkdir(parents=True)
            for member in clip.members:
                (unfinished / member).write_bytes(clip.read(member))
            shutil.rmtree(layout.clip(int(clip.key)), ignore_errors=True)
            unfinished.rename(layout.clip(int(clip.key)))
    layout.manifest.unlink()
    for name in growing:
        layout.shard(name).unlink()
        (layout.root / index_path(name)).unlink(missing_ok=True)
