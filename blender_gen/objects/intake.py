"""The intake: every file found becomes a record, accepted with its facts or rejected with a reason."""

import dataclasses
import hashlib
import queue
import re
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path, PurePosixPath
from typing import Any

from blender_gen.objects.catalog import Description, describe, read_catalogs
from blender_gen.objects.discovery import FoundFile, find_objects
from blender_gen.objects.import_cache import ImportCache
from blender_gen.objects.importing import Importer, ImportLimits, ImportStopped, worker_command
from blender_gen.objects.record import ACCEPTED, REJECTED, ObjectRecord
from blender_gen.objects.safety.files import CheckedFile, check_file
from blender_gen.objects.safety.refusal import Limits, ObjectRefused

Progress = Callable[[int, int], None]
Key = tuple[str, str, str]  # content, format, front: what decides the result of an import


@dataclasses.dataclass(frozen=True)
class _Candidate:
    found: FoundFile
    description: Description
    checked: CheckedFile | None
    reason: str | None

    @property
    def key(self) -> Key:
        return self.checked.sha256, self.found.path.suffix.lower(), self.description.front_axis


def intake(
    folders: Sequence[Path],
    *,
    workers: int = 1,
    cache_file: Path | None = None,
    command: Sequence[str] | None = None,
    limits: Limits | None = None,
    import_limits: ImportLimits | None = None,
    progress: Progress | None = None,
) -> list[ObjectRecord]:
    """Check, import and measure every object file under `folders`.

    The records come in the order of the folders, then of the relative paths; they are the same whatever the number
    of workers and whatever is cached. Of files with equal content the first is kept.

    Args:
        workers: child Blender processes that import at the same time.
        cache_file: results are looked up here and added, so that a second run does not import again.
        command: how to start an intake worker; `worker_command()` where not given.
        progress: called with (files done, files in all).

    Raises:
        ObjectFolderError: a folder is missing.
        CatalogError: a catalogue cannot be read.
        BlenderUnusable: Blender does not start.
    """
    limits, import_limits, workers = limits or Limits(), import_limits or ImportLimits(), max(workers, 1)
    found = find_objects(folders)
    catalogs = read_catalogs(found)
    with ThreadPoolExecutor(max_workers=workers) as pool:
        checks = list(pool.map(lambda file: _check(file, describe(file, catalogs), limits), found))
    first: dict[Key, _Candidate] = {}
    for candidate in checks:
        if candidate.checked:
            first.setdefault(candidate.key, candidate)
    report = _counter(progress, len(found), len(found) - len(first))
    cache = ImportCache(cache_file)
    results = _import_all(list(first.values()), command or worker_command(), import_limits, workers, cache, report)
    return _records(checks, results)


def _check(found: FoundFile, description: Description, limits: Limits) -> _Candidate:
    try:
        return _Candidate(found, description, check_file(found.path, found.folder, limits), None)
    except ObjectRefused as refusal:
        return _Candidate(found, description, None, str(refusal))


def _import_all(
    candidates: Sequence[_Candidate],
    command: Sequence[str],
    limits: ImportLimits,
    workers: int,
    cache: ImportCache,
    report: Callable[[], None],
) -> dict[Key, Mapping[str, Any]]:
    """Result of each candidate's import: {"facts": ...} or {"refused": reason}."""
    if not candidates:
        return {}
    with tempfile.TemporaryDirectory(prefix="posetraj-intake-") as logs, ExitStack() as children:
        idle: queue.SimpleQueue[Importer] = queue.SimpleQueue()
        importers = [Importer(command, limits, Path(logs) / f"{k}.log") for k in range(workers)]
        for importer in importers:
            children.callback(importer.close)
            idle.put(importer)
        build = importers[0].build()

        def one(candidate: _Candidate) -> Mapping[str, Any]:
            importer = idle.get()
            try:
                return cache.get(" ".join((*candidate.key, build))) or _import(importer, candidate)
            finally:
                idle.put(importer)

        results = {}
        with ThreadPoolExecutor(max_workers=workers) as pool:
            for candidate, result in zip(candidates, pool.map(one, candidates), strict=True):
                results[candidate.key] = result
                if not result.get("stopped"):
                    cache.put(" ".join((*candidate.key, build)), result)
                report()
        return results


def _import(importer: Importer, candidate: _Candidate) -> Mapping[str, Any]:
    try:
        return {"facts": importer.facts(candidate.found.path, candidate.description.front_axis)}
    except ImportStopped as stopped:
        return {"refused": str(stopped), "stopped": True}
    except ObjectRefused as refusal:
        return {"refused": str(refusal)}


def _records(candidates: Sequence[_Candidate], results: Mapping[Key, Mapping[str, Any]]) -> list[ObjectRecord]:
    kept: dict[str, str] = {}
    records = []
    for candidate in candidates:
        facts, reason = {}, candidate.reason
        sha256 = candidate.checked.sha256 if candidate.checked else ""
        warnings = candidate.checked.warnings if candidate.checked else ()
        if candidate.checked:
            result = results[candidate.key]
            facts, reason = dict(result.get("facts", {})), result.get("refused")
            if reason is None and sha256 in kept:
                facts, reason = {}, f"the same content as {kept[sha256]}"
            elif reason is None:
                kept[sha256] = candidate.found.file
        facts["warnings"] = [*warnings, *facts.get("warnings", ())]
        values = {
            **dataclasses.asdict(candidate.description),
            **facts,
            "asset_id": "",
            "file": candidate.found.file,
            "collection": candidate.found.folder.resolve().name,
            "state": ACCEPTED if reason is None else REJECTED,
            "reason": reason,
            "sha256": sha256,
            "unit": candidate.description.unit or sha256,
        }
        records.append(dataclasses.replace(ObjectRecord.from_json(values), path=candidate.found.path))
    names = _asset_ids(records)
    return [dataclasses.replace(record, asset_id=name) for record, name in zip(records, names, strict=True)]


def _asset_ids(records: Sequence[ObjectRecord]) -> list[str]:
    """The file's stem where it is the only one; else with the start of a hash, of the content where accepted."""
    stems = [re.sub(r"[^\w.\-]+", "_", PurePosixPath(record.file).stem) or "object" for record in records]
    counts, taken, names = Counter(stems), set(), []
    for place, (record, stem) in enumerate(zip(records, stems, strict=True)):
        name = stem
        if counts[stem] > 1:
            told = record.sha256 if record.accepted else hashlib.sha256(f"{place} {record.file}".encode()).hexdigest()
            name = f"{stem}-{told[:12]}"
        while name in taken:
            name += "_"
        taken.add(name)
        names.append(name)
    return names


def asset_paths(records: Iterable[ObjectRecord]) -> dict[str, Path]:
    """Where each accepted object of a fresh intake lies on this machine: content hash -> file."""
    return {record.sha256: record.path for record in records if record.accepted and record.path}


def _counter(progress: Progress | None, total: int, done: int) -> Callable[[], None]:
    count = [done]

    def step() -> None:
        count[0] += 1
        if progress:
            progress(count[0], total)

    return step
