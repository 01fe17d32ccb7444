"""What an output folder already holds, and whether this run may go on with it."""

import json
import shutil
from collections.abc import Iterable
from itertools import count

from blender_gen.config import DatasetConfig
from blender_gen.objects import ObjectRecord
from blender_gen.runner import ledger
from blender_gen.runner.layout import Layout
from blender_gen.runner.machine import Machine
from dataset_tools.atomic import write_bytes
from dataset_tools.errors import PoseTrajError
from dataset_tools.manifest import Manifest, read_manifest

OWN_NAMES = {".work", "ledger.jsonl", "objects.jsonl", "dataset.json", "index", "latents", "preview.png"}
OWN_BEGINNINGS = ("posetraj-", ".posetraj-", ".dataset.json.", ".objects.jsonl.", "card")


def check_folder(layout: Layout) -> None:
    """Make sure that the folder is new, empty or a dataset's, and can be written to.

    Raises:
        PoseTrajError: it holds other files, or it or the folder for scratch files cannot be written to.
    """
    if layout.root.is_dir() and not layout.work.exists() and not layout.manifest.exists():
        strangers = [
            item.name
            for item in layout.root.iterdir()
            if item.name not in OWN_NAMES and not item.name.startswith(OWN_BEGINNINGS)
        ]
        if strangers:
            raise PoseTrajError(
                f"{layout.root} holds other files ({sorted(strangers)[0]}, ...); give --out a new or empty folder"
            )
    try:
        layout.work.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise PoseTrajError(f"cannot write to {layout.root}: {error.strerror}; choose another --out") from error
    try:
        layout.jobs.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise PoseTrajError(f"cannot write to {layout.jobs}: {error.strerror}; choose another --scratch") from error


def finished_already(layout: Layout, config: DatasetConfig, num_clips: int) -> Manifest | None:
    """Return the manifest of a dataset that is finished with just this many clips.

    Raises:
        PoseTrajError: it is finished with other settings or more clips.
    """
    if not layout.manifest.exists():
        return None
    manifest = read_manifest(layout.root)
    _compare(layout, "settings", dict(manifest.config), config.to_json())
    if manifest.num_clips > num_clips:
        raise PoseTrajError(
            f"{layout.root} is finished with {manifest.num_clips} clips; ask for more with --num-clips, "
            "or choose another --out for fewer"
        )
    return manifest if manifest.num_clips == num_clips else None


def has_begun(layout: Layout) -> bool:
    """Whether a clip was tried: until then, settings, objects and machine are free to change."""
    return layout.ledger.exists() or layout.manifest.exists() or any(layout.clips.glob("*"))


def check_run(layout: Layout, config: DatasetConfig, num_clips: int, machine: Machine) -> None:
    """Make sure that a run that has begun can go on, or grow, with these settings on this machine.

    Raises:
        PoseTrajError: it has other settings, more finished clips, or was made by other builds or on another device.
    """
    if layout.manifest.exists():
        _compare(layout, "builds", dict(read_manifest(layout.root).generator), machine.generator)
    elif layout.run_file.exists():
        begun = json.loads(layout.run_file.read_text())
        _compare(layout, "settings", begun["config"], config.to_json())
        _compare(layout, "builds", begun["machine"], machine.builds)
    else:
        raise PoseTrajError(f"{layout.root} holds a run whose .work folder is gone; choose another --out")
    done = {entry.clip: entry.device for entry in ledger.read(layout.ledger) if entry.state == "done"}
    if done:
        _compare(layout, "devices", {"device": next(iter(done.values())).upper()}, {"device": machine.device})
    whole = next(clip for clip in count() if clip not in done)
    if num_clips < whole:
        raise PoseTrajError(f"the first {whole} clips of {layout.root} are finished; ask for {whole} or more")


def open_run(layout: Layout, config: DatasetConfig, machine: Machine, records: Iterable[ObjectRecord]) -> None:
    """Write down what a run is made of; what was half written when an earlier one ended is removed.

    Args:
        records: what the intake said; a run that has begun keeps its own.
    """
    if not has_begun(layout):
        write_bytes(layout.objects, "".join(record.to_line() + "\n" for record in records).encode())
    settings = {"config": config.to_json(), "machine": machine.builds}
    write_bytes(layout.run_file, json.dumps(settings).encode())
    layout.manifest.unlink(missing_ok=True)
    shutil.rmtree(layout.jobs, ignore_errors=True)
    card = (".README.md.*.tmp", ".card.html.*.tmp", "card/.*.tmp")
    for pattern in (".posetraj-*.tmp", ".*.json*.tmp", "index/.*.tmp", *card):
        for leftover in layout.root.glob(pattern):
            leftover.unlink()


def _compare(layout: Layout, what: str, old: dict, new: dict) -> None:
    different = [name for name in sorted(set(old) | set(new)) if old.get(name) != new.get(name)]
    if different:
        changes = "; ".join(f"{name}: {old.get(name)} there, {new.get(name)} here" for name in different)
        raise PoseTrajError(
            f"{layout.root} holds clips made with other {what} ({changes}); use the same ones or another --out"
        )
