"""`posetraj train`: a stage, or several one after the other."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from dataset_tools.errors import PoseTrajError

if TYPE_CHECKING:
    from train.recipe import Recipe

PATIENCE = timedelta(hours=2)
"""How long processes wait for the one that writes checkpoints and validates."""


@dataclass(frozen=True)
class Train:
    """Train a model from datasets, stage by stage; the same command goes on after a stop."""

    recipe: str
    """bbox, plain or open-domain, the stages; all for these three; vae or backbone; from-nothing for all five; or a
    YAML file, see docs/training.md."""
    data: tuple[str, ...]
    """Folders or URLs of finished datasets."""
    model: str
    """tiny or small, with random weights; a folder of a run or of a pipeline; or a name on the hub."""
    out: Path
    """Folder of the run: checkpoints, figures, and in the end the model."""
    weights: tuple[float, ...] = ()
    """How often clips of each dataset come, relative to each other; by their number if left away."""
    steps: int | None = None
    """Steps of each stage, instead of the recipe's."""
    batch: int | None = None
    """Clips in a step, all processes together, instead of the recipe's."""
    micro_batch: int | None = None
    """Clips at once in a process; left away, as many as a GPU seems to have the memory for, elsewhere the batch."""
    frames: int | None = None
    """Frames of an example, instead of the recipe's."""
    lr: float | None = None
    """Learning rate, instead of the recipe's."""
    seed: int = 0
    """Decides the order of clips, all noise, and random weights."""
    workers: int = 2
    """Processes that read clips."""
    precision: Literal["auto", "bf16", "float32"] = "auto"
    """auto is bf16 on a GPU and float32 elsewhere."""
    device: Literal["auto", "cpu"] = "auto"
    """cpu, or what there is."""
    save_every: int = 500
    """Steps between checkpoints."""
    keep: int = 2
    """Checkpoints to keep."""
    log_every: int = 10
    """Steps between lines of figures."""
    validate_every: int = 500
    """Steps between validations on held-out clips, 0 for none."""
    compile: bool = False
    """Compile the networks on a GPU: minutes at first, faster steps then."""
    latents: bool = False
    """Read what posetraj cache-latents made of the datasets with this model; clips are then never mirrored."""
    caches: tuple[str, ...] = ()
    """Where these lie, for each dataset, if not in it; PLACE/HASH names one of several. Implies --latents."""
    resample: bool = False
    """Make clips of other sizes and frame rates like those of the first dataset."""
    skip_unreadable: bool = False
    """Leave out clips that cannot be read, instead of stopping at them."""

    def run(self) -> int:
        """Train."""
        from diffusers.utils import logging as diffusers_logging
        from transformers.utils import logging

        logging.set_verbosity_error()  # it recommends packages that are not needed
        diffusers_logging.set_verbosity_error()  # it warns of types that are as they should be
        import torch
        from accelerate import Accelerator, DistributedDataParallelKwargs, InitProcessGroupKwargs
        from accelerate.utils import release_memory

        from train.chain import datasets_of, stages_of
        from train.devices import idle_gpus_sentence
        from train.inputs import Inputs
        from train.plan import Pace
        from train.run import run_stage

        self._check()
        stages = [self._changed(recipe) for recipe in stages_of(self.recipe)]
        on_cpu = self.device == "cpu" or not torch.cuda.is_available()
        precision = {"auto": "no" if on_cpu else "bf16", "bf16": "bf16", "float32": "no"}[self.precision]
        patience = InitProcessGroupKwargs(timeout=PATIENCE)
        handlers = [patience, DistributedDataParallelKwargs(gradient_as_bucket_view=True)]
        accelerator = Accelerator(mixed_precision=precision, cpu=on_cpu, kwargs_handlers=handlers)
        if told := idle_gpus_sentence(accelerator.device, accelerator.num_processes):
            print(told, file=sys.stderr)
        model = self.model
        for number, recipe in enumerate(stages, 1):
            pace = Pace(
                self.micro_batch,
                self.workers,
                self.save_every,
                self.keep,
                self.log_every,
                self.validate_every,
                self.compile,
            )
            chained = len(stages) > 1
            datasets, weights = datasets_of(recipe, self.data, self.weights) if chained else (self.data, self.weights)
            inputs = Inputs(
                model,
                datasets,
                weights,
                self.seed,
                self.resample,
                self.skip_unreadable,
                self.latents or bool(self.caches),
                self._caches_of(datasets),
            )
            folder = self.out / f"{number}-{recipe.name}" if chained else self.out
            try:
                made = run_stage(recipe, inputs, folder, pace, accelerator)
            except torch.OutOfMemoryError as error:
                raise PoseTrajError(
                    "the GPU's memory is too small for that many clips at once; choose a smaller --micro-batch or "
                    "--frames, or checkpointing: true in a recipe's file"
                ) from error
            if accelerator.is_main_process:
                print(f"{recipe.name}: {recipe.steps} steps are done; the model is {made}")
            model = str(made)
            release_memory()  # the networks of a finished stage hold on to each other
        accelerator.end_training()
        return 0

    def _caches_of(self, datasets: Sequence[str]) -> tuple[str, ...]:
        """The caches of those datasets that a stage learns from."""
        if self.caches and len(self.caches) != len(self.data):
            raise PoseTrajError(f"{len(self.caches)} caches were given for {len(self.data)} datasets; one for each")
        return tuple(self.caches[self.data.index(url)] for url in datasets) if self.caches else ()

    def _check(self) -> None:
        for least, names in (
            (0, ("workers", "validate_every", "seed")),
            (1, ("micro_batch", "save_every", "keep", "log_every")),
        ):
            for name in names:
                value = getattr(self, name)
                if value is not None and value < least:
                    raise PoseTrajError(f"--{name.replace('_', '-')} is {value}; it should be {least} or more")

    def _changed(self, recipe: "Recipe") -> "Recipe":
        """The recipe with what the flags say."""
        changes = {name: getattr(self, name) for name in ("steps", "batch") if getattr(self, name) is not None}
        if self.frames is not None:
            most = recipe.cut.frames if recipe.learns == "vae" else self.frames
            changes["cut"] = replace(recipe.cut, frames=min(self.frames, most))
        if self.latents or self.caches:
            changes["cut"] = replace(changes.get("cut", recipe.cut), mirror=0.0)
        if self.lr is not None:
            changes["optimiser"] = replace(recipe.optimiser, lr=self.lr)
        return replace(recipe, **changes)
