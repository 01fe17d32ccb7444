"""The whole run: from folders of objects to a finished dataset, resumable at any moment."""

import os
import queue
import shutil
import threading
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from blender_gen.config import DatasetConfig
from blender_gen.runner import ledger
from blender_gen.runner.clip_maker import MakerSettings
from blender_gen.runner.hello import RunStopped
from blender_gen.runner.layout import Layout
from blender_gen.runner.lock import folder_lock
from blender_gen.runner.machine import Machine, look_at_machine
from blender_gen.runner.pack import Packer, ShardKey
from blender_gen.runner.scene_files import check_scene_files
from blender_gen.runner.share_out import gpu_environment, usual_time_limit_s, usual_workers
from blender_gen.runner.slot import Slot
from blender_gen.runner.sources import ObjectSources, gather_objects
from blender_gen.runner.state import check_folder, check_run, finished_already, has_begun, open_run
from dataset_tools.card.finishing import write_card_before
from dataset_tools.errors import PoseTrajError
from dataset_tools.manifest import Manifest, write_manifest
from dataset_tools.progress import Progress
from dataset_tools.splits import shard_plan

LONGEST_TIME_LIMIT_S = 7 * 24 * 3600.0


@dataclass(frozen=True)
class RunSettings:
    """How this run works; nothing in it changes a clip.

    Attributes:
        num_clips: clips of the dataset in all.
        objects: folders of objects, or the word "bundled".
        workers: clips made at the same time; None for as many as the machine is good for.
        device: "AUTO", "OPTIX", "CUDA", "HIP" or "CPU".
        time_limit_s: how long one clip's render may take before it is tried again with twice the time; None for a
            time that even slow machines do not need.
        blender: an installed Blender to render with instead of the bpy module.
        scratch: a folder on a fast disk for what clips need while they are made, instead of one in the dataset.
        scene_files: where the user's HDRIs and floor textures lie, by the names that the config knows them by.
    """

    num_clips: int
    objects: tuple[str, ...] = ("bundled",)
    workers: int | None = 1
    device: str = "AUTO"
    time_limit_s: float | None = None
    blender: Path | None = None
    scratch: Path | None = None
    scene_files: Mapping[str, Path] = field(default_factory=dict)


def generate(out: Path, config: DatasetConfig, run: RunSettings) -> Manifest:
    """Make the dataset in the folder `out`, going on where an earlier run with the same settings stopped.

    Raises:
        PoseTrajError: settings or objects that cannot be used, or a run that cannot go on; what is finished stays.
        KeyboardInterrupt: the user stopped it; what is finished stays.
    """
    if run.num_clips < 1 or (run.workers is not None and run.workers < 1):
        raise PoseTrajError("num_clips and workers should be 1 or more")
    if run.time_limit_s is not None and not 0 < run.time_limit_s <= LONGEST_TIME_LIMIT_S:
        raise PoseTrajError(f"the time limit is {run.time_limit_s} s; it should be above 0 and at most a week")
    check_scene_files(config, run.scene_files)
    layout = Layout(out.absolute(), run.scratch.absolute() if run.scratch else None)
    manifest = finished_already(layout, config, run.num_clips)
    if manifest is not None and not layout.work.exists():
        return manifest
    check_folder(layout)
    with folder_lock(layout.lock_file):
        if manifest is None:
            machine = look_at_machine(run.device, run.blender, layout.logs / "machine.log")
            run = replace(run, workers=run.workers or usual_workers(machine))
            begun = has_begun(layout)
            if begun:
                check_run(layout, config, run.num_clips, machine)
            sources = gather_objects(layout, config, run, begun)
            open_run(layout, config, machine, sources.records)
            manifest = _finish_dataset(layout, config, run, machine, sources)
        _clean_up(layout)
    return manifest


def _finish_dataset(
    layout: Layout, config: DatasetConfig, run: RunSettings, machine: Machine, sources: ObjectSources
) -> Manifest:
    packer = Packer(layout, clips_by_shard(config, run.num_clips), config.member_files)
    todo = sorted(packer.survey())
    _complete_ledger(layout, packer, machine)
    progress = Progress(run.num_clips, run.num_clips - len(todo), "generate")
    try:
        _make_clips(layout, config, run, machine, sources, packer, todo, progress)
    finally:
        progress.close()
    manifest = Manifest(
        kind="synthetic",
        generator=machine.generator,
        config=config.to_json(),
        seed=config.seed,
        num_clips=run.num_clips,
        frames=config.render.frames,
        fps=config.render.fps,
        width=config.render.width,
        height=config.render.height,
        members=config.member_files,
        unrenderable=ledger.unrenderable_clips(ledger.read(layout.ledger), run.num_clips),
        splits=packer.manifest_splits(name for name, share in config.splits.items() if share > 0),
    )
    write_card_before(manifest, layout.root, progress.say)
    write_manifest(layout.root, manifest)
    return manifest


def _complete_ledger(layout: Layout, packer: Packer, machine: Machine) -> None:
    """Write the line of each clip that was finished when a kill came before its line."""
    done = {entry.clip for entry in ledger.read(layout.ledger) if entry.state == "done"}
    for clip, attempt in sorted(packer.attempts(skip=done).items()):
        entry = ledger.LedgerEntry(clip, attempt, 0, "done", "", 0.0, "resume", machine.device.lower())
        ledger.append(layout.ledger, entry)


def clips_by_shard(config: DatasetConfig, num_clips: int) -> dict[ShardKey, list[int]]:
    """Return the clips of every shard, (split, shard) -> clip numbers in order."""
    plan: dict[ShardKey, list[int]] = defaultdict(list)
    for clip, place in enumerate(shard_plan(config.seed, num_clips, config.splits, config.clips_per_shard)):
        plan[place.split, place.shard].append(clip)
    return dict(plan)


def _make_clips(
    layout: Layout,
    config: DatasetConfig,
    run: RunSettings,
    machine: Machine,
    sources: ObjectSources,
    packer: Packer,
    todo: Sequence[int],
    progress: Progress,
) -> None:
    """Let the slots make clips; ledger, shards and progress are this thread's alone."""
    if not todo:
        return
    events: queue.SimpleQueue[ledger.LedgerEntry | BaseException] = queue.SimpleQueue()
    workers = min(run.workers, len(todo))
    threads = max(1, len(os.sched_getaffinity(0)) // workers)
    settings = MakerSettings(
        device=machine.device,
        threads=threads,
        time_limit_s=run.time_limit_s or usual_time_limit_s(config.render, threads),
        blender=run.blender,
        scene_files=run.scene_files,
    )
    slots = []
    for number in range(workers):
        its_own = replace(settings, environment=gpu_environment(machine, number, os.environ))
        slots.append(Slot(f"w{number}", layout, config, sources.pools, sources.assets, its_own, events.put))
    entries = ledger.read(layout.ledger)
    attempts, reasons = ledger.next_attempts(entries), ledger.last_reasons(entries)
    starts = iter([(clip, attempts.get(clip, 0), reasons.get(clip, "")) for clip in todo])
    lock, stop = threading.Lock(), threading.Event()
    threads = [threading.Thread(target=_work, args=(slot, starts, lock, stop, events), daemon=True) for slot in slots]
    progress.say(f"rendering on {machine.device} with {workers} workers, Blender {machine.blender}")
    left = set(todo)
    for thread in threads:
        thread.start()
    try:
        while left:
            event = events.get()
            if isinstance(event, BaseException):
                raise event
            ledger.append(layout.ledger, event)
            if event.state == "done":
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
        shutil.rmtree(layout.jobs, ignore_errors=True)


def _work(
    slot: Slot,
    starts: Iterator[tuple[int, int, str]],
    lock: threading.Lock,
    stop: threading.Event,
    events: "queue.SimpleQueue[ledger.LedgerEntry | BaseException]",
) -> None:
    """Make clips one after the other until there are none left; a thread's main function."""
    try:
        slot.start()
        while not stop.is_set():
            with lock:
                start = next(starts, None)
            if start is None:
                return
            slot.make(*start)
    except BaseException as error:
        events.put(error)


def _clean_up(layout: Layout) -> None:
    """Remove everything unfinished but the lock that this run still holds."""
    shutil.rmtree(layout.jobs, ignore_errors=True)  # where there was nothing to make
    for item in layout.work.iterdir():
        if item != layout.lock_file:
            shutil.rmtree(item) if item.is_dir() else item.unlink()
    layout.lock_file.unlink()
    layout.work.rmdir()
