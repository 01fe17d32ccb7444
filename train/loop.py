"""The loop of a training run: exact after a stop, on any number of processes."""

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from typing import Any, Protocol

import torch
from accelerate import Accelerator
from accelerate.optimizer import AcceleratedOptimizer
from torch import Tensor, nn

from dataset_tools.errors import FormatError
from train.aside import Aside, Taken, Validate
from train.average import MovingAverage
from train.checkpoint import Learning, State, checkpoints, last_state, restore
from train.errors import RunError
from train.journal import Journal
from train.loader import Batch, Examples, batches
from train.model_folder import CHECKPOINTS
from train.on_its_way import OnItsWay
from train.order import Share
from train.plan import Run
from train.recipe import Recipe
from train.recorded import Learn, Recorded
from train.schedule import learning_rate
from train.stages.outcome import Outcome
from train.stop import StopRequest, deaf_children


class Stage(Protocol):
    """Networks that learn, as one torch module."""

    def prepare(self, batch: Batch) -> Any: ...

    def __call__(self, ready: Any) -> Outcome: ...

    def trained(self) -> dict[str, nn.Parameter]: ...


def fit(
    run: Run, stage: nn.Module, examples: Examples, accelerator: Accelerator, validate: Validate | None = None
) -> dict[str, Tensor]:
    """Train until the recipe's last step or until a stop is asked for; go on from the last checkpoint where one lies.

    Args:
        stage: a `Stage`; it is moved to the device and changed in place.
        validate: called on the main process with the steps done and the journal, while the stage has the moving
            average of its weights.

    Returns:
        The weights' moving average by name.

    Raises:
        RunError: a checkpoint of another run, or a loss that is not finite.
        Stopped: a stop was asked for; a checkpoint is written.
    """
    steps, learning = make_steps(run, stage, accelerator)
    if validate and isinstance(steps.learn, Recorded):
        validate = _with_room(validate, steps.learn)
    state = last_state(run.folder, run.facts, run.recipe.steps)
    if state.step:
        restore(checkpoints(run.folder / CHECKPOINTS)[-1], learning)
    with (
        _examples(run, examples, accelerator, state) as stream,
        Aside(run, learning, state, validate, accelerator) as aside,
        StopRequest() as stop,
    ):
        while state.step < run.recipe.steps:
            try:
                taken = steps.take(state, stream, stop)
            except FormatError:
                aside.keep(state)
                raise
            state = State(state.step + 1, state.position + run.recipe.batch, run.facts)
            aside.after(state, taken)
            if taken.stop and state.step < run.recipe.steps:
                accelerator.wait_for_everyone()
                raise stop.stopped(f"step {state.step} of {run.recipe.steps}; the same command goes on from here")
    accelerator.wait_for_everyone()
    return dict(zip(learning.trained, learning.average.shadow_params, strict=True))


@contextmanager
def _examples(run: Run, examples: Examples, accelerator: Accelerator, state: State) -> Iterator[Iterator[Batch]]:
    """The batches from a state on, by processes that end with the block."""
    with deaf_children():
        stream = iter(batches(examples, share_of(run, accelerator), state.position, run.pace.workers))
    try:
        yield stream
    finally:
        if run.pace.workers:  # they do not hear the signal by which processes are ended at the exit
            stream._shutdown_workers()


def share_of(run: Run, accelerator: Accelerator) -> Share:
    """Return the part of each batch that this process takes at once."""
    return Share(accelerator.process_index, accelerator.num_processes, run.pace.micro_batch)


def make_steps(run: Run, stage: nn.Module, accelerator: Accelerator) -> tuple["Steps", Learning]:
    """Return what takes a run's steps, and what changes in them. Raises RunError for a batch that cannot be made."""
    rounds = _rounds(run.recipe.batch, share_of(run, accelerator))
    trained = stage.to(accelerator.device).trained()
    optimiser = make_optimiser(run.recipe, trained.values())
    average = MovingAverage(trained.values(), decay=run.recipe.optimiser.ema)
    learning = Learning(trained, optimiser, average)
    wrapped, optimiser = accelerator.prepare(stage, optimiser)

    def learn(ready: Any) -> Outcome:
        outcome = wrapped(ready)
        accelerator.backward(outcome.total.sum() * (accelerator.num_processes / run.recipe.batch))
        return replace(outcome, total=outcome.total.detach())

    if _can_be_recorded(run, accelerator):
        learn = Recorded(learn)
    return Steps(run, learning, accelerator, stage, wrapped, learn, optimiser, rounds), learning


def _can_be_recorded(run: Run, accelerator: Accelerator) -> bool:
    """Whether passes run on a GPU by themselves, and leave its random state alone, which checkpointing keeps."""
    alone = accelerator.device.type == "cuda" and accelerator.num_processes == 1 and accelerator.scaler is None
    return run.pace.compiled and alone and run.recipe.learns != "vae" and not run.recipe.checkpointing


def _with_room(validate: Validate, learn: Recorded) -> Validate:
    """Validate with the memory that a recording keeps."""

    def found(step: int, journal: Journal) -> None:
        learn.forget()
        validate(step, journal)

    return found


@dataclass(frozen=True)
class Steps:
    """Takes steps: `stage` makes batches ready, `learn` learns from them by `wrapped`, whose gradients are shared."""

    run: Run
    learning: Learning
    accelerator: Accelerator
    stage: nn.Module
    wrapped: nn.Module
    learn: Learn
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
                outcome = self.learn(ready)
            tables.append(_table(outcome, batch, stop.asked))
        norm = accelerator.clip_grad_norm_(weights, recipe.optimiser.clip)
        columns = _together(accelerator, tables)
        told = {name: OnItsWay(column) for name, column in columns.items()} | {"grad_norm": OnItsWay(norm)}
        _change(self.optimiser, norm.isfinite() & columns["total"].isfinite().all())
        self.optimiser.zero_grad(set_to_none=False)  # a recording adds to gradients where they lie
        self.learning.average.step(weights)
        read = {name: column.read() for name, column in told.items()}  # a GPU changes weights meanwhile
        norm = float(read.pop("grad_norm"))
        if not (math.isfinite(norm) and torch.isfinite(read["total"]).all()):
            _stop_at_nonfinite(self.run, state.step, read, norm, accelerator)
        stop_asked, skipped = read.pop("stop").any(), read.pop("skipped").sum()
        figures = {"lr": rate, "grad_norm": norm, "skipped": float(skipped)}
        return Taken(read, figures, waited, bool(stop_asked))


def _change(optimiser: AcceleratedOptimizer, finite: Tensor) -> None:
    """Take the optimiser's step where all is finite, () bool; whether it is, the device sees for itself if it can."""
    if isinstance(optimiser.optimizer, torch.optim.AdamW):
        optimiser.optimizer.found_inf = (~finite).float()  # as torch's GradScaler tells fused optimisers
        optimiser.step()
    elif finite:
        optimiser.step()


def make_optimiser(recipe: Recipe, weights: Any) -> torch.optim.Optimizer:
    """Return AdamW for weights. Raises RunError where 8-bit moments are asked for and cannot be had."""
    chosen = recipe.optimiser
    settings = {"lr": chosen.lr, "betas": chosen.betas, "eps": chosen.eps, "weight_decay": chosen.weight_decay}
    if not chosen.eight_bit:
        return torch.optim.AdamW(list(weights), fused=True, **settings)
    try:
        from bitsandbytes.optim import AdamW8bit
    except ImportError as error:
        wanted = "pip install 'posetraj[eight-bit]', or leave eight_bit away"
        raise RunError(f"8-bit moments need bitsandbytes; {wanted}") from error
    return AdamW8bit(list(weights), **settings)


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


def _together(accelerator: Accelerator, tables: list[dict[str, Tensor]]) -> dict[str, Tensor]:
    """The columns of all micro-batches of all processes."""
    names = list(tables[0])
    columns = torch.stack([torch.cat([table[name].double() for table in tables]) for name in names])
    gathered = accelerator.gather(columns.mT).mT.contiguous()
    return dict(zip(names, gathered, strict=True))


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
