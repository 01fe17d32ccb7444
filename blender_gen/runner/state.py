"""What an output folder already holds, and whether this run may go on with it."""

import json
import shutil
from dataclasses import asdict

from blender_gen.config import DatasetConfig
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
        PoseTrajError: it holds other files, or cannot be written to.
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


def open_run(layout: Layout, config: DatasetConfig, num_clips: int, machine: Machine) -> None:
    """Begin, go on with, or extend a run; what was half written when an earlier one ended is removed.

    Raises:
        PoseTrajError: the earlier run had other settings, another number of clips, or was made by other builds.
    """
    settings = {"config": config.to_json(), "num_clips": num_clips, "machine": asdict(machine)}
    if layout.manifest.exists():
        manifest = read_manifest(layout.root)
        _compare(layout, "builds", dict(manifest.generator), machine.generator)
        write_bytes(layout.run_file, json.dumps(settings).encode())
        layout.manifest.unlink()
    elif layout.run_file.exists():
        begun = json.loads(layout.run_file.read_text())
        _compare(layout, "settings", begun["config"], settings["config"])
        _compare(layout, "builds", begun["machine"], settings["machine"])
        if begun["num_clips"] != num_clips:
            raise PoseTrajError(
                f"{layout.root} was begun with --num-clips {begun['num_clips']}; finish it with that number, "
                "then ask for more"
            )
    elif layout.ledger.exists():
        raise PoseTrajError(f"{layout.root} holds a run whose .work folder is gone; choose another --out")
    write_bytes(layout.run_file, json.dumps(settings).encode())
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
