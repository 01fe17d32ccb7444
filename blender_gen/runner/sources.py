"""From what the user named as objects to the pools that clips are drawn from."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from blender_gen.bundled import write_bundled
from blender_gen.config import DatasetConfig
from blender_gen.objects import ObjectRecord, asset_paths, intake, locate, worker_command
from blender_gen.runner.layout import Layout
from dataset_tools.errors import PoseTrajError
from dataset_tools.splits import pools

BUNDLED = "bundled"


class ObjectSettings(Protocol):
    """What gathering objects needs to know of a run."""

    objects: tuple[str, ...]
    workers: int
    blender: Path | None


@dataclass(frozen=True)
class ObjectSources:
    """The objects of a run: what the intake said of each file, the accepted ones by split, and where each content hash
    lies on this machine."""

    records: list[ObjectRecord]
    pools: dict[str, list[ObjectRecord]]
    assets: dict[str, Path]


def gather_objects(
    layout: Layout, config: DatasetConfig, run: ObjectSettings, has_begun: bool = False
) -> ObjectSources:
    """Take in every file of the sources and share the accepted ones out to the splits.

    A run that has begun keeps the objects of its objects.jsonl, and only looks for their files.

    Raises:
        PoseTrajError: a folder is missing, too few objects are good for the splits, or a run that has begun finds
            other objects than it began with.
    """
    names = [source if source == BUNDLED else Path(source).resolve().name for source in run.objects]
    if config.sources and len(set(names)) < len(names):
        raise PoseTrajError(
            f"the setting sources weighs folders by name, and two are named {max(names, key=names.count)}; rename one"
        )
    folders = []
    for source in run.objects:
        if source == BUNDLED:
            write_bundled(layout.bundled, seed=config.seed, variants_per_kind=config.bundled_variants)
            folders.append(layout.bundled)
        else:
            folders.append(Path(source))
    if has_begun:
        assets = locate(folders, run.workers)
        records = _as_begun(layout.objects, assets)
    else:
        records = intake(
            folders,
            workers=run.workers,
            cache_file=layout.intake_cache,
            command=worker_command(run.blender),
            progress=_say,
        )
        assets = asset_paths(records)
        _check_any(records, run.objects)
    accepted = [record for record in records if record.accepted]
    shares = {split: share for split, share in config.splits.items() if share > 0}
    accepted = _weighted_ones(accepted, config.sources)
    try:
        split_of_unit = pools((record.unit for record in accepted), shares)
    except PoseTrajError as error:
        raise PoseTrajError(f"{error}, such as splits: {{train: 1}} in a file for --config") from error
    return ObjectSources(
        records=records,
        pools={split: [record for record in accepted if split_of_unit[record.unit] == split] for split in shares},
        assets=assets,
    )


def _weighted_ones(accepted: list[ObjectRecord], weights: Mapping[str, float]) -> list[ObjectRecord]:
    """Return the objects of the sources that have a weight; all, where no source has one."""
    if not weights:
        return accepted
    known = sorted({record.collection for record in accepted})
    unknown = sorted(set(weights) - set(known))
    if unknown:
        raise PoseTrajError(
            f"the setting sources weighs {unknown[0]!r}, but objects came from {', '.join(known)} only; name folders "
            "given with --objects"
        )
    return [record for record in accepted if weights.get(record.collection, 0) > 0]


def _check_any(records: Sequence[ObjectRecord], sources: Sequence[str]) -> None:
    if not any(record.accepted for record in records):
        reasons = "; ".join(f"{record.file}: {record.reason}" for record in records[:3]) or "there are no such files"
        raise PoseTrajError(f"no object in {', '.join(sources)} can be used ({reasons}); try posetraj objects check")


def _as_begun(path: Path, assets: Mapping[str, Path]) -> list[ObjectRecord]:
    """Return the objects that the dataset was begun with, from its objects.jsonl; new files do not enter it."""
    records = [ObjectRecord.from_line(line) for line in path.read_text(encoding="utf-8").split("\n") if line]
    known = {record.sha256 for record in records}
    missing = [record.file for record in records if record.accepted and record.sha256 not in assets]
    if missing:
        raise PoseTrajError(
            f"the objects are not those that this dataset was begun with ({missing[0]} is gone or has changed, "
            f"{len(missing)} in all); put them back, or choose another --out"
        )
    count = len(set(assets) - known)
    if count:
        print(f"intake: {count} new objects are left out, since the dataset was begun without them", file=sys.stderr)
    return records


def _say(done: int, total: int) -> None:
    if done == total or done % 50 == 0:
        print(f"intake: {done}/{total} files", file=sys.stderr)
