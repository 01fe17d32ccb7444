"""Validate a finished dataset: its manifest, its shards, and every clip from its files as written."""

import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from tqdm import tqdm

from dataset_tools.checks import ClipReport, Fault, check_clip
from dataset_tools.checks.dataset import (
    OF_MANIFEST,
    ClipFacts,
    check_alike,
    check_keys,
    check_manifest,
    check_splits,
)
from dataset_tools.checks.pool import each_result
from dataset_tools.checks.records import check_ledger, check_objects
from dataset_tools.checks.shard import ShardContents, check_shard
from dataset_tools.clip import Clip, InShard
from dataset_tools.errors import FormatError
from dataset_tools.index import IndexEntry, entry_from_meta
from dataset_tools.manifest import Manifest, read_manifest
from dataset_tools.schema import SHARD_PATTERN

__all__ = ["ClipReport", "ClipVerdict", "Fault", "Report", "format_report", "validate"]


@dataclass(frozen=True)
class ClipVerdict:
    """What the checks say of one clip."""

    key: str
    shard: str
    report: ClipReport
    facts: ClipFacts

    @property
    def faults(self) -> tuple[Fault, ...]:
        return self.report.faults


@dataclass(frozen=True)
class Report:
    """What the checks say of a dataset: faults of the dataset as a whole, and a verdict per clip, in order."""

    url: str
    faults: tuple[Fault, ...]
    clips: tuple[ClipVerdict, ...]

    @property
    def ok(self) -> bool:
        return not self.faults and not self.faulty

    @property
    def faulty(self) -> tuple[ClipVerdict, ...]:
        """The clips with faults."""
        return tuple(clip for clip in self.clips if clip.faults)


def validate(url: str | os.PathLike, workers: int = 1, progress: bool = True) -> Report:
    """Check a dataset (a folder, an fsspec URL of one, or one `.tar`) against the format and against itself.

    Every shard is read once whole and every clip decoded, by `workers` processes where that is over 1; `progress`
    shows a bar. A file that cannot be read is a fault of its clip or shard; nothing that lies at `url` raises.
    """
    url = os.fspath(url)
    try:
        folder, manifest, shards = _open(url)
    except (FormatError, OSError) as error:
        check = "unfinished" if isinstance(error.__cause__, FileNotFoundError) else "manifest"
        return Report(url, (Fault(check, str(error)),), ())
    faults = list(check_manifest(manifest, folder)) if manifest else []
    contents = [
        check_shard(folder, name, split, record)
        for split, name, record in _bar(shards, "shards", progress, len(shards))
    ]
    jobs = [
        _Job(shard.split, shard.name, shard.url, key, dict(places), shard.index[key] if shard.index else None)
        for shard in contents
        for key, places in shard.places.items()
    ]
    results = dict(_bar(each_result(_check, jobs, workers), "clips", progress, len(jobs)))
    verdicts = [results[position] or _dead(job) for position, job in enumerate(jobs)]
    facts = [verdict.facts for verdict in verdicts]
    faults += [fault for shard in contents for fault in shard.faults]
    faults += check_keys(_keys(contents), manifest)
    faults += check_splits(facts)
    if manifest is not None and manifest.kind == "synthetic":
        faults += check_ledger(folder, [verdict.key for verdict in verdicts])
        faults += check_objects(folder, {asset for clip in facts for asset in clip.assets})
    unlike = check_alike(facts, manifest)
    verdicts = [
        replace(v, report=ClipReport(v.report.figures, v.report.faults + unlike.get(v.key, ()))) for v in verdicts
    ]
    return Report(url, tuple(faults), tuple(verdicts))


def format_report(report: Report) -> str:
    """The report as text: each fault of the dataset and each faulty clip, then a line that sums up."""
    lines = [f"dataset: {fault.check}: {fault.message}" for fault in report.faults]
    for clip in report.faulty:
        lines.append(f"clip {clip.key} ({clip.shard}):")
        lines += [f"  {fault.check}: {fault.message}" for fault in clip.faults]
    bad, count = len(report.faulty), len(report.clips)
    if report.ok:
        lines.append(f"{report.url}: all {count} clips are good")
    else:
        lines.append(f"{report.url}: {bad} of {count} clips are faulty, and {len(report.faults)} faults of the dataset")
    return "\n".join(lines)


@dataclass(frozen=True)
class _Job:
    """One clip to check, and where it lies."""

    split: str
    shard: str
    url: str
    key: str
    places: Mapping[str, tuple[int, int]]
    index_entry: IndexEntry | None


def _open(url: str) -> tuple[str, Manifest | None, list]:
    """Folder, manifest, and (split, shard name, record) of each shard."""
    folder, _, name = url.rstrip("/").rpartition("/")
    if name.endswith(".tar"):
        match = SHARD_PATTERN.fullmatch(name)
        return folder or ".", None, [(match["split"] if match else "", name, None)]
    manifest = read_manifest(url)
    return url.rstrip("/"), manifest, [(split, record.name, record) for split, record in manifest.shards]


def _check(job: _Job) -> ClipVerdict:
    """One clip's verdict. Whatever a damaged clip causes is its fault, so that the others are still checked."""
    entry = IndexEntry(job.key, (), (), (), "", dict(job.places))
    clip = Clip(job.key, job.split, job.shard, job.index_entry, InShard(job.url, entry))
    facts = ClipFacts(job.key, job.split, tuple(job.places))
    try:
        report = check_clip(clip)
        facts = _facts(clip, facts)
        faults = report.faults + _index_faults(job, clip)
    except Exception as error:
        message = f"the clip cannot be checked ({type(error).__name__}: {error})"
        return ClipVerdict(job.key, job.shard, ClipReport(faults=(Fault("unreadable", message),)), facts)
    return ClipVerdict(job.key, job.shard, ClipReport(report.figures, faults), facts)


def _facts(clip: Clip, facts: ClipFacts) -> ClipFacts:
    """What the clip is compared with others by, as far as it can be read; `check_clip` has named the rest."""
    try:
        meta = clip.meta
    except FormatError:
        return facts
    objects = meta["objects"] if isinstance(meta.get("objects"), list) else []
    digests = tuple(str(item["sha256"]) for item in objects if isinstance(item, dict) and "sha256" in item)
    assets = tuple(str(item["asset_id"]) for item in objects if isinstance(item, dict) and "asset_id" in item)
    figures = meta["qa"] if isinstance(meta.get("qa"), dict) else {}
    try:
        points = len(clip.labels["track_object"])
    except (FormatError, KeyError, TypeError):
        points = None
    shared = {name: meta.get(name) for name in OF_MANIFEST}
    return replace(facts, objects=digests, assets=assets, qa=tuple(sorted(figures)), points=points, meta=shared)


def _index_faults(job: _Job, clip: Clip) -> tuple[Fault, ...]:
    if job.index_entry is None or "meta.json" not in job.places:
        return ()
    try:
        expected = entry_from_meta(job.key, dict(job.places), clip.read("meta.json"))
    except FormatError:
        return ()
    if expected == job.index_entry:
        return ()
    message = f"the line of the index says {job.index_entry!s:.200}; tar and meta.json say {expected!s:.200}"
    return (Fault("index", message),)


def _dead(job: _Job) -> ClipVerdict:
    """The verdict of a clip that ended the process that checked it."""
    message = "checking the clip ended its process (killed, out of memory, or a crash of the decoder)"
    facts = ClipFacts(job.key, job.split, tuple(job.places))
    return ClipVerdict(job.key, job.shard, ClipReport(faults=(Fault("unreadable", message),)), facts)


def _bar(items: Iterable, what: str, progress: bool, total: int) -> Iterator:
    yield from tqdm(items, desc=what, unit=what.removesuffix("s"), disable=not progress, total=total)


def _keys(contents: Sequence[ShardContents]) -> dict[str, list[str]]:
    keys: dict[str, list[str]] = defaultdict(list)
    for shard in contents:
        keys[shard.split] += shard.places
    return dict(keys)
