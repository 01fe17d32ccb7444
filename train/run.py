"""A stage from its inputs to a model on disk."""

import hashlib
import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import torch
from accelerate import Accelerator
from torch import nn

from dataset_tools.atomic import write_bytes
from dataset_tools.errors import PoseTrajError
from dataset_tools.reader import Dataset
from model.condition_maps import condition_maps
from model.fast.compiled import compile_blocks
from model.fast.layout import use_fast_layout
from model.one_token import use_one_token_attention
from model.pipeline import TrajectoryVideoPipeline
from train.aside import Validate
from train.checkpoint import forget_all_but, last_state
from train.encoders import Encoders
from train.identity import identity
from train.inputs import Inputs, starting_pipeline
from train.journal import Journal
from train.loader import Examples
from train.loop import fit
from train.made import finish, whole_pipeline, write_model
from train.memory import clips_at_once
from train.mixture import Mixture, by_size
from train.model_folder import CHECKPOINTS, MODEL, told_of
from train.peak import clip_flops, peak_flops
from train.plan import Pace, Run
from train.recipe import Recipe
from train.sources import Opened, open_sources, with_latents
from train.stages.autoencoding import VaeStage
from train.stages.diffusion import DiffusionStage
from train.stages.ready import Preparation
from train.validation import HeldOut, held_out, show_samples, vae_losses, validation_losses


def run_stage(recipe: Recipe, inputs: Inputs, folder: Path, pace: Pace, accelerator: Accelerator) -> Path:
    """Train a stage in a run's folder, or go on with it; return the folder of the model that it made.

    Raises PoseTrajError for inputs that cannot be used, `train.stop.Stopped` where it was asked to stop.
    """
    opened = open_sources(inputs.datasets, recipe, inputs.seed, inputs.resample)
    pipeline = None
    if inputs.latents:
        pipeline = starting_pipeline(recipe, inputs)
        opened = with_latents(opened, recipe, pipeline, inputs.caches)
    examples = examples_of(opened, recipe, inputs)
    facts, made = _facts(recipe, inputs, opened), folder / MODEL
    last_state(folder, facts, recipe.steps)
    told = {"stage": recipe.name, "step": recipe.steps, "facts": facts}
    if told.items() <= told_of(made).items():
        return made
    pipeline = pipeline or starting_pipeline(recipe, inputs)
    if pace.micro_batch is None:
        pace = replace(pace, micro_batch=_micro_batch(recipe, pipeline, opened, accelerator))
    stage = make_stage(recipe, pipeline, accelerator, pace.compiled)
    validate = _validation(recipe, inputs, opened, stage, pipeline, accelerator)
    _note_recipe(folder, recipe, inputs, accelerator)
    least_s = _least_seconds(recipe, pipeline, opened, accelerator)
    average = fit(Run(folder, recipe, pace, facts, least_s), stage, examples, accelerator, validate)
    with torch.no_grad():
        for name, weights in stage.trained().items():
            weights.copy_(average[name])
    if accelerator.is_main_process:
        whole = whole_pipeline(recipe, inputs, pipeline)
        finish(recipe, whole, examples, accelerator.device, inputs.seed)
        write_model(whole, made, told | {"video": asdict(opened.film)})
        forget_all_but(folder / CHECKPOINTS, 1)  # enough for more steps, should they be asked for
    accelerator.wait_for_everyone()
    accelerator.free_memory()  # it keeps the networks of each stage
    return made


def examples_of(opened: Opened, recipe: Recipe, inputs: Inputs) -> Examples:
    """Return the line of examples of a stage. Raises PoseTrajError for weights that cannot be."""
    weights = inputs.weights or by_size([len(source.clips) for source in opened.sources])
    if len(weights) != len(opened.sources):
        raise PoseTrajError(f"{len(weights)} weights were given for {len(opened.sources)} datasets; give one for each")
    try:
        mixture = Mixture(weights, inputs.seed)
    except ValueError as error:
        raise PoseTrajError(str(error)) from error
    return Examples(opened.sources, mixture, recipe.cut, inputs.skip_unreadable)


def _facts(recipe: Recipe, inputs: Inputs, opened: Opened) -> dict[str, Any]:
    """What a checkpoint must agree with. The number of steps may grow, and folders may move."""
    told = asdict(recipe)
    del told["steps"]
    return json.loads(
        json.dumps(
            {
                "recipe": told,
                "seed": inputs.seed,
                "model": identity(inputs.model),
                "weights": list(inputs.weights),
                "latents": [source.latents.record.hash for source in opened.sources if source.latents],
                "datasets": [_digest(source.clips) for source in opened.sources],
            }
        )
    )


def _digest(dataset: Dataset) -> str:
    """A hash of the shards of a dataset's clips."""
    named = set(dataset.shards)
    shards = [record.sha256 for _, record in dataset.manifest.shards if record.name in named]
    return hashlib.sha256("\n".join(shards).encode()).hexdigest()[:16]


def make_stage(
    recipe: Recipe, pipeline: TrajectoryVideoPipeline, accelerator: Accelerator, compiled: bool
) -> nn.Module:
    """Return the networks of a stage on the device; what does not learn is frozen, in bf16 where the run is."""
    device = accelerator.device
    kind = torch.bfloat16 if accelerator.mixed_precision == "bf16" else torch.float32
    if recipe.learns == "vae":
        return VaeStage(pipeline.vae.to(device))
    for frozen in (pipeline.vae, pipeline.image_encoder):
        if frozen is not None:
            frozen.requires_grad_(False).eval().to(device, kind)
    control = pipeline.controlnet if recipe.learns == "control" else None
    if control is not None:
        pipeline.unet.to(device, kind)
    learns = pipeline.unet if control is None else control
    learns.to(device)
    if recipe.checkpointing:
        for network in {learns, pipeline.unet}:  # gradients cross the decoder of a frozen UNet too
            network.enable_gradient_checkpointing()
    kinds = pipeline.controlnet.kinds
    compiled = compiled and device.type == "cuda"
    for network in (pipeline.unet, pipeline.controlnet):
        use_one_token_attention(network)
        if device.type == "cuda":
            use_fast_layout(network)
        if compiled:
            compile_blocks(network)
    maps = torch.compile(condition_maps, dynamic=False) if compiled else condition_maps
    preparation = Preparation(recipe, Encoders.of(pipeline), pipeline.unet.config.cross_attention_dim, kinds, maps)
    return DiffusionStage(pipeline.unet, control, preparation)


def _validation(
    recipe: Recipe,
    inputs: Inputs,
    opened: Opened,
    stage: nn.Module,
    pipeline: TrajectoryVideoPipeline,
    accelerator: Accelerator,
) -> Validate | None:
    if not accelerator.is_main_process or not inputs.validated:
        return None
    held: HeldOut = held_out(opened.held_out, recipe.cut, opened.film, inputs.validated, inputs.skip_unreadable)
    if not held.examples:
        return None
    pipeline.set_progress_bar_config(disable=True)

    def validate(step: int, journal: Journal) -> None:
        with accelerator.autocast(), torch.compiler.set_stance("force_eager"):  # its sizes are others, and few
            losses_of = vae_losses if isinstance(stage, VaeStage) else validation_losses
            losses = losses_of(stage, held, accelerator.device)
            journal.note(step, {"step": step, "stage": recipe.name, "validation": losses})
            if recipe.learns == "control":
                show_samples(pipeline, held, recipe, inputs.sampled, step, journal)

    return validate


def _least_seconds(
    recipe: Recipe, pipeline: TrajectoryVideoPipeline, opened: Opened, accelerator: Accelerator
) -> float | None:
    """Return the seconds for a clip at the peak of all GPUs, None where that is not known."""
    peak = peak_flops(accelerator.device)
    if peak is None or not accelerator.is_main_process:
        return None
    return clip_flops(recipe, pipeline, (opened.film.height, opened.film.width)) / (peak * accelerator.num_processes)


def _micro_batch(
    recipe: Recipe, pipeline: TrajectoryVideoPipeline, opened: Opened, accelerator: Accelerator
) -> int:
    """Return how many clips a process takes at once."""
    batch = max(1, recipe.batch // accelerator.num_processes)
    if accelerator.device.type != "cuda":
        return batch
    memory = torch.cuda.get_device_properties(accelerator.device).total_memory
    return clips_at_once(recipe, pipeline, (opened.film.height, opened.film.width), batch, memory)


def _note_recipe(folder: Path, recipe: Recipe, inputs: Inputs, accelerator: Accelerator) -> None:
    if accelerator.is_main_process:
        told = {"recipe": asdict(recipe), "inputs": asdict(inputs)}
        write_bytes(folder / "recipe.json", json.dumps(told, indent=1).encode())


