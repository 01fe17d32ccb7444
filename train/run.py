"""A stage from its inputs to a model on disk."""

import hashlib
import json
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import torch
from accelerate import Accelerator
from torch import Tensor, nn

from dataset_tools.atomic import write_bytes
from dataset_tools.errors import PoseTrajError
from dataset_tools.reader import Dataset
from model.compiled import compile_blocks
from model.condition_kinds import ConditionKinds
from model.controlnet import TrajectoryControlNet
from model.fast_layout import use_fast_layout
from model.fresh import first_weights, fresh_pipeline
from model.load import load_pipeline
from model.one_token import use_one_token_attention
from model.pipeline import TrajectoryVideoPipeline
from model.presets import PRESETS
from train.checkpoint import forget_all_but, last_state
from train.encoders import Encoders, latent_mean, to_pixels
from train.errors import RunError
from train.identity import identity
from train.journal import Journal
from train.loader import Examples, batches
from train.loop import Pace, Run, Validate, fit
from train.memory import clips_at_once
from train.mixture import Mixture, by_size
from train.model_folder import CHECKPOINTS, MODEL, TOLD, model_folder, told_of
from train.order import Share
from train.peak import clip_flops, peak_flops
from train.recipe import Recipe
from train.sources import Opened, open_sources, with_latents
from train.stages.autoencoding import VaeStage
from train.stages.diffusion import DiffusionStage
from train.stages.ready import Preparation
from train.validation import HeldOut, held_out, show_samples, vae_losses, validation_losses

LEARNED = {"control": "controlnet", "backbone": "unet", "vae": "vae"}
"""The part of a pipeline that a stage changes."""
SCALED_BY = 64
"""Clips by which the latents' scale of a new VAE is measured."""


@dataclass(frozen=True)
class Inputs:
    """What a stage starts from.

    Attributes:
        model: a preset's name for random weights, or where a model lies: a run's folder, a pipeline's, a hub's name.
        datasets: folders or URLs.
        weights: relative, one for each dataset; empty for each by its number of clips.
        latents: read clips as latents that `posetraj cache-latents` made with this model.
        caches: where these lie, for each dataset, or one of several by its hash; empty for `latents` in the datasets.
        validated: held-out clips of which losses are taken, and `sampled` of which videos are made.
    """

    model: str
    datasets: tuple[str, ...]
    weights: tuple[float, ...] = ()
    seed: int = 0
    resample: bool = False
    skip_unreadable: bool = False
    latents: bool = False
    caches: tuple[str, ...] = ()
    validated: int = 16
    sampled: int = 2


def run_stage(recipe: Recipe, inputs: Inputs, folder: Path, pace: Pace, accelerator: Accelerator) -> Path:
    """Train a stage in a run's folder, or go on with it; return the folder of the model that it made.

    Raises PoseTrajError for inputs that cannot be used, `train.stop.Stopped` where it was asked to stop.
    """
    opened = open_sources(inputs.datasets, recipe, inputs.seed, inputs.resample)
    pipeline = None
    if inputs.latents:
        pipeline = _opened(recipe, inputs)
        opened = with_latents(opened, recipe, pipeline, inputs.caches)
    examples = examples_of(opened, recipe, inputs)
    facts, made = _facts(recipe, inputs, opened), folder / MODEL
    last_state(folder, facts, recipe.steps)
    told = {"stage": recipe.name, "step": recipe.steps, "facts": facts}
    if told.items() <= told_of(made).items():
        return made
    pipeline = pipeline or _opened(recipe, inputs)
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
        whole = _whole(recipe, inputs, pipeline)
        _finish(recipe, whole, examples, accelerator.device, inputs.seed)
        _write(whole, made, told | {"video": asdict(opened.film)})
        forget_all_but(folder / CHECKPOINTS, 1)  # enough for more steps, should they be asked for
    accelerator.wait_for_everyone()
    accelerator.free_memory()  # it keeps the networks of each stage
    return made


def _opened(recipe: Recipe, inputs: Inputs) -> TrajectoryVideoPipeline:
    """Return the pipeline that a stage starts from. Raises RunError for a ControlNet that is told its conditions in
    another form than the recipe says; after a backbone it is made anew."""
    pipeline, wanted = open_model(inputs.model, inputs.seed, recipe.conditions), recipe.conditions
    found = pipeline.controlnet.kinds
    if wanted not in (None, found) and recipe.learns != "backbone":
        raise RunError(
            f"the ControlNet in {inputs.model} was made for {found}, and the recipe {recipe.name} asks for {wanted}; "
            "leave its conditions away, or begin with a model that has no ControlNet"
        )
    return pipeline


def open_model(model: str, seed: int, kinds: ConditionKinds | None = None) -> TrajectoryVideoPipeline:
    """Return a pipeline: a preset's with random weights, or what lies in a run's folder, a pipeline's or on the hub.

    `kinds` says in which form a ControlNet that is made fresh is told its conditions.
    """
    if model in PRESETS:
        if model == "svd":
            raise PoseTrajError("svd is trained from its published weights; give their folder or name on the hub")
        return fresh_pipeline(model, seed, kinds)
    with first_weights(seed):  # plain SVD gets a fresh ControlNet
        return load_pipeline(model_folder(model), kinds=kinds)


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
    for network in (pipeline.unet, pipeline.controlnet):
        use_one_token_attention(network)
        if accelerator.device.type == "cuda":
            use_fast_layout(network)
            if compiled:
                compile_blocks(network)
    preparation = Preparation(recipe, Encoders.of(pipeline), pipeline.unet.config.cross_attention_dim, kinds)
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


def _whole(recipe: Recipe, inputs: Inputs, pipeline: TrajectoryVideoPipeline) -> TrajectoryVideoPipeline:
    """Return what learned among the other parts as they came, not in the shorter type that the run had them in."""
    whole, learned = _opened(recipe, inputs), LEARNED[recipe.learns]
    getattr(whole, learned).load_state_dict(getattr(pipeline, learned).state_dict())
    return whole


def _finish(
    recipe: Recipe, pipeline: TrajectoryVideoPipeline, examples: Examples, device: torch.device, seed: int
) -> None:
    """Make the other parts of the pipeline fit what was learned."""
    if recipe.learns == "backbone":
        config, kinds = pipeline.controlnet.config, recipe.conditions or pipeline.controlnet.kinds
        with first_weights(seed):
            pipeline.controlnet = TrajectoryControlNet.from_unet(
                pipeline.unet, config.conditioning_channels, config.conditioning_embedding_channels, **asdict(kinds)
            )
    if recipe.learns == "vae":
        pipeline.vae.to(device).register_to_config(scaling_factor=_scale(pipeline, examples, device))


def _scale(pipeline: TrajectoryVideoPipeline, examples: Examples, device: torch.device) -> float:
    """One over the standard deviation of the latents (Rombach et al. 2022, appendix G)."""
    encoders = Encoders.of(pipeline)
    latents: list[Tensor] = []
    for number, batch in enumerate(batches(examples, Share(0, 1, 1))):
        if number == SCALED_BY:
            break
        latents.append(latent_mean(encoders.moments(to_pixels(batch.to(device).pictures()).flatten(0, 1))).float())
    return 1.0 / torch.cat(latents).std().item()


def _write(pipeline: TrajectoryVideoPipeline, folder: Path, told: Mapping[str, Any]) -> None:
    """Save a pipeline whole or not at all, and what it is made by."""
    unfinished = folder.with_name(f".{folder.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    pipeline.save_pretrained(unfinished)
    write_bytes(unfinished / TOLD, json.dumps(dict(told), indent=1).encode())
    shutil.rmtree(folder, ignore_errors=True)
    unfinished.rename(folder)
