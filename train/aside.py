"""What is done beside the steps of a run."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Self

from accelerate import Accelerator
from torch import Tensor

from train.checkpoint import Learning, State, save
from train.journal import Journal
from train.model_folder import CHECKPOINTS
from train.plan import Run

Validate = Callable[[int, Journal], None]


@dataclass(frozen=True)
class Taken:
    """What a step says of itself: columns (B,) of all processes on the CPU, plain figures, seconds without data."""

    columns: dict[str, Tensor]
    figures: dict[str, float]
    waited_s: float
    stop: bool


class Aside:
    """What the main process does beside the steps: figures, checkpoints, validation."""

    def __init__(
        self, run: Run, learning: Learning, begun: State, validate: Validate | None, accelerator: Accelerator
    ) -> None:
        self._run, self._learning, self._validate, self._begun = run, learning, validate, begun
        self._kept = begun.step
        self._journal = None
        if accelerator.is_main_process:
            name, steps, every = run.recipe.name, run.recipe.steps, run.pace.log_every
            self._journal = Journal(run.folder, name, steps, begun.step, every, begun.untold, least_s=run.least_s)

    def __enter__(self) -> Self:
        """Make up for a validation that a stop after its step's checkpoint prevented."""
        step = self._begun.step
        if step and self._journal is not None and not self._journal.has_validation(step):
            with self._journal.apart():
                self._validate_after(step, self._journal)
        return self

    def __exit__(self, *error: object) -> None:
        if self._journal is not None:
            self._journal.close()

    def keep(self, state: State) -> None:
        """Write a checkpoint after `state.step`, unless it lies there."""
        if self._journal is not None and state.step > self._kept:
            state = replace(state, untold=self._journal.untold())
            save(self._run.folder / CHECKPOINTS, state, self._learning, self._run.pace.keep)
            self._kept = state.step

    def after(self, state: State, taken: Taken) -> None:
        """Do what is to be done after a step."""
        pace, journal = self._run.pace, self._journal
        if journal is None:
            return
        shown = {name: column for name, column in taken.columns.items() if name != "position"}
        journal.step(state.step, shown, taken.figures, taken.waited_s)
        with journal.apart():
            if state.step % pace.save_every == 0 or state.step == self._run.recipe.steps or taken.stop:
                self.keep(state)
            self._validate_after(state.step, journal)

    def _validate_after(self, step: int, journal: Journal) -> None:
        """Validate the weights' moving average where it is due."""
        every = self._run.pace.validate_every
        if self._validate and every and step % every == 0:
            weights, average = self._learning.trained.values(), self._learning.average
            average.store(weights)
            average.copy_to(weights)
            self._validate(step, journal)
            average.restore(weights)
