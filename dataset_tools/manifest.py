"""The manifest `dataset.json`: what a finished dataset holds, and the hashes of its shards."""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from dataset_tools.atomic import write_bytes
from dataset_tools.errors import FormatError
from dataset_tools.places import filesystem_of
from dataset_tools.schema import FORMAT, KINDS, SHARD_PATTERN, SPLITS

MANIFEST_NAME = "dataset.json"
MAX_MANIFEST_BYTES = 256 << 20


@dataclass(frozen=True)
class ShardRecord:
    """One shard as the manifest lists it; `sha256` is in hexadecimal."""

    name: str
    clips: int
    bytes: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """What `dataset.json` says. `splits` maps a split to its shards; `unrenderable` are clip numbers."""

    kind: str
    generator: Mapping[str, Any]
    config: Mapping[str, Any]
    seed: int
    num_clips: int
    frames: int
    fps: int | float
    width: int
    height: int
    members: tuple[str, ...]
    splits: Mapping[str, tuple[ShardRecord, ...]]
    unrenderable: tuple[int, ...] = ()
    format: str = field(default=FORMAT)

    @property
    def shards(self) -> tuple[tuple[str, ShardRecord], ...]:
        """(split, shard) in the order train, val, test."""
        return tuple((split, record) for split in SPLITS for record in self.splits.get(split, ()))


_TYPES: dict[str, type | tuple[type, ...]] = {
    "format": str,
    "kind": str,
    "generator": dict,
    "config": dict,
    "seed": int,
    "num_clips": int,
    "frames": int,
    "fps": (int, float),
    "width": int,
    "height": int,
    "unrenderable": list,
    "members": list,
    "splits": dict,
}
_RECORD_TYPES: dict[str, type] = {"name": str, "clips": int, "bytes": int, "sha256": str}


def to_json(manifest: Manifest) -> str:
    """The text of `dataset.json`."""
    table = asdict(manifest)
    return json.dumps({name: table[name] for name in _TYPES}, indent=1)


def from_json(text: str | bytes) -> Manifest:
    """The manifest that a text of `dataset.json` describes.

    Raises FormatError for anything else, another format's version and shard names outside of the dataset.
    """
    try:
        table = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise FormatError(
            f"dataset.json is not JSON ({error}); run generate again to have it written"
        ) from error
    if not isinstance(table, dict) or table.get("format") != FORMAT:
        found = table.get("format") if isinstance(table, dict) else type(table).__name__
        raise FormatError(f"dataset.json is of format {found!r:.80}; this program reads {FORMAT!r}")
    _check_types(table, _TYPES, "dataset.json")
    if table["kind"] not in KINDS:
        raise FormatError(f"dataset.json says kind {table['kind']!r:.80}; it is one of {', '.join(KINDS)}")
    for name in ("seed", "num_clips", "frames", "width", "height"):
        if table[name] < 0:
            raise FormatError(f"dataset.json says {name} {table[name]}; it is not negative")
    splits = {split: _records(split, records) for split, records in table["splits"].items()}
    return Manifest(
        **{name: table[name] for name in _TYPES if name not in ("members", "unrenderable", "splits")},
        members=tuple(_all_of(str, table["members"], "members")),
        unrenderable=tuple(_all_of(int, table["unrenderable"], "unrenderable")),
        splits=splits,
    )


def read_manifest(url: str | os.PathLike) -> Manifest:
    """The manifest of the dataset at a folder, an fsspec URL, or of a `dataset.json` itself.

    Raises FormatError where there is none (the dataset is unfinished) or it is not sound.
    """
    url = os.fspath(url)
    path = url if url.endswith(".json") else url.rstrip("/") + "/" + MANIFEST_NAME
    filesystem, path = filesystem_of(path)
    try:
        size = filesystem.size(path)
        if size is not None and size > MAX_MANIFEST_BYTES:
            raise FormatError(
                f"{url} has a dataset.json of {size} bytes; at most {MAX_MANIFEST_BYTES} are read"
            )
        return from_json(filesystem.cat_file(path))
    except FileNotFoundError as error:
        if isinstance(error.__cause__, OSError):
            raise FormatError(f"{url} cannot be reached ({error.__cause__}); is the address right?") from error
        raise FormatError(
            f"{url} has no {MANIFEST_NAME}: it is no PoseTraj dataset, or one that is not finished; "
            f"run the same generate command again to finish it, or open a single .tar"
        ) from error
    except (FormatError, PermissionError):
        raise
    except Exception as error:  # each kind of store has errors of its own
        raise FormatError(
            f"{url} cannot be reached ({type(error).__name__}: {str(error)[:200]}); are address and credentials right?"
        ) from error


def write_manifest(folder: str | os.PathLike, manifest: Manifest) -> Path:
    """Write `dataset.json` into a local folder, atomically; the last step of a dataset. Returns its path."""
    path = Path(folder) / MANIFEST_NAME
    write_bytes(path, to_json(manifest).encode())
    return path


def _records(split: str, records: Any) -> tuple[ShardRecord, ...]:
    if split not in SPLITS:
        raise FormatError(f"dataset.json lists the split {split[:80]!r}; splits are {', '.join(SPLITS)}")
    shards = []
    for record in _all_of(dict, records, f"splits.{split}"):
        _check_types(record, _RECORD_TYPES, f"a shard of {split} in dataset.json")
        match = SHARD_PATTERN.fullmatch(record["name"])
        if match is None or match["split"] != split or record["clips"] < 0 or record["bytes"] < 0:
            raise FormatError(
                f"dataset.json lists {record['name'][:80]!r}, which is no sound shard of {split}"
            )
        shards.append(ShardRecord(**{name: record[name] for name in _RECORD_TYPES}))
    return tuple(shards)


def _check_types(table: Mapping[str, Any], types: Mapping[str, Any], where: str) -> None:
    for name, kind in types.items():
        if name not in table:
            raise FormatError(f"{where} lacks {name!r}")
        if not isinstance(table[name], kind) or isinstance(table[name], bool):
            raise FormatError(f"{where} has {name} = {table[name]!r:.80}, which is of the wrong type")


def _all_of(kind: type, values: Any, where: str) -> list:
    if not isinstance(values, list) or any(not isinstance(v, kind) or isinstance(v, bool) for v in values):
        raise FormatError(
            f"dataset.json has {where} = {values!r:.80}; a list of {kind.__name__} belongs there"
        )
    return values
