"""The loop of a training run: exact after a stop, on any number of processes."""

from collections.abc import Iterator
from contextlib import contextmanager

from accelerate import Accelerator
from torch import Tensor, nn

from dataset_tools.errors import FormatError
from train.aside import Aside, Validate
from train.checkpoint import State, checkpoints, last_state, restore
from train.journal import Journal
from train.loader import Batch, Examples, batches
from train.model_folder import CHECKPOINTS
from train.plan import Run
from train.steps import Steps, make_steps, share_of
from train.stop import StopRequest, deaf_children


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
    state = last_state(run.folder, run.facts, run.recipe.steps)
    if state.step:
        restore(checkpoints(run.folder / CHECKPOINTS)[-1], learning)
    with (
        _examples(run, examples, accelerator, state) as stream,
        Aside(run, learning, state, validate and _with_room(validate, steps), accelerator) as aside,
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


def _with_room(validate: Validate, steps: Steps) -> Validate:
    """Validate after the memory that passes keep from one to the next was given free."""

    def found(step: int, journal: Journal) -> None:
        steps.learn.forget()
        validate(step, journal)

    return found
