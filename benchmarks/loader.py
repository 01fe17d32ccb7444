"""How many training windows a core reads per second, against other ways to read the same clips.

In turns, each in a process of its own that keeps to one core: `train.loader` with all that training gets, a folder of
PNGs as the PoseTraj authors' loader reads it, a bare loop over PyAV's decoder, plain webdataset, mosaicml-streaming,
and cached latents. Every one takes windows from anywhere in its clips. The bare loop, webdataset and mosaicml convert
colours as PyAV does by itself, which repeats chroma; two more rows decode, and do nothing else, to the colours that the
format asks for: `exact_decode` as one would write it and `our_decode` with this project's decoder.

A figure is the median of the rounds in clips per second of processor time, so that a busy machine counts alike for all.
Then the time from opening a dataset of many clips to the first batch in the middle of its second epoch. Prints a table,
and one line of JSON at the end.

    python benchmarks/loader.py --quick

mosaicml-streaming asks for versions that the project does not use. To have it measured, install it by itself:

    pip install --target FOLDER --no-deps mosaicml-streaming Brotli catalogue cramjam python-snappy xxhash zstd
    python benchmarks/loader.py --packages FOLDER
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Annotated

import tyro
from made_clips import MEMBERS, write_made
from readers import READERS
from repeated import write_repeated

from dataset_tools.manifest import read_manifest
from dataset_tools.reader import Dataset

FIGURES = ("clips_per_s_core", "png_folder", "bare_decode", "webdataset", "mosaicml", "latents", "resume_seconds")
HERE = Path(__file__).parent
MIB = 1 << 20


@dataclass(frozen=True)
class Arguments:
    """What is measured."""

    source: Annotated[str, tyro.conf.Positional] = ""
    """Folder or URL of a finished dataset; without it, clips of 576x320 and 32 frames are made."""
    quick: bool = False
    """Fewer clips and rounds: under five minutes on two cores."""
    frames: int = 14
    """Frames of a window."""
    clips: int = 0
    """Clips that are read over and over; 24, or 8 with --quick, where it is 0."""
    rounds: int = 0
    """Rounds; 41, or 15 with --quick, where it is 0."""
    seconds: float = 0.4
    """Processor time of a reader in a round; short rounds put the machine's noise on all alike."""
    resume_clips: int = 10_000
    """Clips of the dataset in which reading is resumed; they take about 0.4 MB each on disk. 0 leaves it out."""
    core: int = 0
    """The core that all keep to."""
    packages: str = ""
    """Folder in which mosaicml-streaming is installed by itself."""


class Reader:
    """A process that measures one reader."""

    def __init__(self, name: str, folder: Path, arguments: Arguments) -> None:
        command = [sys.executable, str(HERE / "readers.py"), name, str(folder), str(arguments.frames)]
        command += [str(arguments.core), *filter(None, [arguments.packages])]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=_environment()
        )
        self.name, self.missing = name, self._answer().get("missing")

    def read(self, seconds: float) -> dict[str, float]:
        """Read for as much processor time: clips, and both kinds of seconds."""
        print(seconds, file=self._process.stdin, flush=True)
        return self._answer()

    def close(self) -> None:
        """End the process."""
        self._process.stdin.close()
        self._process.wait()

    def _answer(self) -> dict:
        line = self._process.stdout.readline()
        if not line:
            raise SystemExit(f"the process of {self.name} ended; what it said is above")
        return json.loads(line)


def main(arguments: Arguments) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory(prefix="posetraj-benchmark-") as scratch:
        folder = Path(scratch)
        source = write_source(arguments, folder / "shards")
        figures = rates(arguments, folder)
        if arguments.resume_clips:
            write_repeated(source, arguments.resume_clips, folder / "many", MEMBERS)
            figures["resume_seconds"] = resume(arguments, folder / "many")
    print(json.dumps({name: figures.get(name) for name in FIGURES}))


def write_source(arguments: Arguments, folder: Path) -> Dataset:
    """The clips that are read, as a dataset of the train split alone in `folder`."""
    clips = arguments.clips or (8 if arguments.quick else 24)
    if arguments.source:
        write_repeated(Dataset(arguments.source)[:clips], clips, folder, MEMBERS, per_shard=clips // 2 or 1)
    else:
        write_made(folder, clips, per_shard=clips // 2 or 1)
    dataset, manifest = Dataset(folder), read_manifest(folder)
    kilobytes = [clip.index_entry.members["video.mp4"][1] / 1000 for clip in dataset]
    seconds = manifest.frames / manifest.fps
    print(
        f"{clips} clips of {manifest.width}x{manifest.height}, {manifest.frames} frames: {median(kilobytes):.0f} kB of "
        f"video each, {8 * median(kilobytes) / seconds:.0f} kbit/s; windows of {arguments.frames} frames"
    )
    return dataset


def rates(arguments: Arguments, folder: Path) -> dict[str, float | None]:
    """Clips per second of processor time by the reader's name; None for one that cannot be measured here."""
    readers = [Reader(name, folder, arguments) for name in READERS]
    for reader in readers:
        if reader.missing:
            print(f"{reader.name} is left out: {reader.missing}")
    present = [reader for reader in readers if not reader.missing]
    found = defaultdict(list)
    for number in range(arguments.rounds or (15 if arguments.quick else 41)):
        for reader in present[number % len(present) :] + present[: number % len(present)]:
            found[reader.name].append(reader.read(arguments.seconds))
    for reader in readers:
        reader.close()
    per_core = {name: [one["clips"] / one["cpu_s"] for one in rounds] for name, rounds in found.items()}
    ours = median(per_core["clips_per_s_core"])
    print(f"{'clips per second':18} {'and core':>9} {'from':>7} {'to':>7} {'by the clock':>13} {'loader is':>10}")
    for name, values in per_core.items():
        clock = median(one["clips"] / one["wall_s"] for one in found[name])
        print(
            f"{name:18} {median(values):9.1f} {min(values):7.1f} {max(values):7.1f} {clock:13.1f} "
            f"{ours / median(values):8.2f} x"
        )
    return {name: round(median(per_core[name]), 2) if name in per_core else None for name in READERS}


def resume(arguments: Arguments, folder: Path) -> float:
    """Seconds from opening the dataset to the first batch, the median of three processes that go on in the middle."""
    command = [sys.executable, str(HERE / "resume.py"), str(folder), str(arguments.frames), str(arguments.core)]
    runs = []
    for _ in range(3):
        start = time.clock_gettime(time.CLOCK_MONOTONIC)
        done = subprocess.run([*command, str(start)], stdout=subprocess.PIPE, check=True, env=_environment())
        runs.append(json.loads(done.stdout))
    whole, imports, first = (median(run[name] for run in runs) for name in ("whole_s", "imports_s", "first_batch_s"))
    print(
        f"first batch in the middle of the second epoch of {arguments.resume_clips:,} clips: {first:.2f} s from "
        f"opening the dataset, {whole:.2f} s from the process's start, of which imports took {imports:.2f} s"
    )
    return round(first, 3)


def _environment() -> dict[str, str]:
    """One thread each, and this project's packages."""
    paths = [str(HERE.parent), *filter(None, [os.environ.get("PYTHONPATH")])]
    return os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "PYTHONPATH": os.pathsep.join(paths)}


if __name__ == "__main__":
    main(tyro.cli(Arguments, description=__doc__))
