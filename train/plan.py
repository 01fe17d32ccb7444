"""What a run does, and how it is carried out."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from train.recipe import Recipe


@dataclass(frozen=True)
class Pace:
    """How a run is carried out on its machines; nothing here changes what is learned, to rounding.

    Attributes:
        micro_batch: clips at once in a process, of which the recipe's batch is made; None for as many as a GPU has the
            memory for, elsewhere all.
        workers: processes that read clips, for each process that trains.
        save_every, keep: steps between checkpoints, and how many are kept.
        log_every: steps between lines of figures.
        validate_every: steps between validations, 0 for none.
        compiled: compile the networks' blocks on a GPU: many minutes at first, faster steps then.
    """

    micro_batch: int | None = 1
    workers: int = 2
    save_every: int = 500
    keep: int = 2
    log_every: int = 10
    validate_every: int = 500
    compiled: bool = False


@dataclass(frozen=True)
class Run:
    """A stage's run: where it writes, what it does, and the facts that a checkpoint must agree with.

    Attributes:
        least_s: seconds in which its GPUs together would train on a clip at their peak, `train.peak`; None where that
            is not known.
    """

    folder: Path
    recipe: Recipe
    pace: Pace
    facts: dict[str, Any]
    least_s: float | None = None
