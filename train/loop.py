"""The loop of a training run: exact after a stop, on any number of processes."""

import math
import time
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import torch
from accelerate import Accelerator
from diffusers.training_utils import EMAModel
from torch import Tensor, nn

from train.checkpoint import Learning, State, checkpoints, read_state, restore, save
from train.errors import RunError
from train.journal import Journal
from train.loader import Batch, Examples, batches
from train.order import Share
from train.recipe import Recipe
from train.schedule import learning_rate
from train.stages.outcome import Outcome
from train.stop import StopRequest


class Stage(Protocol):
    """Networks that learn, as one torch module."""

    def prepare(self, batch: Batch) -> Any: ...

    def __call__(self, ready: Any) -> Outcome: ...

    def trained(self) -> dict[str, nn.Parameter]: ...


Validate = Callable[[int, Journal], None]


@dataclass(frozen=True)
class Pace:
    """How a run is carried out on its machines; nothing here changes what is learned, to rounding.

    Attributes:
        micro_batch: clips at once in a process; the recipe's batch is made of as many as it takes.
        workers: processes that read clips, for each process that trains.
        save_every, keep: steps between checkpoints, and how many are kept.
        log_every: steps between lines of figures.
        validate_every: steps between validations, 0 for none.
    """

    micro_batch: int = 1
    workers: int = 2
    save_every: int = 500
    keep: int = 2
    log_every: int = 10
    validate_every: int = 500


@dataclass(frozen=True)
class Run:
    """A stage's run: where it writes, what it does, and the facts that a checkpoint must agree with."""

    folder: Path
    recipe: Recipe
    pace: Pace
    facts: dict[str, Any]


def fit(
    run: Run, stage: nn.Module, examples: Examples, accelerator: Accelerator, validate: Validate | None = None
) -> dict[str, Tensor]:
    """Train until the recipe's last step or until a stop is asked for; go on from the last checkpoint where one lies.

    Args:
        stage: a `Stage`, on the device; it is changed in place and ends with the moving average of its weights.
        validate: called on the main process with the steps done and the journal, while the stage has the moving
            average of its weights.

    Returns:
        The weights' moving average by name.

    Raises:
        RunError: a checkpoint of another run, or a loss that is not finite.
        Stopped: a stop was asked for; a checkpoint is written.
    """
    recipe, pace, device = run.recipe, run.pace, accelerator.device
    world, rank = accelerator.num_processes, accelerator.process_index
    rounds = _rounds(recipe.batch, world, pace.micro_batch)
    stage.to(device)
    trained = stage.trained()
    optimiser = make_optimiser(recipe, trained.values(), device)
    average = EMAModel(trained.values(), decay=recipe.optimiser.ema, foreach=True)
    learning = Learning(trained, optimiser, average)
    state = _begin(run, learning)
    wrapped, optimiser = accelerator.prepare(stage, optimiser)
    stream = _stream(examples, Share(rank, world, pace.micro_batch), state.position, pace.workers)
    folder = run.folder / "checkpoints"
    journal = None
    if accelerator.is_main_process:
        journal = Journal(run.folder, recipe.name, recipe.steps, state.step, pace.log_every)
    with StopRequest() as stop:
        for step in range(state.step, recipe.steps):
            rate = learning_rate(recipe.optimiser, step, recipe.steps)
            for group in optimiser.param_groups:
                group["lr"] = rate
            tables, waited = [], 0.0
            for turn in range(rounds):
                asked = time.monotonic()
                batch = next(stream)
                waited += time.monotonic() - asked
                ready = stage.prepare(batch.to(device))
                with nullcontext() if turn == rounds - 1 else accelerator.no_sync(wrapped):
                    outcome = wrapped(ready)
                    accelerator.backward(outcome.total.sum() * (world / recipe.batch))
                tables.append(_table(outcome, batch, stop.asked))
            norm = accelerator.clip_grad_norm_(trained.values(), recipe.optimiser.clip)
            told = _together(accelerator, tables)
            if not math.isfinite(told["total"].sum().item()):
                _stop_at_nonfinite(run, step, told, accelerator)
            optimiser.step()
            optimiser.zero_grad()
            average.step(trained.values())
            done = step + 1
            state = State(done, state.position + recipe.batch, run.facts)
            asked_to_stop = bool(told.pop("stop").any())
            if journal is not None:
                told.pop("position")
                journal.step(done, told, {"lr": rate, "grad_norm": float(norm)}, waited)
            if journal is not None:
                with journal.apart():
                    if done % pace.save_every == 0 or done == recipe.steps or asked_to_stop:
                        save(folder, state, learning, pace.keep)
                    if validate and pace.validate_every and done % pace.validate_every == 0:
                        average.store(trained.values())
                        average.copy_to(trained.values())
                        validate(done, journal)
                        average.restore(trained.values())
            if asked_to_stop and done < recipe.steps:
                accelerator.wait_for_everyone()
                if journal is not None:
                    journal.close()
                raise stop.stopped(f"step {done} of {recipe.steps}; the same command goes on from here")
    if journal is not None:
        journal.close()
    accelerator.wait_for_everyone()
    return dict(zip(trained, average.shadow_params, strict=True))


def make_optimiser(recipe: Recipe, weights: Any, device: torch.device) -> torch.optim.Optimizer:
    """Return AdamW for weights. Raises RunError where 8-bit moments are asked for and cannot be had."""
    chosen = recipe.optimiser
    settings = {"lr": chosen.lr, "betas": chosen.betas, "eps": chosen.eps, "weight_decay": chosen.weight_decay}
    if not chosen.eight_bit:
        return torch.optim.AdamW(list(weights), fused=device.type == "cuda", **settings)
    try:
        from bitsandbytes.optim import AdamW8bit
    except ImportError as error:
        raise RunError("8-bit moments need bitsandbytes; pip install bitsandbytes, or leave eight_bit away") from error
    return AdamW8bit(list(weights), **settings)


def _rounds(batch: int, world: int, micro_batch: int) -> int:
    """How many micro-batches each process takes for a step."""
    rounds, rest = divmod(batch, world * micro_batch)
    if rest or not rounds:
        raise RunError(
            f"a batch of {batch} cannot be made of {world} processes with {micro_batch} clips at a time; choose "
            f"--batch as a multiple of {world * micro_batch}, or another --micro-batch"
        )
    return rounds


def _begin(run: Run, learning: Learning) -> State:
    """Return where the run is, its last checkpoint put into place."""
    found = checkpoints(run.folder / "checkpoints")
    if not found:
        return State(0, 0, run.facts)
    state = read_state(found[-1])
    different = sorted(name for name in {*state.facts, *run.facts} if state.facts.get(name) != run.facts.get(name))
    if different:
        raise RunError(
            f"{run.folder} holds a run with other settings ({', '.join(different)}); give them as they were, or "
            "another --out"
        )
    if state.step > run.recipe.steps:
        raise RunError(f"{run.folder} is at step {state.step} already, past {run.recipe.steps}; ask for more --steps")
    restore(found[-1], learning)
    return state


def _stream(examples: Examples, share: Share, position: int, workers: int) -> Iterator[Batch]:
    return iter(batches(examples, share, position, workers))


def _table(outcome: Outcome, batch: Batch, stop: bool) -> dict[str, Tensor]:
    """A column (B,) for each figure of a micro-batch."""
    total = outcome.total.detach().float()
    table = {"total": total, **{name: part.float() for name, part in outcome.parts.items()}}
    if outcome.sigma is not None:
        table["sigma"] = outcome.sigma
    flags = {"stop": torch.full_like(total, float(stop)), "position": batch.positions.to(total.device).double()}
    return table | flags


def _together(accelerator: Accelerator, tables: list[dict[str, Tensor]]) -> dict[str, Tensor]:
    """The columns of all micro-batches of all processes, on the CPU."""
    names = list(tables[0])
    columns = torch.stack([torch.cat([table[name].double() for table in tables]) for name in names], dim=1)
    gathered = accelerator.gather(columns).cpu()
    return {name: gathered[:, number] for number, name in enumerate(names)}


def _stop_at_nonfinite(run: Run, step: int, told: dict[str, Tensor], accelerator: Accelerator) -> None:
    """Write what led to a loss that is no number, and raise."""
    place = run.folder / f"nonfinite-step-{step:08d}.pt"
    if accelerator.is_main_process:
        torch.save({"step": step, "facts": run.facts, **told}, place)
    bad = told["position"][~torch.isfinite(told["total"])].long().tolist()
    raise RunError(
        f"the loss of step {step} is not finite, by the examples {bad}; {place} tells more; the last checkpoint is "
        "good: go on from it with a smaller learning rate or another precision"
    )
