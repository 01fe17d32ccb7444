"""Steps of a training run: micro-batches, the optimiser, the moving average, and what a step says of itself."""

import time
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass, replace
from typing import Any, Protocol

import torch
from accelerate import Accelerator
from accelerate.optimizer import AcceleratedOptimizer
from torch import Tensor, nn

from dataset_tools.errors import FormatError
from train.aside import Taken
from train.average import MovingAverage
from train.by_trial import convolutions_by_trial
from train.checkpoint import Learning, State, checkpoints
from train.errors import RunError
from train.loader import Batch
from train.model_folder import CHECKPOINTS
from train.on_its_way import OnItsWay
from train.optimiser import make_optimiser, step_if_finite
from train.order import Share
from train.passes import Passes, RecordedPasses
from train.plan import Run
from train.schedule import learning_rate
from train.shared_gradients import share_gradients, share_weights
from train.stages.outcome import Outcome
from train.stop import StopRequest


class Stage(Protocol):
    """Networks that learn, as one torch module."""

    def prepare(self, batch: Batch) -> Any: ...

    def __call__(self, ready: Any) -> Outcome: ...

    def trained(self) -> dict[str, nn.Parameter]: ...


def share_of(run: Run, accelerator: Accelerator) -> Share:
    """Return the part of each batch that this process takes at once."""
    return Share(accelerator.process_index, accelerator.num_processes, run.pace.micro_batch)


def make_steps(run: Run, stage: nn.Module, accelerator: Accelerator) -> tuple["Steps", Learning]:
    """Return what takes a run's steps, and what changes in them. Raises RunError for a batch that cannot be made."""
    rounds = _rounds(run.recipe.batch, share_of(run, accelerator))
    recorded = _can_be_recorded(run, accelerator)
    trained = stage.to(accelerator.device).trained()
    apart = recorded and accelerator.num_processes > 1
    if apart:
        share_weights(stage)
    optimiser = make_optimiser(run.recipe, trained.values())
    average = MovingAverage(trained.values(), decay=run.recipe.optimiser.ema)
    learning = Learning(trained, optimiser, average)
    wrapped = accelerator.prepare_model(stage, evaluation_mode=apart)  # nothing is then shared in it

    def learn(ready: Any) -> Outcome:
        with convolutions_by_trial(run.pace.compiled):
            outcome = wrapped(ready)
            accelerator.backward(outcome.total.sum() * (accelerator.num_processes / run.recipe.batch))
        return replace(outcome, total=outcome.total.detach())

    passes = (RecordedPasses if recorded else Passes)(learn, trained.values())
    optimiser = accelerator.prepare_optimizer(optimiser)
    return Steps(run, learning, accelerator, stage, wrapped, passes, apart, optimiser, rounds), learning


def _can_be_recorded(run: Run, accelerator: Accelerator) -> bool:
    """Whether networks are compiled for a GPU. Checkpointing reads the random state, which a recording cannot."""
    compiled = run.pace.compiled and accelerator.device.type == "cuda"
    return compiled and run.recipe.learns != "vae" and not run.recipe.checkpointing


@dataclass(frozen=True)
class Steps:
    """Takes steps: `stage` makes batches ready, `learn` learns from them by `wrapped`.

    Attributes:
        apart: whether each of several processes learns by itself: gradients are shared after the last micro-batch.
    """

    run: Run
    learning: Learning
    accelerator: Accelerator
    stage: nn.Module
    wrapped: nn.Module
    learn: Passes
    apart: bool
    optimiser: AcceleratedOptimizer
    rounds: int

    def take(self, state: State, stream: Iterator[Batch], stop: StopRequest) -> Taken:
        """Take the step after `state.step`. Raises RunError where its loss or gradient is not finite; no weight is
        changed then."""
        recipe, accelerator, weights = self.run.recipe, self.accelerator, self.learning.trained.values()
        rate = learning_rate(recipe.optimiser, state.step, recipe.steps)
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        tables, waited = [], 0.0
        for turn in range(self.rounds):
            asked = time.monotonic()
            batch = _next(stream)
            waited += time.monotonic() - asked
            ready = self.stage.prepare(batch.to(accelerator.device))
            with nullcontext() if turn == self.rounds - 1 else accelerator.no_sync(self.wrapped):
                outcome = self.learn(ready, first=turn == 0)
            tables.append(_table(outcome, batch, stop.asked))
        if self.apart:
            share_gradients(weights, accelerator)
        norm = accelerator.clip_grad_norm_(weights, recipe.optimiser.clip)
        names, columns = _together(accelerator, tables)
        finite = norm.isfinite() & columns[names.index("total")].isfinite().all()
        sent = [OnItsWay(tensor) for tensor in (columns, norm, finite)]
        step_if_finite(self.optimiser, finite)
        columns, norm, finite = (tensor.read() for tensor in sent)  # a GPU is at the weights meanwhile
        read, norm = dict(zip(names, columns, strict=True)), float(norm)
        if not finite:
            _stop_at_nonfinite(self.run, state.step, read, norm, accelerator)
        self.learning.average.step(weights)
        stop_asked, skipped = read.pop("stop").any(), read.pop("skipped").sum()
        figures = {"lr": rate, "grad_norm": norm, "skipped": float(skipped)}
        return Taken(read, figures, waited, bool(stop_asked))


def _rounds(batch: int, share: Share) -> int:
    """How many micro-batches each process takes for a step."""
    rounds, rest = divmod(batch, share.world * share.batch)
    if rest or not rounds:
        raise RunError(
            f"a batch of {batch} cannot be made of {share.world} processes with {share.batch} clips at a time; choose "
            f"--batch as a multiple of {share.world * share.batch}, or another --micro-batch"
        )
    return rounds


def _next(stream: Iterator[Batch]) -> Batch:
    """Return the next batch; an error in a worker comes as its own sentence, without the worker's traceback."""
    try:
        return next(stream)
    except FormatError as error:
        said = str(error).strip().splitlines()[-1]
        raise FormatError(said.removeprefix(f"{FormatError.__module__}.{FormatError.__name__}: ")) from error


def _table(outcome: Outcome, batch: Batch, stop: bool) -> dict[str, Tensor]:
    """A column (B,) for each figure of a micro-batch."""
    total = outcome.total.float()
    table = {"total": total, **{name: part.float() for name, part in outcome.parts.items()}}
    if outcome.sigma is not None:
        table["sigma"] = outcome.sigma
    flags = {"stop": float(stop), "skipped": batch.skipped / len(total)}
    table |= {name: torch.full_like(total, flag) for name, flag in flags.items()}
    return table | {"position": batch.positions.to(total.device, non_blocking=True).double()}


def _together(accelerator: Accelerator, tables: list[dict[str, Tensor]]) -> tuple[list[str], Tensor]:
    """The columns of all micro-batches of all processes, (K,B), and their names."""
    names = list(tables[0])
    columns = torch.stack([torch.cat([table[name].double() for table in tables]) for name in names], dim=1)
    return names, accelerator.gather(columns).mT


def _stop_at_nonfinite(run: Run, step: int, told: dict[str, Tensor], norm: float, accelerator: Accelerator) -> None:
    """Write what led to a loss or a gradient that is no number, and raise."""
    place = run.folder / f"nonfinite-step-{step:08d}.pt"
    if accelerator.is_main_process:
        torch.save({"step": step, "facts": run.facts, "grad_norm": norm, **told}, place)
    accelerator.wait_for_everyone()
    bad = told["position"][~torch.isfinite(told["total"])].long().tolist()
    what = f"the loss of step {step} is not finite, by the examples {bad}"
    good = "the last checkpoint is good: go on from it with another precision, or "
    raise RunError(
        f"{what if bad else f'the gradient of step {step} is not finite'}; {place} tells more; "
        f"{good if checkpoints(run.folder / CHECKPOINTS) else ''}begin again with a smaller learning rate"
    )
