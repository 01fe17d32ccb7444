"""What a run says of itself: a bar, `metrics.jsonl`, and TensorBoard."""

import io
import json
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor
from tqdm import tqdm

from dataset_tools.atomic import write_bytes
from train.bands import means_by_band

SECONDS_BETWEEN_LINES = 30.0


class Journal:
    """Gathers the figures of steps and writes their means every `every` steps; times are of this process.

    Lines that a stopped run wrote for steps after its last checkpoint are taken out when it goes on.

    Args:
        steps, first: how many there are, and how many are done.
        untold: figures of steps before, of which no line tells; see `Journal.untold`.
        least_s: seconds that a clip would take at the devices' peak, None where that is not known.
    """

    def __init__(
        self,
        run: Path,
        stage: str,
        steps: int,
        first: int,
        every: int,
        untold: Sequence[Mapping[str, Any]] = (),
        tensorboard: bool = True,
        least_s: float | None = None,
    ) -> None:
        self._file = run / "metrics.jsonl"
        self._stage, self._every, self._least_s = stage, every, least_s
        run.mkdir(parents=True, exist_ok=True)
        self._validated = {told["step"] for told in _forget_after(self._file, first) if "validation" in told}
        self._terminal = sys.stderr.isatty()
        self._bar = tqdm(total=steps, initial=first, unit="step", desc=stage, disable=not self._terminal)
        self._board = _board(run / "tensorboard", first) if tensorboard else None
        self._spoken = time.monotonic()
        self._begin()
        for told in untold:
            columns = {name: torch.tensor(column, dtype=torch.float64) for name, column in told["samples"].items()}
            self._tables.append(columns)
            self._figures.append(told["figures"])

    def _begin(self) -> None:
        self._tables: list[dict[str, Tensor]] = []
        self._figures: list[Mapping[str, float]] = []
        self._started, self._waited, self._clips = time.monotonic(), 0.0, 0

    def untold(self) -> list[dict[str, Any]]:
        """Return the figures of the steps since the last line, as plain numbers."""
        return [
            {"samples": {name: column.tolist() for name, column in table.items()}, "figures": dict(figures)}
            for table, figures in zip(self._tables, self._figures, strict=True)
        ]

    def has_validation(self, number: int) -> bool:
        """Whether what a stopped run left tells of a validation after step `number`."""
        return number in self._validated

    def step(self, number: int, samples: dict[str, Tensor], figures: Mapping[str, float], waited_s: float) -> None:
        """Note a step, `number` of them done: `samples` (B,) each with "total" and maybe "sigma", and plain figures."""
        self._tables.append(samples)
        self._figures.append(figures)
        self._waited += waited_s
        self._clips += len(samples["total"])
        self._bar.update()
        if number % self._every == 0:
            self._write(number)

    def _write(self, number: int) -> None:
        passed = time.monotonic() - self._started
        samples = {name: torch.cat([table[name] for table in self._tables]) for name in self._tables[0]}
        sigma = samples.pop("sigma", None)
        told: dict[str, Any] = {"step": number, "stage": self._stage, "loss": samples.pop("total").mean().item()}
        told |= {name: values.mean().item() for name, values in samples.items()}
        if sigma is not None:
            told["loss by sigma"] = means_by_band(samples["video"], sigma)
        told |= {name: float(np.mean([table[name] for table in self._figures])) for name in self._figures[0]}
        told |= {"clips_per_s": self._clips / passed, "data_wait": self._waited / passed, "seconds": passed}
        if torch.cuda.is_available():
            told["peak_gib"] = torch.cuda.max_memory_reserved() / 2**30
        if self._least_s is not None:
            told["mfu"] = told["clips_per_s"] * self._least_s
        self.note(number, told)
        self._bar.set_postfix_str(", ".join(_spoken(told)))
        if not self._terminal and (
            time.monotonic() - self._spoken > SECONDS_BETWEEN_LINES or number == self._bar.total
        ):
            self._spoken = time.monotonic()
            self.say(f"{self._stage}: step {number}, {', '.join(_spoken(told))}")
        self._begin()

    @contextmanager
    def apart(self) -> Iterator[None]:
        """While it is entered, time does not count as that of steps."""
        began = time.monotonic()
        yield
        self._started += time.monotonic() - began

    def note(self, number: int, told: Mapping[str, Any]) -> None:
        """Write a line of figures, tables among them, to `metrics.jsonl` and TensorBoard."""
        with open(self._file, "a", encoding="utf-8") as file:
            file.write(json.dumps(dict(told)) + "\n")
        if self._board is not None:
            for name, value in _flat(told):
                self._board.add_scalar(f"{self._stage}/{name}", value, number)

    def film(self, number: int, name: str, frames: NDArray[np.uint8], fps: float) -> None:
        """Show frames (T,H,W,3) in TensorBoard, as a picture that moves."""
        if self._board is not None:
            from tensorboard.compat.proto.summary_pb2 import Summary

            shown = Summary.Image(height=frames.shape[1], width=frames.shape[2], encoded_image_string=_gif(frames, fps))
            summary = Summary(value=[Summary.Value(tag=f"{self._stage}/{name}", image=shown)])
            self._board.file_writer.add_summary(summary, number)

    def say(self, line: str) -> None:
        """Write a line without harm to the bar."""
        tqdm.write(line, file=sys.stderr)

    def close(self) -> None:
        """Take the bar away and finish the files."""
        self._bar.close()
        if self._board is not None:
            self._board.close()


def _spoken(told: Mapping[str, Any]) -> Iterator[str]:
    """A line of figures in words."""
    yield f"loss {told['loss']:.4f}"
    yield f"{told['clips_per_s']:.2f} clips/s"
    yield f"{told['data_wait']:.0%} waiting for data"
    if "peak_gib" in told:
        yield f"{told['peak_gib']:.1f} GiB"
    if "mfu" in told:
        yield f"MFU {told['mfu']:.1%}"


def _gif(frames: NDArray[np.uint8], fps: float) -> bytes:
    pictures = [Image.fromarray(frame) for frame in frames]
    held = io.BytesIO()
    pictures[0].save(held, "GIF", save_all=True, append_images=pictures[1:], duration=round(1000 / fps), loop=0)
    return held.getvalue()


def _board(folder: Path, first: int) -> Any:
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        return None
    return SummaryWriter(str(folder), purge_step=first + 1)


def _flat(told: Mapping[str, Any]) -> list[tuple[str, float]]:
    """Numbers by name, those of nested tables as "table/name"."""
    found = []
    for name, value in told.items():
        if isinstance(value, Mapping):
            found += [(f"{name}/{inner}", number) for inner, number in _flat(value)]
        elif isinstance(value, int | float) and name != "step":
            found.append((name, float(value)))
    return found


def _forget_after(path: Path, step: int) -> list[dict[str, Any]]:
    """Take the lines of later steps out of `metrics.jsonl`, and one that was cut off; return the others."""
    if not path.is_file():
        return []
    kept, told = [], []
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            found = json.loads(line)
            if found["step"] <= step:
                kept.append(line + "\n")
                told.append(found)
        except (ValueError, KeyError, TypeError):
            continue
    write_bytes(path, "".join(kept).encode())
    return told
