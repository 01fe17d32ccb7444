"""How long a big dataset takes to show its first frame in `posetraj inspect`, against a dataset of a few clips.

Makes a dataset of many clips by repeating those of SOURCE, then times both from the start of the command to the first
frame that a connected client receives, and reads the server's peak memory. Prints a table and one line of JSON.

    python benchmarks/viewer.py SOURCE --clips 10000
"""

import dataclasses
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Annotated

import tyro
import viser
from msgspec import msgpack
from repeated import write_repeated
from viser._messages import ViewerCameraMessage
from websockets.sync.client import connect

from dataset_tools.reader import Dataset

JPEG = b"\xff\xd8\xff"
FRAME_BYTES = 4000  # the picture before the first frame is a black one of 16 x 9
CAMERA = ViewerCameraMessage((1, 0, 0, 0), (3, 3, 3), 0.75, 0.01, 1000.0, 900, 700, (0, 0, 0), (0, 0, 1))


@dataclass(frozen=True)
class Arguments:
    """What is measured."""

    source: Annotated[str, tyro.conf.Positional]
    """Folder or URL of a finished dataset."""
    clips: int = 10_000
    """Clips of the big dataset."""
    repeats: int = 3
    """Times that each is opened."""


@dataclass(frozen=True)
class Opening:
    """Seconds from the command's start to its line with the address and to the first frame; the peak of its memory."""

    ready_s: float
    frame_s: float
    peak_mib: float


def open_once(url: str) -> Opening:
    """Start `posetraj inspect`, connect as a browser does, and wait for the first frame."""
    start = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "posetraj", "inspect", url, "--port", "0"], stdout=subprocess.PIPE, text=True
    )
    try:
        line = process.stdout.readline() if process.stdout else ""
        address = re.search(r"http://(\S+)", line)
        if address is None:
            raise SystemExit(f"posetraj inspect said {line!r}")
        ready = time.perf_counter() - start
        wait_for_frame(address[1])
        frame = time.perf_counter() - start
        peak = peak_mib(process.pid)
    finally:
        process.terminate()
        process.wait()
    return Opening(ready, frame, peak)


def wait_for_frame(address: str) -> None:
    """Connect to viser's socket, say where the view stands, and read until a JPEG of a frame comes."""
    with connect(f"ws://{address}", subprotocols=[f"viser-v{viser.__version__}"], max_size=None) as socket:
        socket.send(msgpack.encode(CAMERA.as_serializable_dict()))
        while True:
            message = socket.recv(timeout=60)
            if JPEG in message[:-FRAME_BYTES]:
                return


def peak_mib(pid: int) -> float:
    """The most memory that a process has held, in MiB."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+)", status)[1]) / 1024


def main(arguments: Arguments) -> None:
    source = Dataset(arguments.source)
    with tempfile.TemporaryDirectory(prefix="posetraj-") as folder:
        write_repeated(source, arguments.clips, Path(folder))
        count = len(source)
        openings = {count: [], arguments.clips: []}
        for _ in range(arguments.repeats):
            for clips, url in ((count, source.url), (arguments.clips, folder)):
                openings[clips].append(open_once(url))
    print(f"{'clips':>8} {'ready':>8} {'frame':>8} {'memory':>9}")
    medians = {}
    for clips, found in openings.items():
        medians[clips] = Opening(*(median(values) for values in zip(*map(dataclasses.astuple, found), strict=True)))
        row = medians[clips]
        print(f"{clips:8,} {row.ready_s:6.2f} s {row.frame_s:6.2f} s {row.peak_mib:5.0f} MiB")
    big, small = medians[arguments.clips], medians[count]
    result = {"clips": arguments.clips, **dataclasses.asdict(big), "ratio_to_few_clips": big.frame_s / small.frame_s}
    print(json.dumps(result | {"cpus": os.cpu_count()}))


if __name__ == "__main__":
    main(tyro.cli(Arguments, description=__doc__))
