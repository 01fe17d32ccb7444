"""How fast a device could train at best: the measure of model FLOPs utilisation (Chowdhery et al. 2022, appendix B)."""

import torch
from diffusers import AutoencoderKLTemporalDecoder
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from model.controlnet import TrajectoryControlNet
from model.estimate import META, step_flops
from model.latent_size import PIXELS_PER_LATENT
from model.one_token import use_one_token_attention
from model.pipeline import TrajectoryVideoPipeline
from model.unet import TrajectoryUNet
from train.recipe import Recipe
from train.stages.autoencoding import ReadyVideo, VaeStage

PEAK_FLOPS = {"H200": 989e12, "H100 PCIe": 756e12, "H100": 989e12, "A100": 312e12, "L40S": 362e12, "RTX 4090": 165e12}
"""Dense bf16 operations per second by the datasheets; the first name that fits counts."""


def peak_flops(device: torch.device) -> float | None:
    """Return the bf16 operations per second of a GPU's datasheet, None for other devices."""
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else ""
    return next((peak for part, peak in PEAK_FLOPS.items() if part in name), None)


def clip_flops(recipe: Recipe, pipeline: TrajectoryVideoPipeline, size: tuple[int, int]) -> int:
    """Return the operations that a stage's networks need for one clip, forward and backward.

    What encodes videos before them does not count, nor what gradient checkpointing computes twice. Nothing is computed.

    Args:
        size: height and width in pixels.
    """
    if recipe.learns == "vae":
        return _vae_flops(pipeline.vae, recipe.cut.frames, size)
    unet, controlnet = networks_without_weights(recipe, pipeline)
    return step_flops(unet, controlnet, 1, recipe.cut.frames, size, recipe.frame_weight > 0)


def networks_without_weights(
    recipe: Recipe, pipeline: TrajectoryVideoPipeline
) -> tuple[TrajectoryUNet, TrajectoryControlNet | None]:
    """Return a stage's backbone and ControlNet on the meta device, None where that does not take part; what does not
    learn has no gradients."""
    control = recipe.learns == "control"
    unet = _without_weights(pipeline.unet).requires_grad_(not control)
    return unet, _without_weights(pipeline.controlnet) if control else None


def _without_weights(network: TrajectoryUNet | TrajectoryControlNet) -> nn.Module:
    """Return such a network on the meta device."""
    with META:
        made = type(network).from_config(network.config).to(META)  # diffusers makes a few weights elsewhere
    use_one_token_attention(made)
    return made


def _vae_flops(vae: AutoencoderKLTemporalDecoder, frames: int, size: tuple[int, int]) -> int:
    height, width = (side // PIXELS_PER_LATENT for side in size)
    with META, FlopCounterMode(display=False) as counter:
        stage = VaeStage(AutoencoderKLTemporalDecoder.from_config(vae.config).to(META))
        noise = torch.zeros(1, frames, vae.config.latent_channels, height, width)
        stage(ReadyVideo(torch.zeros(1, frames, 3, *size), noise)).total.sum().backward()
        return counter.get_total_flops()
