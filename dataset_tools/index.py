"""The index of a shard: a JSON line per clip that says where each member's bytes lie."""

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from typing import Any, BinaryIO

from dataset_tools import tar
from dataset_tools.atomic import write_bytes
from dataset_tools.errors import FormatError
from dataset_tools.schema import KEY_PATTERN

MAX_META_BYTES = 16 << 20
MAX_MEMBER_BYTES = 1 << 30
"""Bytes that one member may have; more is taken for a wrong index, not for memory to reserve."""


@dataclass(frozen=True)
class IndexEntry:
    """One clip in a shard. `members` maps names to (offset, size) in bytes; the rest serves selection."""

    key: str
    asset_ids: tuple[str, ...]
    categories: tuple[str, ...]
    families: tuple[str, ...]
    camera: str
    members: dict[str, tuple[int, int]] = field(hash=False)

    def to_line(self) -> str:
        """The entry as a line of JSON, with its line end."""
        return json.dumps({f.name: getattr(self, f.name) for f in fields(self)}) + "\n"


def index_path(shard_name: str) -> str:
    """Where a shard's index lies, relative to the dataset: `index/posetraj-val-000000.jsonl`."""
    return "index/" + shard_name.removesuffix(".tar") + ".jsonl"


def entry_from_meta(key: str, members: dict[str, tuple[int, int]], meta_json: bytes) -> IndexEntry:
    """The index entry that a clip's `meta.json` gives.

    Raises FormatError when the meta data is not JSON or lacks what the index shows.
    """
    try:
        meta = json.loads(meta_json)
        objects = meta["objects"]
        return IndexEntry(
            key=key,
            asset_ids=_texts([item["asset_id"] for item in objects]),
            categories=_texts([item["category"] for item in objects]),
            families=_texts([item["family"] for item in objects]),
            camera=_text(meta["camera"]),
            members=dict(members),
        )
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise FormatError(f"meta.json of clip {key} lacks what the index shows ({error!r})") from error


def write_index(path: str | os.PathLike, entries: Iterable[IndexEntry]) -> None:
    """Write an index file atomically, making its folder."""
    write_bytes(path, "".join(entry.to_line() for entry in entries).encode())


def read_index(data: bytes, shard_bytes: int | None = None) -> tuple[IndexEntry, ...]:
    """The entries of an index file's bytes.

    Raises FormatError for a line that is no entry, a key that comes twice, and members that lie outside of a
    shard of `shard_bytes` bytes (where that is known).
    """
    entries: dict[str, IndexEntry] = {}
    for number, line in enumerate(data.splitlines(), 1):
        try:
            entry = _parse(json.loads(line), shard_bytes)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise FormatError(
                f"line {number} of the index is no index entry ({error}); delete the file to have it rebuilt"
            ) from error
        if entry.key in entries:
            raise FormatError(
                f"clip {entry.key} is in the index twice; delete the index file to have it rebuilt"
            )
        entries[entry.key] = entry
    return tuple(entries.values())


def rebuild_index(file: BinaryIO, length: int) -> tuple[IndexEntry, ...]:
    """The entries of a shard open for reading, from its tar headers and each clip's `meta.json`.

    Raises FormatError for anything that is not a sound shard.
    """
    clips: dict[str, dict[str, tuple[int, int]]] = {}
    for item in tar.walk(file, length):
        clips.setdefault(item.key, {})[item.member] = (item.offset, item.size)
    return tuple(
        entry_from_meta(key, members, _read_meta(file, key, members)) for key, members in clips.items()
    )


def _read_meta(file: BinaryIO, key: str, members: dict[str, tuple[int, int]]) -> bytes:
    if "meta.json" not in members:
        raise FormatError(f"clip {key} has no meta.json; write the shard again")
    offset, size = members["meta.json"]
    if size > MAX_META_BYTES:
        raise FormatError(f"meta.json of clip {key} has {size} bytes; at most {MAX_META_BYTES} are read")
    file.seek(offset)
    return file.read(size)


def _parse(line: dict[str, Any], shard_bytes: int | None) -> IndexEntry:
    key = _text(line["key"])
    members = {}
    for name, (offset, size) in line["members"].items():
        if KEY_PATTERN.fullmatch(f"{key}.{name}") is None:
            raise ValueError(f"{key[:20]!r} and {name[:80]!r} are no key and member name")
        if type(offset) is not int or type(size) is not int or offset < tar.BLOCK or size < 0:
            raise ValueError(f"{name} has no sensible offset and size")
        if size > MAX_MEMBER_BYTES:
            raise ValueError(f"{name} has {size} bytes, over the limit of {MAX_MEMBER_BYTES}")
        if shard_bytes is not None and offset + size > shard_bytes:
            raise ValueError(f"{name} lies outside of the shard's {shard_bytes} bytes")
        members[name] = (offset, size)
    texts = {name: _texts(line[name]) for name in ("asset_ids", "categories", "families")}
    return IndexEntry(key=key, camera=_text(line["camera"]), members=members, **texts)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"found {value!r:.80} where a text belongs")
    return value


def _texts(values: Any) -> tuple[str, ...]:
    if not isinstance(values, list):
        raise TypeError(f"found {values!r:.80} where a list of texts belongs")
    return tuple(_text(value) for value in values)
