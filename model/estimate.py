"""What a training step costs, counted on the meta device: no weights are made and nothing is computed."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from model.camera import CHANNELS
from model.conditions import Conditions
from model.controlnet import TrajectoryControlNet
from model.fast.layout import use_fast_layout
from model.kept import AsOnGpu, kept_for_backward
from model.latent_size import PIXELS_PER_LATENT
from model.losses import Drawn, training_losses
from model.one_token import use_one_token_attention
from model.presets import Preset
from model.unet import TrajectoryUNet

META = torch.device("meta")
BF16 = 2
TRAINED = 20
"""Bytes of a parameter that learns: itself, its gradient, AdamW's two moments and the moving average in float32."""


@dataclass(frozen=True)
class Estimate:
    """Counts of one preset.

    Attributes:
        vae, image_encoder, unet, controlnet: parameters.
        step_flops: floating-point operations of a training step with cached latents: both losses, forward and
            backward, the backbone frozen, the ControlNet trained.
        sample_flops: of one call of both networks for one clip, as sampling does two or three times a step.
        weight_bytes: of all networks in bf16, as sampling has them.
        trained_bytes: of the ControlNet in training, in float32: weights, gradients, AdamW's two moments, the moving
            average.
        frozen_bytes: of the other networks in training, in bf16.
        kept_bytes: of what a training step under autocast keeps for its backward pass.
        kept_twice_bytes: the same with gradient checkpointing.
    """

    vae: int
    image_encoder: int
    unet: int
    controlnet: int
    step_flops: int
    sample_flops: int
    kept_bytes: int
    kept_twice_bytes: int

    @property
    def weight_bytes(self) -> int:
        return self.frozen_bytes + BF16 * self.controlnet

    @property
    def frozen_bytes(self) -> int:
        return BF16 * (self.vae + self.image_encoder + self.unet)

    @property
    def trained_bytes(self) -> int:
        return TRAINED * self.controlnet

    @property
    def training_bytes(self) -> tuple[int, int]:
        """All of it in training, without checkpointing and with: about the peak of a GPU's memory."""
        fixed = self.trained_bytes + self.frozen_bytes
        return fixed + self.kept_bytes, fixed + self.kept_twice_bytes


def estimate(preset: Preset, batch: int, frames: int, size: tuple[int, int]) -> Estimate:
    """Count for videos of `frames` frames of `size`, height and width in pixels."""
    with META:
        unet = preset.make_unet()
        controlnet = preset.make_controlnet(unet).to(META)
        vae, image_encoder = preset.make_vae(), preset.make_image_encoder()
    unet = unet.to(META).requires_grad_(False)
    for network in (unet, controlnet):
        use_one_token_attention(network)
    counts = [
        0 if network is None else sum(weights.numel() for weights in network.parameters())
        for network in (vae, image_encoder, unet, controlnet)
    ]
    step = step_flops(unet, controlnet, batch, frames, size)
    inputs = step_inputs(unet, controlnet, batch, frames, size)
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        training_losses(unet, controlnet, *inputs, single_frames=False)
        sample = counter.get_total_flops() // batch
    return Estimate(*counts, step, sample, *_kept(unet, controlnet, inputs))


def _kept(
    unet: TrajectoryUNet, controlnet: TrajectoryControlNet, inputs: tuple[Tensor, Drawn, Conditions]
) -> tuple[int, int]:
    """Bytes that a step on a GPU keeps for its backward pass, without checkpointing and with."""
    nn.Module.to(unet, torch.bfloat16)  # diffusers' own warns, of nothing
    for network in (unet, controlnet):
        use_fast_layout(network)
    found = []
    for _ in range(2):
        found.append(kept_bytes(unet, controlnet, inputs))
        for network in (unet, controlnet):
            network.enable_gradient_checkpointing()
    return found[0], found[1]


def kept_bytes(
    unet: TrajectoryUNet,
    controlnet: TrajectoryControlNet | None,
    inputs: tuple[Tensor, Drawn, Conditions],
    single_frames: bool = True,
) -> int:
    """Return the bytes that a step on a GPU keeps for its backward pass, of networks that lie on the meta device.

    Args:
        inputs: of `step_inputs`; the others as for `step_flops`.
    """
    networks = [network for network in (unet, controlnet) if network is not None]
    with AsOnGpu(), kept_for_backward(*networks) as kept:
        training_losses(unet, controlnet, *inputs, single_frames)
    return kept.bytes


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
    inputs = step_inputs(unet, controlnet, batch, frames, size)
    with FlopCounterMode(display=False) as counter:
        training_losses(unet, controlnet, *inputs, single_frames).total(1.0).backward()
        return counter.get_total_flops()


def step_inputs(
    unet: TrajectoryUNet, controlnet: TrajectoryControlNet | None, batch: int, frames: int, size: tuple[int, int]
) -> tuple[Tensor, Drawn, Conditions]:
    """Return what `training_losses` takes after the networks, on the meta device."""
    height, width = (side // PIXELS_PER_LATENT for side in size)
    channels = unet.config.out_channels
    camera = "pose" if controlnet is None else controlnet.config.camera
    grid = (height, width) if camera == "rays" else ()
    maps = 3 if controlnet is None else controlnet.map_channels
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
