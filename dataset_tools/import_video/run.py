"""Films in, a finished dataset out; a run that was stopped goes on where it was."""

import json
import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from dataset_tools.atomic import write_bytes
from dataset_tools.card.finishing import write_card_before
from dataset_tools.checks.pool import each_result
from dataset_tools.errors import FormatError, PoseTrajError
from dataset_tools.import_video.annotations import read_annotation
from dataset_tools.import_video.extras import require
from dataset_tools.import_video.film import Film, open_film
from dataset_tools.import_video.make_clip import Given, Unusable, asset_id, make_clip
from dataset_tools.import_video.mask_files import mask_paths
from dataset_tools.import_video.options import ImportOptions
from dataset_tools.import_video.shots import survey
from dataset_tools.import_video.windows import plan, read_windows
from dataset_tools.manifest import MANIFEST_NAME, Manifest, write_manifest
from dataset_tools.schema import MEMBERS, SPLITS
from dataset_tools.shards import ShardRecord, write_shard
from dataset_tools.splits import pools

WORK = ".work"
VERDICT = "verdict.json"
SETTINGS = "settings.json"
RECORDS = "objects.jsonl"
_OF_PACKING = ("clips_per_shard", "shares")


@dataclass(frozen=True)
class FilmReport:
    """What became of one film: the number of clips, and a sentence for each stretch of it that gave none."""

    film: str
    asset: str
    sha256: str
    clips: int
    skipped: tuple[str, ...]
    reason: str
    cameras: tuple[str, ...] = ()


@dataclass(frozen=True)
class ImportReport:
    """What a run made: the films in the order given, and the clips in each split."""

    out: Path
    films: tuple[FilmReport, ...]
    clips: dict[str, int]


def import_videos(
    paths: Sequence[Path], out: Path, options: ImportOptions, workers: int = 1, progress: bool = False
) -> ImportReport:
    """Import films into a new dataset at `out`; `workers` films are under way at the same time.

    Each finished window is kept in `out/.work` until the dataset is complete; the same call goes on after a stop.
    Raises FormatError for a folder that holds anything else, or where no film gives a clip (the records are then in
    the message).
    """
    require(("cv2", "scenedetect", *(("pycolmap",) if options.camera != "never" else ())))
    films, broken = _films(paths, options)
    settings = _settings(films, options)
    work = _claimed(out, settings)
    jobs = [_Job(number, film, work / f"{number:04d}", options) for number, film in films.items()]
    results = each_result(partial(_import, progress=progress and workers <= 1), jobs, workers)
    reports = dict(broken)
    for position, report in tqdm(results, "films", len(jobs), unit="film", disable=not progress or workers <= 1):
        job = jobs[position]
        reports[job.number] = report or _no_clips(job.film.name, "it ended its process (killed, or out of memory)")
    ordered = tuple(reports[number] for number in sorted(reports))
    if not any(report.clips for report in ordered):
        shutil.rmtree(work, ignore_errors=True)
        raise FormatError(
            f"no film gives a clip; fewer --frames or a higher --fps use shorter shots:\n{format_films(ordered)}"
        )
    return ImportReport(out, ordered, _pack(out, work, films, options, ordered))


def format_report(report: ImportReport) -> str:
    """The report as text: each film with what was skipped in it, then what lies where."""
    total = sum(report.clips.values())
    where = ", ".join(f"{split} {count}" for split, count in report.clips.items() if count)
    return f"{format_films(report.films)}\n{report.out}: {total} clips ({where}); posetraj inspect {report.out}"


def format_films(films: Sequence[FilmReport]) -> str:
    """A line per film, and an indented one for each stretch that gave no clip. Names are shown as Python would."""
    lines = []
    for film in films:
        cameras = ", ".join(f"{count} {name}" for name, count in _counted(film.cameras))
        made = f"{film.clips} clip{'' if film.clips == 1 else 's'}" + (f"; camera: {cameras}" if cameras else "")
        lines.append(f"{film.film!r}: {made}" + (f"; {film.reason}" if film.reason else ""))
        lines += [f"  {sentence}" for sentence in film.skipped]
    return "\n".join(lines)


def film_splits(units: Sequence[str], options: ImportOptions) -> dict[str, str]:
    """The split of each film, by its hash, so that no film is in two.

    Fewer films than splits with a share fill the first of those alone: a single film is all for training.
    """
    different = sorted(set(units))
    wanted = [split for split in SPLITS if options.shares.get(split, 0.0) > 0]
    kept = wanted[: max(1, len(different))]
    total = sum(options.shares[split] for split in kept)
    return pools(different, {split: options.shares[split] / total for split in kept})


@dataclass(frozen=True)
class _Job:
    """One film to import, and the folder that keeps its windows."""

    number: int
    film: Film
    folder: Path
    options: ImportOptions


def _films(paths: Sequence[Path], options: ImportOptions) -> tuple[dict[int, Film], dict[int, FilmReport]]:
    """The films by their place among the paths; those that cannot be opened or come twice are reported."""
    films: dict[int, Film] = {}
    broken: dict[int, FilmReport] = {}
    seen: dict[str, str] = {}
    for number, path in enumerate(paths):
        try:
            film = open_film(path, options.image_fps)
            if film.sha256 in seen:
                raise FormatError(f"it is the same film as {seen[film.sha256]!r}, given twice")
            seen[film.sha256] = film.name
            films[number] = film
        except FormatError as error:
            broken[number] = _no_clips(path.name, str(error))
    if not films:
        raise FormatError(f"no film can be read:\n{format_films(tuple(broken.values()))}" if broken else "give films")
    return films, broken


def _import(job: _Job, progress: bool) -> FilmReport:
    """Make the windows of a film that are not made yet. A film that cannot be read is a report, not an error."""
    film, options = job.film, job.options
    try:
        found = survey(film)
        given = Given(
            None if options.masks is None else mask_paths(options.masks / film.stem, int(found.numbers[-1]) + 1),
            None if options.annotations is None else read_annotation(options.annotations, film.stem),
        )
        windows, skipped = plan(found, options.frames, options.fps, options.stride)
    except FormatError as error:
        return _no_clips(film.name, str(error), film)
    notes = [_sentence(found.times, found.numbers, item.start, item.stop, item.reason) for item in skipped]
    left = tuple(window for window in windows if not (_folder(job, window.number) / VERDICT).exists())
    size = (options.width, options.height)
    pictures = read_windows(film, found, left, size)
    try:
        for window in tqdm(pictures, film.name[:40], len(left), unit="window", disable=not progress):
            try:
                members, reason = make_clip(film, found, window, given, options), ""
            except (Unusable, FormatError) as error:
                members, reason = {}, str(error)
            except Exception as error:  # one window that trips a library must not cost the others
                members, reason = {}, f"it failed unexpectedly ({type(error).__name__}: {str(error)[:200]})"
            _keep(_folder(job, window.window.number), members, reason)
    except FormatError as error:
        return _no_clips(film.name, str(error), film)
    cameras, clips = [], 0
    for window in windows:
        verdict = _verdict(_folder(job, window.number))
        if verdict["reason"]:
            start, stop = window.samples[0], window.samples[-1] + 1
            notes.append(_sentence(found.times, found.numbers, start, stop, verdict["reason"]))
        else:
            cameras.append(verdict["camera"])
            clips += 1
    reason = found.note if clips else found.note or "no window of it gives a clip"
    return FilmReport(film.name, asset_id(film), film.sha256, clips, tuple(notes), reason, tuple(cameras))


def _keep(folder: Path, members: dict[str, bytes], reason: str) -> None:
    """Write a window's members, and then, as the last, its verdict."""
    for name, data in members.items():
        write_bytes(folder / name, data)
    camera = json.loads(members["meta.json"])["camera"] if members else ""
    write_bytes(folder / VERDICT, json.dumps({"reason": reason, "camera": camera}).encode())


def _verdict(folder: Path) -> dict[str, str]:
    try:
        return json.loads((folder / VERDICT).read_bytes())
    except FileNotFoundError:
        return {"reason": "the film could not be decoded up to its end", "camera": ""}


def _folder(job: _Job, window: int) -> Path:
    return job.folder / f"{window:06d}"


def _sentence(times: np.ndarray, numbers: np.ndarray, start: int, stop: int, reason: str) -> str:
    last = numbers[stop - 1]
    return f"{times[start]:.2f} s to {times[stop - 1]:.2f} s (frames {numbers[start]} to {last}): {reason}"


def _no_clips(name: str, reason: str, film: Film | None = None) -> FilmReport:
    return FilmReport(name, asset_id(film) if film else name, film.sha256 if film else "", 0, (), reason)


def _counted(names: Sequence[str]) -> list[tuple[str, int]]:
    return sorted({name: names.count(name) for name in names}.items())


def _settings(films: dict[int, Film], options: ImportOptions) -> dict[str, Any]:
    """What decides the clips: of another run's, none may be taken over."""
    table = asdict(options)
    kept = {name: str(value) if isinstance(value, Path) else value for name, value in table.items()}
    return {
        "films": [[number, film.name, film.sha256] for number, film in films.items()],
        "options": {name: value for name, value in kept.items() if name not in _OF_PACKING},
    }


def _claimed(out: Path, settings: dict[str, Any]) -> Path:
    """The working folder in `out`, which must be new, empty, or of a run with the same settings."""
    work = out / WORK
    if (out / MANIFEST_NAME).exists():
        raise FormatError(f"{out} holds a finished dataset already; choose another folder")
    text = json.dumps(settings, indent=1)
    if (work / SETTINGS).is_file():
        if (work / SETTINGS).read_text() != text and any(work.glob(f"*/*/{VERDICT}")):
            raise FormatError(f"{out} was begun with other films or settings; use those, or choose another folder")
        write_bytes(work / SETTINGS, text.encode())
        return work
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise FormatError(f"{out} is not empty; choose a new folder")
    write_bytes(work / SETTINGS, text.encode())
    return work


def _pack(
    out: Path, work: Path, films: dict[int, Film], options: ImportOptions, reports: Sequence[FilmReport]
) -> dict[str, int]:
    """Write shards, records and manifest from the finished windows, and remove those; the clips of each split."""
    folders = [folder for folder in sorted(work.glob("*/*")) if (folder / "meta.json").is_file()]
    done = [(folder, films[int(folder.parent.name)]) for folder in folders if not _verdict(folder)["reason"]]
    split_of = film_splits([film.sha256 for _, film in done], options)
    members = tuple(member.name for member in MEMBERS if (done[0][0] / member.name).is_file())
    splits: dict[str, tuple[ShardRecord, ...]] = {}
    for split in SPLITS:
        own = [(clip, folder) for clip, (folder, film) in enumerate(done) if split_of[film.sha256] == split]
        per = options.clips_per_shard
        parts = [own[start : start + per] for start in range(0, len(own), per)]
        splits[split] = tuple(
            write_shard(out, split, shard, _contents(part, split, members), members) for shard, part in enumerate(parts)
        )
    lines = [
        {
            "asset_id": report.asset,
            "file": report.film,
            "state": "accepted" if report.clips else "rejected",
            "reason": report.reason or None,
            "sha256": report.sha256,
            "clips": report.clips,
            "skipped": list(report.skipped),
        }
        for report in reports
    ]
    write_bytes(out / RECORDS, "".join(json.dumps(line) + "\n" for line in lines).encode())
    table = asdict(options)
    manifest = Manifest(
        kind="real",
        generator={"version": _version(), "blender": "none", "numpy": np.__version__},
        config={name: str(value) if isinstance(value, Path) else value for name, value in table.items()},
        seed=options.seed,
        num_clips=len(done),
        frames=options.frames,
        fps=options.fps,
        width=options.width,
        height=options.height,
        members=members,
        splits={split: records for split, records in splits.items() if records},
    )
    write_card_before(manifest, out, lambda text: print(text, file=sys.stderr))
    write_manifest(out, manifest)
    shutil.rmtree(work, ignore_errors=True)
    return {split: sum(record.clips for record in records) for split, records in splits.items()}


def _contents(
    part: Sequence[tuple[int, Path]], split: str, members: Sequence[str]
) -> Iterator[tuple[str, dict[str, bytes]]]:
    for clip, folder in part:
        contents = {name: (folder / name).read_bytes() for name in members}
        meta = json.loads(contents["meta.json"]) | {"clip": clip, "split": split}
        yield f"{clip:08d}", {**contents, "meta.json": json.dumps(meta).encode()}


def _version() -> str:
    try:
        return f"posetraj {version('posetraj')} import-video"
    except PackageNotFoundError:
        return "posetraj import-video"


def run(paths: Sequence[Path], out: Path, options: ImportOptions, workers: int, progress: bool) -> str:
    """Import, and say what became of it. Raises as `import_videos`."""
    try:
        return format_report(import_videos(paths, Path(os.path.abspath(out)), options, workers, progress))
    except OSError as error:
        raise PoseTrajError(f"{out} cannot be written ({error.strerror or error})") from error
