"""Checkpoints: whole or not there at all, kept a few at a time, and enough to go on exactly.

A checkpoint is a folder `step-00000100` with `trained.safetensors` and `average.safetensors` (the weights that learn
and their moving average), `optimiser.pt` and `state.json`. No random state is kept: all draws hang on the seed and
the position in the line of examples.
"""

import json
import os
import shutil
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from diffusers.training_utils import EMAModel
from safetensors.torch import load_file, save_file
from torch import Tensor

from train.errors import RunError

STATE = "state.json"


@dataclass(frozen=True)
class State:
    """Where a run is.

    Attributes:
        step: steps of the optimiser that are done.
        position: examples that were seen, in all processes together.
        facts: what decides the run: the recipe, the seed, the datasets and the model it began with.
    """

    step: int
    position: int
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Learning:
    """What changes while a run learns: weights by name, the optimiser, the moving average of the weights."""

    trained: dict[str, Tensor]
    optimiser: torch.optim.Optimizer
    average: EMAModel


def save(folder: Path, state: State, learning: Learning, keep: int) -> Path:
    """Write a checkpoint into a run's folder of checkpoints and remove all but the last `keep`."""
    final = folder / f"step-{state.step:08d}"
    unfinished = folder / f".{final.name}.unfinished"
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    try:
        save_file(_on_cpu(learning.trained), unfinished / "trained.safetensors")
        average = dict(zip(learning.trained, learning.average.shadow_params, strict=True))
        save_file(_on_cpu(average), unfinished / "average.safetensors")
        torch.save(learning.optimiser.state_dict(), unfinished / "optimiser.pt")
        told = asdict(state) | {"average_steps": learning.average.optimization_step}
        (unfinished / STATE).write_text(json.dumps(told, indent=1), encoding="utf-8")
        for path in unfinished.iterdir():
            _flush(path)
        shutil.rmtree(final, ignore_errors=True)
        unfinished.rename(final)
        _flush(folder)
    except OSError as error:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise RunError(
            f"cannot write the checkpoint {final}: {error.strerror or error}; make room and go on"
        ) from error
    for old in checkpoints(folder)[:-keep]:
        shutil.rmtree(old)
    return final


def checkpoints(folder: Path) -> list[Path]:
    """Return the finished checkpoints of a run, oldest first."""
    return sorted(path for path in folder.glob("step-*") if (path / STATE).is_file())


def read_state(checkpoint: Path) -> State:
    """Read where a checkpoint is. Raises RunError for one that is damaged."""
    try:
        told = json.loads((checkpoint / STATE).read_text(encoding="utf-8"))
        return State(int(told["step"]), int(told["position"]), dict(told["facts"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _damaged(checkpoint, error) from error


def restore(checkpoint: Path, learning: Learning) -> None:
    """Put a checkpoint's weights, moving average and optimiser into place. Raises RunError for one that is damaged."""
    try:
        trained = load_file(checkpoint / "trained.safetensors")
        average = load_file(checkpoint / "average.safetensors")
        optimiser = torch.load(checkpoint / "optimiser.pt", map_location="cpu", weights_only=True)
        steps = int(json.loads((checkpoint / STATE).read_text(encoding="utf-8"))["average_steps"])
        with torch.no_grad():
            for name, shadow in zip(learning.trained, learning.average.shadow_params, strict=True):
                learning.trained[name].copy_(trained[name])
                shadow.copy_(average[name])
        learning.average.optimization_step = steps
        learning.optimiser.load_state_dict(optimiser)
    except Exception as error:  # each of the libraries has errors of its own for a damaged file
        raise _damaged(checkpoint, error) from error


def _on_cpu(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name: tensor.detach().to("cpu").contiguous().clone() for name, tensor in tensors.items()}


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _damaged(checkpoint: Path, error: Exception) -> RunError:
    said = str(error).splitlines()[0] if str(error) else type(error).__name__
    return RunError(f"the checkpoint {checkpoint} is damaged ({said}); delete it to go on from the one before")
