"""What a stage leaves: a pipeline of all parts, those that did not learn as they came."""

import json
import shutil
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from dataset_tools.atomic import write_bytes
from model.controlnet import TrajectoryControlNet
from model.fresh import first_weights
from model.pipeline import TrajectoryVideoPipeline
from train.encoders import Encoders, latent_mean, to_pixels
from train.inputs import Inputs, starting_pipeline
from train.loader import Examples, batches
from train.model_folder import TOLD
from train.order import Share
from train.recipe import Recipe

LEARNED = {"control": "controlnet", "backbone": "unet", "vae": "vae"}
"""The part of a pipeline that a stage changes."""
SCALED_BY = 64
"""Clips by which the latents' scale of a new VAE is measured."""


def whole_pipeline(recipe: Recipe, inputs: Inputs, pipeline: TrajectoryVideoPipeline) -> TrajectoryVideoPipeline:
    """Return what learned among the other parts as they came, not in the shorter type that the run had them in."""
    whole, learned = starting_pipeline(recipe, inputs), LEARNED[recipe.learns]
    getattr(whole, learned).load_state_dict(getattr(pipeline, learned).state_dict())
    return whole


def finish(
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


def write_model(pipeline: TrajectoryVideoPipeline, folder: Path, told: Mapping[str, Any]) -> None:
    """Save a pipeline whole or not at all, and what it is made by."""
    unfinished = folder.with_name(f".{folder.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    pipeline.save_pretrained(unfinished)
    write_bytes(unfinished / TOLD, json.dumps(dict(told), indent=1).encode())
    shutil.rmtree(folder, ignore_errors=True)
    unfinished.rename(folder)
