"""Read datasets: a folder, anything that fsspec reaches, or one shard; clips are decoded when asked for."""

import operator
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import overload

import fsspec

from dataset_tools.clip import Clip, InShard
from dataset_tools.errors import FormatError, located
from dataset_tools.index import IndexEntry, index_path, read_index, rebuild_index
from dataset_tools.manifest import Manifest, ShardRecord, read_manifest
from dataset_tools.places import filesystem_of
from dataset_tools.schema import SHARD_PATTERN, SPLITS

__all__ = ["Clip", "Dataset"]


@dataclass(frozen=True)
class _Shard:
    """One shard of a dataset; what the manifest says of it is None for a lone .tar."""

    split: str
    name: str
    record: ShardRecord | None


@dataclass(frozen=True)
class _Place:
    """Where one clip lies."""

    shard: _Shard
    entry: IndexEntry


class Dataset(Sequence[Clip]):
    """The clips of a dataset, in the order train, val, test, then shard, then position in the shard.

    `url` is a finished dataset's folder, an fsspec URL of one, or a single `.tar`. Opening reads the manifest
    and the index files alone; the tar's headers are read only where an index file is absent. Picklable.
    Raises FormatError where nothing sound lies at `url`.
    """

    def __init__(self, url: str | os.PathLike) -> None:
        self.url = _absolute(os.fspath(url))
        self.manifest: Manifest | None = None
        folder, _, name = self.url.rpartition("/")
        if name.endswith(".tar"):
            match = SHARD_PATTERN.fullmatch(name)
            self._folder = folder
            shards = [_Shard(match["split"] if match else "", name, None)]
        else:
            self.manifest = read_manifest(self.url)
            self._folder = self.url.rstrip("/")
            shards = [_Shard(split, record.name, record) for split, record in self.manifest.shards]
        self._places = tuple(_places(self._folder, shards))

    @property
    def keys(self) -> tuple[str, ...]:
        """The clips' keys, in order."""
        return tuple(place.entry.key for place in self._places)

    @property
    def shards(self) -> tuple[str, ...]:
        """File name of the shard of each clip, in order."""
        return tuple(place.shard.name for place in self._places)

    def split(self, name: str) -> "Dataset":
        """The clips of one split, train, val or test, as a Dataset; it may be empty."""
        if name not in SPLITS:
            raise FormatError(f"there is no split {name!r}; splits are {', '.join(SPLITS)}")
        return self._view(tuple(place for place in self._places if place.shard.split == name))

    def shard_url(self, name: str) -> str:
        """Where the shard of that file name lies."""
        return f"{self._folder}/{name}"

    def __len__(self) -> int:
        return len(self._places)

    @overload
    def __getitem__(self, index: int | str) -> Clip: ...

    @overload
    def __getitem__(self, index: slice) -> "Dataset": ...

    def __getitem__(self, index: int | str | slice) -> "Clip | Dataset":
        """The clip at a place, the clip of a key such as "00000012", or the clips of some places as a Dataset."""
        if isinstance(index, slice):
            return self._view(self._places[index])
        if isinstance(index, str):
            try:
                index = self.keys.index(index)
            except ValueError:
                raise KeyError(index) from None
        place = self._places[operator.index(index)]
        source = InShard(self.shard_url(place.shard.name), place.entry)
        return Clip(place.entry.key, place.shard.split, place.shard.name, place.entry, source)

    def __iter__(self) -> Iterator[Clip]:
        return (self[index] for index in range(len(self)))

    def __repr__(self) -> str:
        return f"Dataset({self.url!r}, {len(self)} clips)"

    def _view(self, places: tuple[_Place, ...]) -> "Dataset":
        view = object.__new__(Dataset)
        view.__dict__.update(self.__dict__, _places=places)
        return view


def _absolute(url: str) -> str:
    return url if "://" in url or "::" in url else os.path.abspath(url)


def _places(folder: str, shards: Sequence[_Shard]) -> Iterator[_Place]:
    """The clips of the shards, from their index files (fetched together) or, where absent, from the tars."""
    filesystem, root = filesystem_of(folder)
    paths = [f"{root.rstrip('/')}/{index_path(shard.name)}" for shard in shards]
    found = filesystem.cat_ranges(paths, None, None, on_error="return")  # unlike cat, it expands no wildcards
    for shard, data in zip(shards, found, strict=True):
        tar_path = f"{root.rstrip('/')}/{shard.name}"
        with located(f"{folder}/{shard.name}"):
            if isinstance(data, FileNotFoundError):
                entries = _rebuilt(filesystem, tar_path)
            elif isinstance(data, Exception):
                raise data
            else:
                entries = read_index(
                    data, shard.record.bytes if shard.record else _size(filesystem, tar_path)
                )
            if shard.record and len(entries) != shard.record.clips:
                raise FormatError(
                    f"its index lists {len(entries)} clips and the manifest {shard.record.clips}; "
                    f"delete the index file to have it rebuilt"
                )
        yield from (_Place(shard, entry) for entry in entries)


def _rebuilt(filesystem: fsspec.AbstractFileSystem, path: str) -> tuple[IndexEntry, ...]:
    size = _size(filesystem, path)
    with filesystem.open(path, "rb") as file:
        return rebuild_index(file, size)


def _size(filesystem: fsspec.AbstractFileSystem, path: str) -> int:
    try:
        return filesystem.size(path)
    except FileNotFoundError as error:
        raise FormatError("there is no such file; fetch or write the shard again") from error
