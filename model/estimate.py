"""What a training step costs, counted on the meta device: no weights are made and nothing is computed."""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

from model.camera import CHANNELS
from model.conditions import Conditions
from model.controlnet import TrajectoryControlNet
from model.latent_size import PIXELS_PER_LATENT
from model.losses import Drawn, training_losses
from model.one_token import use_one_token_attention
from model.presets import Preset
from model.unet import TrajectoryUNet

META = torch.device("meta")


@dataclass(frozen=True)
class Estimate:
    """Counts of one preset.

    Attributes:
        vae, unet, controlnet: parameters.
        step_flops: floating-point operations of a training step with cached latents: both losses, forward and
            backward, the backbone frozen, the ControlNet trained.
        sample_flops: of one call of both networks for one clip, as sampling does two or three times a step.
        weight_bytes: of backbone and ControlNet in bf16.
        trained_bytes: master weights, gradients and AdamW's two moments of the ControlNet in float32.
    """

    vae: int
    unet: int
    controlnet: int
    step_flops: int
    sample_flops: int
    weight_bytes: int
    trained_bytes: int


def estimate(preset: Preset, batch: int, frames: int, size: tuple[int, int]) -> Estimate:
    """Count for videos of `frames` frames of `size`, height and width in pixels."""
    with META:
        unet = preset.make_unet()
        controlnet = preset.make_controlnet(unet).to(META)
        vae = preset.make_vae()
    unet = unet.to(META).requires_grad_(False)
    for network in (unet, controlnet):
        use_one_token_attention(network)
    counts = [sum(weights.numel() for weights in network.parameters()) for network in (vae, unet, controlnet)]
    step = step_flops(unet, controlnet, batch, frames, size)
    inputs = _inputs(unet, controlnet, batch, frames, size)
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        training_losses(unet, controlnet, *inputs, single_frames=False)
        sample = counter.get_total_flops() // batch
    return Estimate(*counts, step, sample, 2 * (counts[1] + counts[2]), 16 * counts[2])


def step_flops(
    unet: TrajectoryUNet,
    controlnet: TrajectoryControlNet | None,
    batch: int,
    frames: int,
    size: tuple[int, int],
    single_frames: bool = True,
) -> int:
    """Return the operations of a training step, forward and backward, of networks that lie on the meta device.

    Args:
        controlnet: None where the backbone learns by itself; what learns has gradients, the rest has none.
        size: height and width in pixels.
        single_frames: whether the loss of single frames counts.
    """
    inputs = _inputs(unet, controlnet, batch, frames, size)
    with FlopCounterMode(display=False) as counter:
        training_losses(unet, controlnet, *inputs, single_frames).total(1.0).backward()
        return counter.get_total_flops()


def _inputs(
    unet: TrajectoryUNet, controlnet: TrajectoryControlNet | None, batch: int, frames: int, size: tuple[int, int]
) -> tuple[Tensor, Drawn, Conditions]:
    height, width = (side // PIXELS_PER_LATENT for side in size)
    channels = unet.config.out_channels
    camera = "pose" if controlnet is None else controlnet.config.camera
    grid = (height, width) if camera == "rays" else ()
    maps = 3 if controlnet is None else controlnet.config.conditioning_channels
    yes = torch.ones(batch, dtype=torch.bool, device=META)
    clean = torch.zeros(batch, frames, channels, height, width, device=META)
    conditions = Conditions(
        image_latents=torch.zeros(batch, channels, height, width, device=META),
        image_embedding=torch.zeros(batch, 1, unet.config.cross_attention_dim, device=META),
        time_ids=torch.zeros(batch, 3, device=META),
        trajectory_maps=torch.zeros(batch, frames, maps, *size, device=META),
        has_trajectory=yes,
        camera=torch.zeros(batch, frames, CHANNELS[camera], *grid, device=META),
        has_camera=yes,
    )
    drawn = Drawn(torch.zeros_like(clean), torch.ones(batch, device=META), yes.long())
    return clean, drawn, conditions
