"""One shard against the manifest and its index: size, hash, tar structure, where each clip's members lie."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from dataset_tools import tar
from dataset_tools.checks.report import Fault
from dataset_tools.errors import FormatError
from dataset_tools.index import IndexEntry, index_path, read_index
from dataset_tools.manifest import ShardRecord
from dataset_tools.places import filesystem_of

_PIECE = 8 << 20
_CHECK = "shard"


@dataclass(frozen=True)
class ShardContents:
    """What a shard holds: per key, in order, the members' places, as the tar itself says; and what is wrong.

    `index` are the entries of the index file by key, None where there is no sound one.
    """

    name: str
    split: str
    url: str
    places: Mapping[str, Mapping[str, tuple[int, int]]] = field(default_factory=dict)
    index: Mapping[str, IndexEntry] | None = None
    faults: tuple[Fault, ...] = ()


def check_shard(folder: str, name: str, split: str, record: ShardRecord | None) -> ShardContents:
    """Read a shard of the dataset at `folder` once; `record` is what the manifest says of it, None for a lone tar.

    A damaged shard gives the clips up to the damage, and a fault.
    """
    url = f"{folder.rstrip('/')}/{name}"
    filesystem, path = filesystem_of(url)
    places: dict[str, dict[str, tuple[int, int]]] = {}
    problems: list[str] = []
    try:
        length = filesystem.size(path)
        with filesystem.open(path, "rb") as file:
            if record is not None:
                problems += _against_record(file, length, record)
            try:
                for member in tar.walk(file, length):
                    places.setdefault(member.key, {})[member.member] = (member.offset, member.size)
            except FormatError as error:
                problems.append(str(error))
    except FileNotFoundError:
        problems.append("the manifest lists it but there is no such file; fetch or write it again")
    except OSError as error:
        problems.append(f"it cannot be read ({error})")
    if record is not None and places and len(places) != record.clips:
        problems.append(f"holds {len(places)} clips; the manifest says {record.clips}")
    index, index_problems = _index(folder, name, places)
    faults = tuple(Fault(_CHECK, f"{name}: {problem}") for problem in [*problems, *index_problems])
    return ShardContents(name, split, url, places, index, faults)


def _against_record(file, length: int, record: ShardRecord) -> list[str]:
    if length != record.bytes:
        return [f"has {length} bytes; the manifest says {record.bytes}"]
    digest = hashlib.sha256()
    while piece := file.read(_PIECE):
        digest.update(piece)
    if digest.hexdigest() != record.sha256:
        return [f"has the sha256 {digest.hexdigest()}; the manifest says {record.sha256}"]
    return []


def _index(
    folder: str, name: str, places: Mapping[str, Mapping[str, tuple[int, int]]]
) -> tuple[dict[str, IndexEntry] | None, list[str]]:
    """The index of a shard by key, None where there is none (readers rebuild it) or no sound one."""
    filesystem, path = filesystem_of(f"{folder.rstrip('/')}/{index_path(name)}")
    try:
        entries = read_index(filesystem.cat_file(path))
    except FileNotFoundError:
        return None, []
    except (FormatError, OSError) as error:
        return None, [f"its index cannot be read ({error})"]
    found = [entry.key for entry in entries]
    if found != list(places):
        return None, [f"its index lists the clips {_some(found)}; the tar holds {_some(list(places))}"]
    return {entry.key: entry for entry in entries}, []


def _some(keys: list[str]) -> str:
    return ", ".join(keys[:4]) + (f" and {len(keys) - 4} more" if len(keys) > 4 else "") if keys else "none"
