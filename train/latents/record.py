"""`cache.json`: what a finished cache was made of, and its shards."""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from dataset_tools.errors import FormatError
from dataset_tools.manifest import Manifest, ShardRecord
from dataset_tools.reader import Dataset
from dataset_tools.schema import SHARD_PATTERN

FORMAT = "posetraj-latents/1"
RECORD_NAME = "cache.json"
MAX_RECORD_BYTES = 256 << 20
MEMBER_PATTERN = re.compile(r"[a-z_]+\.npy")
HASH_PATTERN = re.compile(r"[0-9a-f]{16}")


@dataclass(frozen=True)
class CachedShard:
    """One shard of a cache; `source_sha256` is the hash of the dataset's shard of that name."""

    split: str
    name: str
    clips: int
    bytes: int
    sha256: str
    source_sha256: str

    def is_of(self, split: str, record: ShardRecord) -> bool:
        """Whether it was made of this shard of the dataset."""
        return (self.split, self.name, self.source_sha256) == (split, record.name, record.sha256)


@dataclass(frozen=True)
class CacheRecord:
    """What `cache.json` says. `model` and `preprocessing` are what was hashed, `made_with` is not."""

    hash: str
    model: Mapping[str, Any]
    preprocessing: Mapping[str, Any]
    made_with: Mapping[str, str]
    members: tuple[str, ...]
    shards: tuple[CachedShard, ...]

    def changed_shards(self, manifest: Manifest) -> tuple[str, ...]:
        """Names of shards that the dataset and the cache do not share; none where the cache is up to date."""
        mine = {shard.name: shard for shard in self.shards}
        theirs = {record.name: (split, record) for split, record in manifest.shards}
        same = {name for name, shard in mine.items() if name in theirs and shard.is_of(*theirs[name])}
        return tuple(sorted((mine.keys() | theirs.keys()) - same))


def as_stored(value: Any) -> Any:
    """A dataclass, or a table of some, as the types that JSON gives back."""
    return json.loads(json.dumps(value, default=asdict))


def to_json(record: CacheRecord) -> bytes:
    """The bytes of `cache.json`."""
    return json.dumps({"format": FORMAT, **asdict(record)}, indent=1).encode()


def from_json(data: bytes) -> CacheRecord:
    """The record in the bytes of a `cache.json`. Raises FormatError for anything else."""
    try:
        table = json.loads(data)
        if table["format"] != FORMAT:
            raise ValueError(f"it is of format {table['format']!r:.80}")
        record = CacheRecord(
            hash=_of(str, table["hash"]),
            model=_of(dict, table["model"]),
            preprocessing=_of(dict, table["preprocessing"]),
            made_with=_of(dict, table["made_with"]),
            members=tuple(_of(str, name) for name in _of(list, table["members"])),
            shards=tuple(shard_from(entry) for entry in _of(list, table["shards"])),
        )
        if not HASH_PATTERN.fullmatch(record.hash):
            raise ValueError(f"its hash is {record.hash!r:.80}")
        if not all(MEMBER_PATTERN.fullmatch(name) for name in record.members):
            raise ValueError(f"it names the members {record.members!r:.80}")
        _of(int, record.preprocessing["most_objects"])
        return record
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise FormatError(
            f"{RECORD_NAME} is no record of a cache ({error}); run posetraj cache-latents again"
        ) from error


def shard_from(table: Any) -> CachedShard:
    """The shard that a table of JSON describes. Raises ValueError, KeyError or TypeError for anything else."""
    types = CachedShard.__annotations__
    shard = CachedShard(**{name: _of(kind, _of(dict, table)[name]) for name, kind in types.items()})
    match = SHARD_PATTERN.fullmatch(shard.name)
    if match is None or match["split"] != shard.split or shard.clips < 0 or shard.bytes < 0:
        raise ValueError(f"{shard.name[:80]!r} is no sound shard of {shard.split[:80]!r}")
    return shard


def _of(kind: type, value: Any) -> Any:
    if not isinstance(value, kind) or isinstance(value, bool):
        raise TypeError(f"found {value!r:.80} where a {kind.__name__} belongs")
    return value


def manifest_of(dataset: Dataset) -> Manifest:
    """The dataset's manifest. Raises FormatError for a lone shard, which has none."""
    if dataset.manifest is None:
        raise FormatError(f"{dataset.url} is a single shard; latents are kept for a dataset, give its folder")
    return dataset.manifest
