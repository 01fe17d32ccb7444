"""Write shards: plain ustar tars with fixed times, owners and order, each with its index beside it."""

import hashlib
import io
import os
import tarfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from dataset_tools import tar
from dataset_tools.atomic import atomic_file
from dataset_tools.errors import FormatError
from dataset_tools.index import IndexEntry, entry_from_meta, index_path, rebuild_index, write_index
from dataset_tools.manifest import ShardRecord
from dataset_tools.schema import MEMBERS, SPLITS, split_name

_ORDER = {member.name: position for position, member in enumerate(MEMBERS)}


def shard_name(split: str, shard: int) -> str:
    """File name of shard number `shard` of a split: `posetraj-train-000012.tar`."""
    if split not in SPLITS or not 0 <= shard < 10**6:
        raise FormatError(
            f"there is no shard {shard} of {split!r}; splits are {', '.join(SPLITS)}, shards 0-999999"
        )
    return f"posetraj-{split}-{shard:06d}.tar"


def write_shard(
    folder: str | os.PathLike,
    split: str,
    shard: int,
    clips: Iterable[tuple[str, Mapping[str, bytes | Path]]],
    members: Sequence[str],
) -> ShardRecord:
    """Write a shard and its index into a dataset's folder and return what the manifest says of it.

    `clips` gives (key, {member name: its bytes or the file that holds them}), in the order to write; they are
    taken one by one. `members` are the member names that every clip must have, no more and no fewer; within a
    clip they lie in the schema's order. The tar appears whole or not at all, before its index; the same clips
    give the same bytes. Raises FormatError for other members, bad or repeated keys and damaged meta data.
    """
    path = Path(folder) / shard_name(split, shard)
    wanted = sorted(members, key=lambda name: (_ORDER.get(name, len(_ORDER)), name))
    entries: dict[str, IndexEntry] = {}
    with atomic_file(path) as file:
        with tarfile.open(fileobj=file, mode="w", format=tarfile.USTAR_FORMAT) as archive:
            for key, contents in clips:
                if key in entries:
                    raise FormatError(f"clip {key} was given twice for {path.name}")
                if set(contents) != set(wanted):
                    raise FormatError(
                        f"clip {key} has the members {', '.join(contents)}; "
                        f"every clip of this dataset has {', '.join(wanted)}"
                    )
                places = {name: add_member(archive, f"{key}.{name}", contents[name]) for name in wanted}
                entries[key] = entry_from_meta(key, places, _bytes_of(contents["meta.json"]))
        file.seek(0)
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        size = file.seek(0, io.SEEK_END)
    write_index(Path(folder) / index_path(path.name), entries.values())
    return ShardRecord(path.name, len(entries), size, digest)


def read_shard_record(path: str | os.PathLike) -> ShardRecord:
    """What the manifest says of a shard that lies on disk already; writes its index where that is missing.

    Raises FormatError when the tar is not a sound shard.
    """
    path = Path(path)
    with open(path, "rb") as file:
        size = os.fstat(file.fileno()).st_size
        entries = rebuild_index(file, size)
        file.seek(0)
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    index = path.parent / index_path(path.name)
    if not index.exists():
        write_index(index, entries)
    return ShardRecord(path.name, len(entries), size, digest)


def add_member(archive: tarfile.TarFile, name: str, content: bytes | Path) -> tuple[int, int]:
    """Append a member with fixed times, owner and mode; returns where its bytes lie as (offset, size).

    Raises FormatError for a name that no shard holds.
    """
    split_name(name)
    info = tarfile.TarInfo(name)
    if isinstance(content, bytes):
        info.size = len(content)
        archive.addfile(info, io.BytesIO(content))
    else:
        with open(content, "rb") as source:
            info.size = os.fstat(source.fileno()).st_size
            archive.addfile(info, source)
    return archive.offset - tar.padded(info.size), info.size


def _bytes_of(content: bytes | Path) -> bytes:
    return content if isinstance(content, bytes) else Path(content).read_bytes()
