"""What works on this machine: a list of findings, each with the remedy where something is missing."""

import importlib.util
import json
import os
import platform
import shutil
import sys
import tempfile
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np

from blender_gen.blender_command import blender_command
from blender_gen.exr import read_colour, read_labels
from blender_gen.rng import generator
from blender_gen.scenes import draw_scene
from blender_gen.system_libraries import missing_libraries, remedy
from blender_gen.worker_process import WorkerDied, WorkerProcess, WorkerTimeout

START_LIMIT_S = 120.0
FRAME_LIMIT_S = 1200.0
INSTALL = "pip install 'posetraj[render]'"


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at. Generating needs all findings with `needed` to be `ok`."""

    what: str
    ok: bool
    found: str
    remedy: str = ""
    needed: bool = True


def examine(blender: Path | None = None) -> list[Finding]:
    """Look at everything that generating uses; the render worker is started and renders a frame."""
    findings = [_python(), *map(_library, ("numpy", "scipy", "av", "trimesh", "OpenEXR", "webdataset", "fsspec"))]
    findings += [_ray_caster(), _encoder(), *_shadowed_packages(), _torch(), _disk()]
    with tempfile.TemporaryDirectory(prefix="posetraj-doctor-") as folder:
        findings += _blender(Path(folder), blender)
    return findings


def format_findings(findings: list[Finding]) -> str:
    """Return one line per finding, the remedy under what is not well, and a verdict."""
    width = max(len(finding.what) for finding in findings)
    lines = []
    for finding in findings:
        mark = "ok" if finding.ok else ("MISSING" if finding.needed else "absent")
        lines.append(f"{mark:8}{finding.what:{width}}  {finding.found}")
        if not finding.ok and finding.remedy:
            lines.append(f"{'':8}{'':{width}}  -> {finding.remedy}")
    bad = [finding.what for finding in findings if finding.needed and not finding.ok]
    lines.append(f"posetraj generate cannot work here: {', '.join(bad)}" if bad else "posetraj generate works here")
    return "\n".join(lines)


def _python() -> Finding:
    good = sys.version_info[:2] in ((3, 11), (3, 13))
    remedy = "use Python 3.11 (bpy 4.5) or 3.13 (bpy 5.2), or render with an installed Blender (--blender PATH)"
    return Finding("Python", good, platform.python_version(), remedy, needed=False)


def _library(name: str) -> Finding:
    try:
        return Finding(name, True, version(name))
    except PackageNotFoundError:
        return Finding(name, False, "not installed", INSTALL)


def _ray_caster() -> Finding:
    good = importlib.util.find_spec("embreex") is not None
    return Finding("embreex", good, version("embreex") if good else "not installed", INSTALL)


def _encoder() -> Finding:
    import av

    good = "libx264" in av.codecs_available
    return Finding(
        "H.264 encoder", good, "libx264" if good else "PyAV without libx264", "pip install --force-reinstall av"
    )


def _shadowed_packages() -> list[Finding]:
    ours = Path(__file__).resolve().parents[1]
    findings = []
    for name in ("model", "train"):
        spec = importlib.util.find_spec(name)
        place = Path(spec.origin).resolve() if spec and spec.origin else None
        good = place is not None and place.is_relative_to(ours)
        remedy = f"another package named {name!r} comes first on sys.path; run from another folder or uninstall it"
        findings.append(Finding(f"package {name}", good, "ours" if good else str(place), remedy, needed=False))
    return findings


def _torch() -> Finding:
    good = importlib.util.find_spec("torch") is not None
    found = version("torch") if good else "not installed; only training needs it"
    return Finding("torch", good, found, "pip install 'posetraj[train]'", needed=False)


def _disk() -> Finding:
    free = shutil.disk_usage(Path.cwd()).free / 2**30
    return Finding(
        "free disk here", free > 5, f"{free:.0f} GiB", "make room: 10k draft clips take about 5 GiB", needed=False
    )


def _blender(folder: Path, blender: Path | None) -> list[Finding]:
    worker = WorkerProcess(blender_command(blender), folder / "log")
    try:
        answer = worker.request({"hello": True}, START_LIMIT_S)
        if not answer["ok"]:
            return [Finding("Blender", False, answer["error"], INSTALL)]
        devices = {kind: names for kind, names in answer["devices"].items()}
        best = next(iter(devices))
        return [
            Finding("Blender", True, answer["blender"]),
            Finding(
                "render devices", True, "; ".join(f"{kind}: {', '.join(names)}" for kind, names in devices.items())
            ),
            _frame(worker, folder, best),
        ]
    except (WorkerDied, WorkerTimeout, OSError) as error:
        return [Finding("Blender", False, str(error), _blender_remedy(blender))]
    finally:
        worker.close()


def _blender_remedy(blender: Path | None) -> str:
    if blender is not None:
        return f"check that {blender} is Blender 4.5 or newer"
    missing = missing_libraries()
    return remedy(missing) if missing else INSTALL


def _frame(worker: WorkerProcess, folder: Path, device: str) -> Finding:
    """Render one small frame of a lit floor, seen from above, and look at it."""
    world_from_camera = np.diag([1.0, -1.0, -1.0, 1.0])
    world_from_camera[2, 3] = 3.0
    scene = draw_scene(generator(0, "doctor"), "studio", "checker")
    job = {
        "width": 64,
        "height": 36,
        "samples": 4,
        "denoise": True,
        "frames": [0],
        "persistent_data": True,
        "clean_plate": False,
        "render_seed": 0,
        "device": device,
        "threads": os.cpu_count() or 1,
        "focal_px": 64.0,
        "world_from_camera": [world_from_camera.tolist()],
        "world_from_object": [[]],
        "objects": [],
        "scene": scene.to_json(),
        "alone": [],
    }
    (folder / "job.json").write_text(json.dumps(job))
    remedy_here = "try --device cpu, or update the GPU's driver"
    try:
        answer = worker.request({"job": str(folder / "job.json"), "out": str(folder / "out")}, FRAME_LIMIT_S)
    except (WorkerDied, WorkerTimeout) as error:
        return Finding("a frame rendered", False, f"on {device}: {error}", remedy_here)
    if not answer["ok"]:
        return Finding("a frame rendered", False, f"on {device}: {answer['error']}", remedy_here)
    light = read_colour(folder / "out" / "colour_0000.exr")
    depth = read_labels(folder / "out" / "labels_0000.exr").depth
    good = bool(light.mean() > 0.01 and np.allclose(depth, 3.0, rtol=1e-3))
    found = (
        f"on {answer['device']} in {sum(answer['seconds'].values()):.1f} s" if good else f"on {device}: a wrong picture"
    )
    return Finding("a frame rendered", good, found, remedy_here)
