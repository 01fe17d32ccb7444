"""The clips of shards that are packed, before the manifest that lists them is written."""

import os
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from pathlib import Path

from dataset_tools.clip import Clip
from dataset_tools.manifest import Manifest
from dataset_tools.reader import Dataset


class PackedShards(Sequence[Clip]):
    """The clips that `Dataset(folder)` will hold once `manifest` lies in the folder, in the same order.

    Raises FormatError for a shard that is missing or not sound.
    """

    def __init__(self, folder: str | os.PathLike, manifest: Manifest) -> None:
        self.url = os.path.abspath(folder)
        self.manifest: Manifest | None = manifest
        self._shards = [Dataset(Path(self.url) / record.name) for _, record in manifest.shards]
        self._ends = list(accumulate(map(len, self._shards)))

    def shard_url(self, name: str) -> str:
        """Where the file of that name lies."""
        return f"{self.url}/{name}"

    def __len__(self) -> int:
        return self._ends[-1] if self._ends else 0

    def __getitem__(self, index: int) -> Clip:
        if not 0 <= index < len(self):
            raise IndexError(f"clip {index} of {len(self)}")
        shard = bisect_right(self._ends, index)
        return self._shards[shard][index - self._ends[shard]]
