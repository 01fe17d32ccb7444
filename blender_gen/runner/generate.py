"""The whole run: from folders of objects to a finished dataset, resumable at any moment."""

import json
import os
import queue
import shutil
import threading
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np

from blender_gen.config import DatasetConfig
from blender_gen.runner import ledger
from blender_gen.runner.layout import Layout
from blender_gen.runner.lock import folder_lock
from blender_gen.runner.pack import Packer, ShardKey, reopen
from blender_gen.runner.progress import Progress
from blender_gen.runner.slot import RunStopped, Slot, SlotSettings
from blender_gen.runner.sources import ObjectSources, gather_objects
from dataset_tools.atomic import write_bytes
from dataset_tools.errors import PoseTrajError
from dataset_tools.manifest import Manifest, read_manifest, write_manifest
from dataset_tools.reader import Dataset
from dataset_tools.splits import shard_plan


@dataclass(frozen=True)
class RunSettings:
    """How this run works; nothing in it changes a clip.

    Attributes:
        num_clips: clips of the dataset in all.
        objects: folders of objects, or the word "bundled".
        workers: clips made at the same time.
        device: "AUTO", "OPTIX", "CUDA", "HIP" or "CPU".
        time_limit_s: how long one clip's render may take before it is tried again with twice the time.
        blender: an installed Blender to render with instead of the bpy module.
    """

    num_clips: int
    objects: tuple[str, ...] = ("bundled",)
    workers: int = 1
    device: str = "AUTO"
    time_limit_s: float = 1800.0
    blender: Path | None = None


def generate(out: Path, config: DatasetConfig, run: RunSettings) -> Manifest:
    """Make the dataset in the folder `out`, going on where an earlier run with the same settings stopped.

    Raises:
        PoseTrajError: settings or objects that cannot be used, or a run that cannot go on; what is finished stays.
        KeyboardInterrupt: the user stopped it; what is finished stays.
    """
    if run.num_clips < 1 or run.workers < 1:
        raise PoseTrajError("num_clips and workers should be 1 or more")
    layout = Layout(out)
    _check_folder(layout)
    with folder_lock(layout.lock_file):
        plan = clips_by_shard(config, run.num_clips)
        finished = _open_run(layout, config, run, plan)
        if finished is not None:
            _clean_up(layout)
            return finished
        sources = gather_objects(layout, config, run)
        shutil.rmtree(layout.jobs, ignore_errors=True)
        entries = ledger.read(layout.ledger)
        packer = Packer(layout, plan, config.member_files)
        todo = sorted(packer.survey())
        progress = Progress(run.num_clips, run.num_clips - len(todo), "generate")
        try:
            _make_clips(layout, config, run, sources, packer, todo, ledger.next_attempts(entries), progress)
        finally:
            progress.close()
        manifest = _manifest(layout, config, run, packer)
        write_manifest(out, manifest)
        _clean_up(layout)
    return manifest


def clips_by_shard(config: DatasetConfig, num_clips: int) -> dict[ShardKey, list[int]]:
    """Return the clips of every shard, (split, shard) -> clip numbers in order."""
    plan: dict[ShardKey, list[int]] = defaultdict(list)
    for clip, place in enumerate(shard_plan(config.seed, num_clips, config.splits, config.clips_per_shard)):
        plan[place.split, place.shard].append(clip)
    return dict(plan)


def _check_folder(layout: Layout) -> None:
    known = {".work", "ledger.jsonl", "objects.jsonl", "dataset.json", "index", "latents"}
    if layout.root.is_dir():
        strangers = [
            item.name
            for item in layout.root.iterdir()
            if item.name not in known and not item.name.startswith(("posetraj-", "card"))
        ]
        if strangers and not layout.work.exists() and not layout.manifest.exists():
            raise PoseTrajError(
                f"{layout.root} holds other files ({sorted(strangers)[0]}, ...); give --out a new or empty folder"
            )
    try:
        layout.work.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise PoseTrajError(f"cannot write to {layout.root}: {error.strerror}; choose another --out") from error


def _open_run(
    layout: Layout, config: DatasetConfig, run: RunSettings, plan: dict[ShardKey, list[int]]
) -> Manifest | None:
    """Compare the settings with those of an earlier run; return the manifest if there is nothing left to do."""
    settings = config.to_json()
    if layout.manifest.exists():
        manifest = read_manifest(layout.root)
        _compare(layout, dict(manifest.config), settings)
        if manifest.num_clips == run.num_clips:
            return manifest
        if manifest.num_clips > run.num_clips:
            raise PoseTrajError(
                f"{layout.root} is finished with {manifest.num_clips} clips; ask for more with --num-clips, "
                "or choose another --out for fewer"
            )
        _write_run_file(layout, settings, run)
        reopen(layout, manifest, plan)
    elif layout.run_file.exists():
        begun = json.loads(layout.run_file.read_text())
        _compare(layout, begun["config"], settings)
        if begun["num_clips"] != run.num_clips:
            raise PoseTrajError(
                f"{layout.root} was begun with --num-clips {begun['num_clips']}; finish it with that number, "
                "then ask for more"
            )
    elif layout.ledger.exists():
        raise PoseTrajError(f"{layout.root} holds a run whose .work folder is gone; choose another --out")
    _write_run_file(layout, settings, run)
    return None


def _write_run_file(layout: Layout, settings: dict, run: RunSettings) -> None:
    write_bytes(layout.run_file, json.dumps({"config": settings, "num_clips": run.num_clips}).encode())


def _compare(layout: Layout, old: dict, new: dict) -> None:
    different = [name for name in sorted(set(old) | set(new)) if old.get(name) != new.get(name)]
    if different:
        changes = "; ".join(f"{name}: {old.get(name)} there, {new.get(name)} asked for" for name in different)
        raise PoseTrajError(
            f"{layout.root} holds clips made with other settings ({changes}); use the same ones or another --out"
        )


def _make_clips(
    layout: Layout,
    config: DatasetConfig,
    run: RunSettings,
    sources: ObjectSources,
    packer: Packer,
    todo: Sequence[int],
    attempts: dict[int, int],
    progress: Progress,
) -> None:
    """Let the slots make clips; ledger, shards and progress are this thread's alone."""
    if not todo:
        return
    events: queue.SimpleQueue[ledger.LedgerEntry | BaseException] = queue.SimpleQueue()
    workers = min(run.workers, len(todo))
    settings = SlotSettings(
        device=run.device,
        threads=max(1, (os.cpu_count() or 1) // workers),
        time_limit_s=run.time_limit_s,
        blender=run.blender,
    )
    slots = [
        Slot(f"w{number}", layout, config, sources.pools, sources.assets, settings, events.put)
        for number in range(workers)
    ]
    clips, lock, stop = iter(todo), threading.Lock(), threading.Event()
    threads = [
        threading.Thread(target=_work, args=(slot, clips, lock, stop, attempts, events), daemon=True) for slot in slots
    ]
    left = set(todo)
    announced = False
    for thread in threads:
        thread.start()
    try:
        while left:
            event = events.get()
            if isinstance(event, BaseException):
                raise event
            ledger.append(layout.ledger, event)
            if event.state == "done":
                if not announced:
                    progress.say(f"rendering on {event.device} with {workers} workers")
                    announced = True
                packer.finished(event.clip)
                left.discard(event.clip)
                progress.advance()
            else:
                progress.rejected()
    except OSError as error:
        raise RunStopped(
            f"cannot write to {layout.root}: {error.strerror}; make room, then run the same command to go on"
        ) from error
    finally:
        stop.set()
        for slot in slots:
            slot.stop()
        for thread in threads:
            thread.join()


def _work(
    slot: Slot,
    clips: Iterator[int],
    lock: threading.Lock,
    stop: threading.Event,
    attempts: dict[int, int],
    events: "queue.SimpleQueue[ledger.LedgerEntry | BaseException]",
) -> None:
    """Make clips one after the other until there are none left; a thread's main function."""
    try:
        slot.start()
        while not stop.is_set():
            with lock:
                clip = next(clips, None)
            if clip is None:
                return
            slot.make(clip, attempts.get(clip, 0))
    except BaseException as error:
        events.put(error)


def _manifest(layout: Layout, config: DatasetConfig, run: RunSettings, packer: Packer) -> Manifest:
    first = Dataset(layout.shard(next(iter(packer.records.values())).name))[0]
    return Manifest(
        kind="synthetic",
        generator={"version": version("posetraj"), "blender": first.meta["blender"], "numpy": np.__version__},
        config=config.to_json(),
        seed=config.seed,
        num_clips=run.num_clips,
        frames=config.render.frames,
        fps=config.render.fps,
        width=config.render.width,
        height=config.render.height,
        members=config.member_files,
        unrenderable=ledger.unrenderable_clips(ledger.read(layout.ledger)),
        splits=packer.manifest_splits(name for name, share in config.splits.items() if share > 0),
    )


def _clean_up(layout: Layout) -> None:
    """Remove everything unfinished but the lock that this run still holds."""
    for item in layout.work.iterdir():
        if item != layout.lock_file:
            shutil.rmtree(item) if item.is_dir() else item.unlink()
    layout.lock_file.unlink()
    layout.work.rmdir()
