"""Checkpoints: whole or not there at all, kept a few at a time, and enough to go on exactly.

A checkpoint is a folder `step-00000100` with `trained.safetensors` and `average.safetensors` (the weights that learn
and their moving average), `optimiser.pt` and `state.json`. No random state is kept: all draws hang on the seed and
the position in the line of examples.
"""

import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from train.average import MovingAverage
from train.errors import RunError
from train.model_folder import CHECKPOINTS

STATE = "state.json"
WAYS = ("foreach", "fused")
"""Settings of an optimiser that hang on the device and not on what is learned."""


@dataclass(frozen=True)
class State:
    """Where a run is.

    Attributes:
        step: steps of the optimiser that are done.
        position: examples that were seen, in all processes together.
        facts: what decides the run: the recipe, the seed, the datasets and the model it began with.
        untold: figures of steps since the journal's last line, `Journal.untold`.
    """

    step: int
    position: int
    facts: dict[str, Any] = field(default_factory=dict)
    untold: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True)
class Learning:
    """What changes while a run learns: weights by name, the optimiser, the moving average of the weights."""

    trained: dict[str, Tensor]
    optimiser: torch.optim.Optimizer
    average: MovingAverage


def save(folder: Path, state: State, learning: Learning, keep: int) -> Path:
    """Write a checkpoint into a run's folder of checkpoints and remove all but the last `keep`.

    Raises RunError where it cannot be written; those before it stay.
    """
    final = folder / f"step-{state.step:08d}"
    unfinished = _unfinished(final)
    for left in folder.glob(_unfinished(Path("step-*")).name):
        shutil.rmtree(left, ignore_errors=True)
    try:
        unfinished.mkdir(parents=True)
        save_file(_on_cpu(learning.trained), unfinished / "trained.safetensors")
        average = dict(zip(learning.trained, learning.average.shadow_params, strict=True))
        save_file(_on_cpu(average), unfinished / "average.safetensors")
        torch.save(learning.optimiser.state_dict(), unfinished / "optimiser.pt")
        told = asdict(state) | {"average_steps": learning.average.optimization_step}
        (unfinished / STATE).write_text(json.dumps(told, indent=1), encoding="utf-8")
        for path in unfinished.iterdir():
            _flush(path)
        _flush(unfinished)
        shutil.rmtree(final, ignore_errors=True)
        unfinished.rename(final)
        _flush(folder)
    except (OSError, SafetensorError, RuntimeError) as error:  # RuntimeError is torch's for a disk that is full
        shutil.rmtree(unfinished, ignore_errors=True)
        raise RunError(f"cannot write the checkpoint {final}: {_first_line(error)}; make room and go on") from error
    forget_all_but(folder, keep)
    return final


def forget_all_but(folder: Path, keep: int) -> None:
    """Remove a run's checkpoints but for the last `keep`."""
    for old in checkpoints(folder)[:-keep]:
        shutil.rmtree(old.rename(_unfinished(old)))


def _unfinished(final: Path) -> Path:
    return final.with_name(f".{final.name}.unfinished")


def checkpoints(folder: Path) -> list[Path]:
    """Return the finished checkpoints of a run, oldest first."""
    return sorted(path for path in folder.glob("step-*") if (path / STATE).is_file())


def read_state(checkpoint: Path) -> State:
    """Read where a checkpoint is. Raises RunError for one that is damaged."""
    try:
        told = json.loads((checkpoint / STATE).read_text(encoding="utf-8"))
        return State(int(told["step"]), int(told["position"]), dict(told["facts"]), list(told["untold"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _damaged(checkpoint, error) from error


def last_state(run: Path, facts: Mapping[str, Any], steps: int) -> State:
    """Return where the run in a folder is by its last checkpoint; at its beginning where there is none.

    Raises RunError for a checkpoint that is damaged, has other facts, or is past `steps`.
    """
    found = checkpoints(run / CHECKPOINTS)
    if not found:
        return State(0, 0, dict(facts))
    state = read_state(found[-1])
    before, now = _flat(state.facts), _flat(facts)
    different = sorted(name for name in {*before, *now} if before.get(name) != now.get(name))
    if different:
        raise RunError(
            f"{run} holds a run with other settings ({', '.join(different)}); give them as they were, or another --out"
        )
    if state.step > steps:
        raise RunError(f"{run} is at step {state.step} already, past {steps}; ask for more --steps")
    return state


def _flat(facts: Mapping[str, Any], before: str = "") -> dict[str, Any]:
    """Facts by name, those of nested tables as "table.name"."""
    found = {}
    for name, fact in facts.items():
        found |= _flat(fact, f"{before}{name}.") if isinstance(fact, Mapping) else {before + name: fact}
    return found


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
        ways = [{name: group.get(name) for name in WAYS} for group in learning.optimiser.param_groups]
        learning.optimiser.load_state_dict(optimiser)
        for group, way in zip(learning.optimiser.param_groups, ways, strict=True):
            group.update(way)
    except Exception as error:  # each of the libraries has errors of its own for a damaged file
        raise _damaged(checkpoint, error) from error


def _on_cpu(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _damaged(checkpoint: Path, error: Exception) -> RunError:
    return RunError(
        f"the checkpoint {checkpoint} is damaged ({_first_line(error)}); delete it to go on from the one before"
    )


def _first_line(error: Exception) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__)
