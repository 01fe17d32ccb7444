"""How many clips a GPU has the memory for at once."""

import torch
from torch import nn

from model.estimate import BF16, TRAINED, kept_bytes, step_inputs
from model.fast.layout import use_fast_layout
from model.pipeline import TrajectoryVideoPipeline
from train.peak import networks_without_weights
from train.recipe import Recipe

USED = 0.85
"""Of a GPU's memory; the rest is for what is needed briefly, and for what its allocator cannot use."""


def clips_at_once(
    recipe: Recipe, pipeline: TrajectoryVideoPipeline, size: tuple[int, int], batch: int, memory_bytes: int
) -> int:
    """Return the largest part of a process's batch that fits, 1 if none does; what divides the batch.

    Counted without weights, as `posetraj estimate` does; compiled blocks need less. A VAE takes its whole batch.

    Args:
        size: height and width in pixels.
        memory_bytes: of the GPU.
    """
    if recipe.learns == "vae":
        return batch
    networks = (pipeline.unet, pipeline.controlnet) if recipe.learns == "control" else (pipeline.unet,)
    learned = sum(weights.numel() for weights in networks[-1].parameters())
    others = (pipeline.vae, pipeline.image_encoder, *networks[:-1])
    frozen = sum(weights.numel() for network in others if network is not None for weights in network.parameters())
    free = USED * memory_bytes - TRAINED * learned - BF16 * frozen
    most = free // kept_by_a_clip(recipe, pipeline, size)
    return max(part for part in range(1, batch + 1) if batch % part == 0 and (part <= most or part == 1))


def kept_by_a_clip(recipe: Recipe, pipeline: TrajectoryVideoPipeline, size: tuple[int, int]) -> int:
    """Return the bytes that a step keeps for its backward pass, for one clip."""
    unet, controlnet = networks_without_weights(recipe, pipeline)
    if controlnet is not None:
        nn.Module.to(unet, torch.bfloat16)  # diffusers' own warns, of nothing
    for network in filter(None, (unet, controlnet)):
        use_fast_layout(network)
        if recipe.checkpointing:
            network.enable_gradient_checkpointing()
    inputs = step_inputs(unet, controlnet, 1, recipe.cut.frames, size)
    return kept_bytes(unet, controlnet, inputs, recipe.frame_weight > 0)
