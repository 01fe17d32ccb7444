"""A run that is small enough to be made many times: four solids, tiny frames; as a command of its own to be killed."""

import hashlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import yaml

from tests.blender_gen.blender import studio

CLIPS = 6
CONFIG = {
    "seed": 5,
    "render": {"width": 96, "height": 64, "frames": 4, "fps": 8, "samples": 2},
    "splits": {"train": 0.6, "val": 0.4},
    "clips_per_shard": 2,
    "track_points": 192,
    "members": ["depth", "normals", "flow"],
}


def write_objects(folder: Path) -> Path:
    """Write four solids and return their folder."""
    folder.mkdir()
    studio.box(folder, "crate", (1.0, 0.6, 0.5))
    studio.box(folder, "slab", (1.0, 0.7, 0.3))
    studio.ellipsoid(folder, "egg", (1.0, 0.7, 0.8))
    studio.ellipsoid(folder, "bean", (1.0, 0.5, 0.5))
    return folder


def start(
    out: Path,
    objects: Path,
    workers: int = 1,
    clips: int = CLIPS,
    device: str = "cpu",
    flags: Sequence[str] = (),
    **config: object,
) -> subprocess.Popen:
    """Start `posetraj generate` as a process of its own."""
    settings = out.parent / f"{out.name}.yaml"
    settings.write_text(yaml.safe_dump({**CONFIG, **config}))
    command = [sys.executable, "-m", "posetraj", "generate", "--out", str(out), "--num-clips", str(clips)]
    command += ["--objects", str(objects), "--workers", str(workers), "--config", str(settings)]
    command += ["--device", device, *flags]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def finish(process: subprocess.Popen, timeout_s: float = 900) -> str:
    """Wait for a run that should succeed and return what it said."""
    output, _ = process.communicate(timeout=timeout_s)
    assert process.returncode == 0, output
    return output


def digests(out: Path) -> dict[str, str]:
    """Return the SHA-256 of every shard and index file, and of the card."""
    card = [path for path in (out / "README.md", out / "card.html", *out.glob("card/*")) if path.exists()]
    files = sorted([*out.glob("*.tar"), *out.glob("index/*.jsonl"), *card])
    return {str(path.relative_to(out)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def wait_for(condition: Callable[[], bool], process: subprocess.Popen, timeout_s: float = 600) -> bool:
    """Wait until `condition` holds; False if the process ended first."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        if process.poll() is not None:
            return False
        assert time.monotonic() < deadline, "it took too long"
        time.sleep(0.02)
    return True


def kill_children(process: subprocess.Popen, word: str) -> int:
    """Send SIGKILL to the children of a run whose command line holds `word`; return how many there were."""
    killed = 0
    for entry in Path("/proc").iterdir():
        try:
            fields = (entry / "stat").read_text().rsplit(")", 1)[1].split() if entry.name.isdigit() else None
            line = (entry / "cmdline").read_text() if fields and int(fields[1]) == process.pid else ""
            if word in line:
                os.kill(int(entry.name), signal.SIGKILL)
                killed += 1
        except (FileNotFoundError, ProcessLookupError):
            continue
    return killed


def ledger_lines(out: Path) -> int:
    """Return the number of attempts on record."""
    path = out / "ledger.jsonl"
    return path.read_bytes().count(b"\n") if path.exists() else 0
