"""Small runs: clips that lie in memory, and a stage of one layer that learns to tell where objects are."""

import json
import os
import signal
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from accelerate import Accelerator
from accelerate.state import AcceleratorState, PartialState
from torch import Tensor, nn

from dataset_tools import npz, video
from dataset_tools.clip import Clip
from tests.conftest import REPOSITORY
from train.aside import Validate
from train.draws import NOISE, draw, normal
from train.example import Cut
from train.loader import Batch, Examples, Source
from train.loop import fit
from train.mixture import Mixture
from train.order import ClipOrder
from train.plan import Pace, Run
from train.recipe import Optimiser, Recipe
from train.stages.outcome import Outcome

FRAMES, SIDE = 4, 16
TIMES = ("clips_per_s", "data_wait", "seconds")


SIGNALS = {"term": signal.SIGTERM, "kill": signal.SIGKILL, "group": signal.SIGTERM, "ctrl-c": signal.SIGINT}


class Crash(Exception):
    """What ends a run in the middle of a step."""


def clip_of(number: int, fps: int = 8) -> Clip:
    """Return a clip of one object, by its number."""
    rng = np.random.default_rng(number)
    labels = {
        "center_px": rng.uniform(0, SIDE, (FRAMES, 1, 2)).astype(np.float32),
        "intrinsics": np.tile(np.diag([20.0, 20.0, 1.0]), (FRAMES, 1, 1)),
    }
    meta = {"kind": "synthetic", "fps": fps, "frames": FRAMES, "width": SIDE, "height": SIDE}
    frames = np.full((FRAMES, SIDE, SIDE, 3), number % 256, np.uint8)
    members = {"labels.npz": npz.save(labels), "meta.json": json.dumps(meta).encode()}
    return Clip.from_members(f"{number:08d}", members | {"video.mp4": video.encode(frames, fps)})


class Clips:
    """Clips in memory in place of a dataset's."""

    def __init__(self, count: int) -> None:
        self._clips = [clip_of(number) for number in range(count)]

    def __getitem__(self, number: int) -> Clip:
        return self._clips[number]

    def __len__(self) -> int:
        return len(self._clips)

    def shard_url(self, name: str) -> str:
        return f"memory/{name}"


class Toy(nn.Module):
    """A linear layer that takes the noise off the places of objects.

    Args:
        stops: {step: how}, signals in a step's first micro-batch and the rest in its last: "term" sends SIGTERM to
            this process, "kill" SIGKILL, "group" and "ctrl-c" SIGTERM and SIGINT to its group; "crash" raises; "nan"
            makes the loss no number, and "inf" its gradient alone.
    """

    def __init__(self, rounds: int = 1, stops: dict[int, str] | None = None, first: int = 0) -> None:
        super().__init__()
        self.layer = nn.utils.skip_init(nn.Linear, 2 * (FRAMES - 1), 2 * (FRAMES - 1))
        with torch.no_grad():
            for weights in self.layer.parameters():
                weights.copy_(torch.linspace(-0.3, 0.3, weights.numel()).reshape(weights.shape))
        self._rounds, self._stops, self._turn = rounds, stops or {}, first * rounds
        self.seen: list[int] = []

    def prepare(self, batch: Batch) -> tuple[Tensor, Tensor, Tensor, str]:
        step, turn = divmod(self._turn, self._rounds)
        how = self._stops.get(step, "")
        if turn != (0 if how in SIGNALS else self._rounds - 1):
            how = ""
        if how == "crash":
            raise Crash
        if how in SIGNALS:
            os.kill(0 if how in ("group", "ctrl-c") else os.getpid(), SIGNALS[how])
        self._turn += 1
        self.seen += batch.positions.tolist()
        places = batch.centres_px[:, :, 0].flatten(1) / SIDE
        return places, normal(batch.seeds, NOISE, places.shape[1:], places.device), self._sigma(batch), how

    def _sigma(self, batch: Batch) -> Tensor:
        return draw(recipe(), batch.seeds, FRAMES).sigma.to(batch.centres_px.device)

    def forward(self, ready: tuple[Tensor, Tensor, Tensor, str]) -> Outcome:
        places, noise, sigma, how = ready
        loss = (self.layer(places + 0.1 * noise) - places).square().mean(dim=1)
        if how == "nan":
            loss = loss * torch.nan
        if how == "inf":
            loss = loss + (self.layer.bias.sum() - self.layer.bias.sum().detach()).abs().sqrt()
        return Outcome(loss, {"video": loss.detach()}, sigma)

    def trained(self) -> dict[str, nn.Parameter]:
        return dict(self.named_parameters())


def recipe(steps: int = 8, batch: int = 2, **changes) -> Recipe:
    """Return a recipe for such a stage."""
    optimiser = Optimiser(lr=1e-2, warmup=3, ema=0.9)
    made = Recipe(name="toy", steps=steps, batch=batch, cut=Cut(FRAMES - 1, 1), window=4, optimiser=optimiser)
    return replace(made, **changes)


def examples(shards: tuple[int, ...] = (2, 3), seed: int = 3) -> Examples:
    """Return the line of examples of clips in memory."""
    source = Source(Clips(sum(shards)), ClipOrder(shards, seed, 4))
    return Examples([source], Mixture((1.0,), seed), recipe().cut)


def accelerator() -> Accelerator:
    """Return a fresh one on the CPU, whatever was made before in this process."""
    AcceleratorState._reset_state()
    PartialState._reset_state()
    return Accelerator(cpu=True, mixed_precision="no")


def run_toy(
    folder: Path,
    steps: int = 8,
    batch: int = 2,
    pace: Pace | None = None,
    shards: tuple[int, ...] = (2, 3),
    stops: dict[int, str] | None = None,
    first: int = 0,
    validate: Validate | None = None,
    facts: dict | None = None,
    rounds: int | None = None,
    seen: Path | None = None,
) -> tuple[dict[str, Tensor], Toy]:
    """Run the loop; return the moving average and the stage.

    Args:
        first: the step from which it goes on.
        rounds: micro-batches of a step in each process, where there are several.
        seen: a folder for the positions that each process saw.
    """
    pace = pace or Pace(micro_batch=1, workers=0, save_every=3, log_every=2, validate_every=0)
    stage = Toy(rounds or batch // pace.micro_batch, stops, first)
    run = Run(folder, recipe(steps, batch), pace, facts or {"seed": 3})
    machines = accelerator()
    try:
        return fit(run, stage, examples(shards), machines, validate), stage
    finally:
        if seen is not None:
            (seen / f"seen-{machines.process_index}.json").write_text(json.dumps(stage.seen))


def two_ranks(words: list[str], program: str, folder: Path) -> str:
    """Run a program in two processes that find each other on this machine; return what they said."""
    (folder / "program.py").write_text(program)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    launcher = ["-m", "torch.distributed.run", "--nproc-per-node", "2", "--master-addr", "127.0.0.1"]
    command = [sys.executable, *launcher, "--master-port", port, *words]
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY), "OMP_NUM_THREADS": "1"}
    made = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    assert made.returncode == 0, made.stderr[-3000:]
    return made.stdout


def metrics(folder: Path) -> list[dict]:
    """Return the lines of a run's figures, without times."""
    lines = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    return [{name: value for name, value in line.items() if name not in TIMES} for line in lines]


def same(one: dict[str, Tensor], other: dict[str, Tensor]) -> bool:
    """Whether two tables of tensors are equal to the last bit."""
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)
