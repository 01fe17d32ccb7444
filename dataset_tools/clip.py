"""One clip: its members read by offset, and decoded when they are first asked for."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from dataset_tools import npz, tar, video
from dataset_tools.errors import FormatError, located
from dataset_tools.index import MAX_META_BYTES, IndexEntry
from dataset_tools.places import filesystem_of
from dataset_tools.schema import LABELS, MEMBERS, split_name
from dataset_tools.video import Yuv

_PLANES = {member.array.name: member.name for member in MEMBERS if member.array is not None}
_FIELDS = (*(label.name for label in LABELS), *_PLANES)


class Source(Protocol):
    """Where a clip's members come from."""

    @property
    def names(self) -> tuple[str, ...]: ...

    def read(self, member: str) -> bytes: ...


@dataclass(frozen=True)
class InMemory:
    """Members that lie in memory as {name: bytes}."""

    contents: Mapping[str, bytes]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self.contents)

    def read(self, member: str) -> bytes:
        return self.contents[member]


@dataclass(frozen=True)
class InShard:
    """Members of one clip in the tar at `url`, found by the index and held against the tar's own headers."""

    url: str
    entry: IndexEntry

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self.entry.members)

    def read(self, member: str) -> bytes:
        offset, size = self.entry.members[member]
        name = f"{self.entry.key}.{member}"
        filesystem, path = filesystem_of(self.url)
        try:
            data = filesystem.cat_file(path, start=offset - tar.BLOCK, end=offset + size)
        except FileNotFoundError as error:
            raise FormatError(f"the shard {self.url} is missing; fetch or write it again") from error
        if len(data) != tar.BLOCK + size:
            raise FormatError(f"{self.url} ends before the end of {name}; fetch or write the shard again")
        if tar.parse_header(data[: tar.BLOCK]) != (self.entry.key, member, size):
            raise FormatError(
                f"the index of {self.url} points {name} at something else; delete its index to rebuild it"
            )
        return data[tar.BLOCK :]


@dataclass(frozen=True, eq=False)
class Clip:
    """One clip. Members are read when first asked for, arrays are kept; picklable.

    `split` is "" for a clip of no split, `shard` the shard's file name and "" for a clip that is not packed,
    `index_entry` its line of the index and None where there is none.
    """

    key: str
    split: str
    shard: str
    index_entry: IndexEntry | None
    source: Source = field(repr=False)

    @classmethod
    def from_members(cls, key: str, members: Mapping[str, bytes], split: str = "") -> "Clip":
        """A clip that lies in memory as {member name: bytes}, for instance one that is not packed yet.

        Raises FormatError for a key or names that no shard could hold.
        """
        for name in members:
            split_name(f"{key}.{name}")
        return cls(key, split, "", None, InMemory(dict(members)))

    @property
    def members(self) -> tuple[str, ...]:
        """Names of the members, without the key: `("video.mp4", ...)`."""
        return self.source.names

    @property
    def kind(self) -> str:
        """`synthetic` or `real`, as the meta data say."""
        return self.meta["kind"]

    def read(self, member: str) -> bytes:
        """The bytes of a member; raises FormatError where the clip lacks it or the index points elsewhere."""
        if member not in self.members:
            raise FormatError(f"clip {self.key} has no {member}; it has {', '.join(self.members)}")
        return self.source.read(member)

    @cached_property
    def meta(self) -> dict[str, Any]:
        """`meta.json`; raises FormatError when it is not a JSON table that says its kind."""
        data = self.read("meta.json")
        if len(data) > MAX_META_BYTES:
            raise FormatError(
                f"meta.json of clip {self.key} has {len(data)} bytes, more than {MAX_META_BYTES}"
            )
        try:
            meta = json.loads(data)
        except (ValueError, RecursionError) as error:
            raise FormatError(
                f"meta.json of clip {self.key} is not JSON ({error}); write the clip again"
            ) from error
        if not isinstance(meta, dict) or not isinstance(meta.get("kind"), str):
            raise FormatError(f"meta.json of clip {self.key} is no table with a kind; write the clip again")
        return meta

    @cached_property
    def labels(self) -> dict[str, NDArray]:
        """The arrays of `labels.npz` by name, as stored; shapes are in `schema.LABELS`."""
        return {name: self._unpacked(name) for name in self._packed_labels.names}

    def label(self, name: str) -> NDArray:
        """The array `name` of `labels.npz`, unpacked alone; FormatError where the clip has none."""
        self.require(name)
        return self._unpacked(name)

    @cached_property
    def masks(self) -> NDArray[np.uint8]:
        """(T,H,W): 0 = background, n+1 = object n. FormatError where the clip has none."""
        return self._plane("masks")

    @cached_property
    def depth(self) -> NDArray[np.float16]:
        """(T,H,W) metres along the camera's z axis, inf = nothing hit. FormatError where there is none."""
        return self._plane("depth")

    @cached_property
    def normals(self) -> NDArray[np.int8]:
        """(T,H,W,3) = round(127 n) in camera axes. FormatError where the clip has none."""
        return self._plane("normals")

    @cached_property
    def flow(self) -> NDArray[np.float16]:
        """(T-1,H,W,2) pixels to the next frame. FormatError where the clip has none."""
        return self._plane("flow")

    def video(self, start: int = 0, stop: int | None = None) -> NDArray[np.uint8]:
        """RGB frames `start` up to `stop` (the end where None), (T,H,W,3); decoded anew at each call."""
        with located(f"video.mp4 of clip {self.key}"):
            return video.decode(self.read("video.mp4"), start, stop)

    def video_yuv(self, start: int, stop: int) -> Yuv:
        """Frames `start` up to `stop` as the video holds them, luma and chroma; colours are not computed."""
        with located(f"video.mp4 of clip {self.key}"):
            return video.decode_yuv(self.read("video.mp4"), start, stop)

    def require(self, *fields: str) -> None:
        """Raise a FormatError that names each of the fields (arrays of the schema) that this clip lacks."""
        unknown = [name for name in fields if name not in _FIELDS]
        if unknown:
            raise FormatError(f"no clip has a field {', '.join(unknown)}; fields are {', '.join(_FIELDS)}")
        missing = [name for name in fields if not self.has(name)]
        if missing:
            raise FormatError(
                f"clip {self.key} ({self.kind}) lacks {', '.join(missing)}; write the dataset with it "
                f"or choose work that does not need it"
            )

    def has(self, name: str) -> bool:
        """Whether the clip holds the array `name` of the schema."""
        return _PLANES[name] in self.members if name in _PLANES else name in self._packed_labels.names

    @cached_property
    def _packed_labels(self) -> npz.Archive:
        data = self.read("labels.npz")
        with located(f"labels.npz of clip {self.key}"):
            return npz.Archive(data)

    @cached_property
    def _unpacked_labels(self) -> dict[str, NDArray]:
        return {}

    def _unpacked(self, label: str) -> NDArray:
        packed, kept = self._packed_labels, self._unpacked_labels
        if label not in kept:
            with located(f"labels.npz of clip {self.key}"):
                kept[label] = packed.read(label)
        return kept[label]

    def _plane(self, name: str) -> NDArray:
        self.require(name)
        arrays = self._arrays(_PLANES[name])
        if name not in arrays:
            raise FormatError(
                f"{_PLANES[name]} of clip {self.key} has no array {name!r}; write the clip again"
            )
        return arrays[name]

    def _arrays(self, member: str) -> dict[str, NDArray]:
        with located(f"{member} of clip {self.key}"):
            return npz.load(self.read(member))
