"""Close shards as soon as their clips exist, and take apart those that have to grow."""

import json
import shutil
from collections.abc import Container, Iterable, Mapping, Sequence
from pathlib import Path

from blender_gen.runner.layout import Layout
from dataset_tools.index import index_path
from dataset_tools.manifest import ShardRecord
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
        """Look at what is on the disk, pack what is complete, and return the clips still to be made.

        A shard with other clips than planned, closed when the dataset was to be of another size, is taken apart first.
        """
        planned = {shard_name(*key) for key in self._plan}
        for path in sorted(self._layout.root.glob("posetraj-*.tar")):
            if path.name not in planned:
                take_apart(self._layout, path)
        for key, clips in self._plan.items():
            path = self._layout.shard(shard_name(*key))
            if path.exists() and self._holds(path, clips):
                self.records[key] = read_shard_record(path)
                self._discard(clips)
                continue
            if path.exists():
                take_apart(self._layout, path)
            self.missing[key] = {clip for clip in clips if not self._layout.clip(clip).is_dir()}
            if not self.missing[key]:
                self._pack(key)
        return set().union(*self.missing.values()) if self.missing else set()

    def attempts(self, skip: Container[int]) -> dict[int, int]:
        """Return the attempt that made each finished clip but those of `skip`, from its meta data."""
        made = {}
        for key, clips in self._plan.items():
            if key in self.records:
                shard = Dataset(self._layout.shard(self.records[key].name))
                made.update({int(clip.key): clip.meta["attempt"] for clip in shard if int(clip.key) not in skip})
                continue
            for clip in clips:
                if clip not in self.missing[key] and clip not in skip:
                    meta = json.loads((self._layout.clip(clip) / "meta.json").read_bytes())
                    made[clip] = meta["attempt"]
        return made

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

    @staticmethod
    def _holds(path: Path, clips: Sequence[int]) -> bool:
        return list(Dataset(path).keys) == [f"{clip:08d}" for clip in clips]

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


def take_apart(layout: Layout, shard: Path) -> None:
    """Turn a shard back into the folders of its clips; it goes when they are all there."""
    for clip in Dataset(shard):
        folder = layout.clip(int(clip.key))
        unfinished = folder.with_suffix(".tmp")
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(parents=True)
        for member in clip.members:
            (unfinished / member).write_bytes(clip.read(member))
        shutil.rmtree(folder, ignore_errors=True)
        unfinished.rename(folder)
    (layout.root / index_path(shard.name)).unlink(missing_ok=True)
    shard.unlink()
