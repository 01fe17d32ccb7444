"""A ControlNet for SVD whose condition is a trajectory, and the camera's motion where it is known.

Zhang et al. 2023, "Adding Conditional Control to Text-to-Image Diffusion Models", section 3.1: a copy of the encoder
sees the condition, and convolutions that begin at zero add what it finds to the skips of the frozen network.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import torch
from diffusers import ConfigMixin, ModelMixin, UNetSpatioTemporalConditionModel
from diffusers.configuration_utils import register_to_config
from diffusers.models.attention import AttentionMixin
from diffusers.models.controlnets.controlnet import ControlNetConditioningEmbedding
from diffusers.models.embeddings import TimestepEmbedding, Timesteps
from diffusers.models.unets.unet_3d_blocks import UNetMidBlockSpatioTemporal, get_down_block
from torch import Tensor, nn

from dataset_tools.trajectory_maps import MapStyle
from model.camera import CameraInjection, CameraInput
from model.condition_kinds import ConditionKinds
from model.frames_alone import allow_frames_alone
from model.spatio_temporal import Seen, encode, join, make_context, one_batch, pictures_of

POSE_CHANNELS = 3
COPIED = ("conv_in", "time_embedding", "add_embedding", "down_blocks", "mid_block")
COPIED_CONFIG = (
    "sample_size",
    "in_channels",
    "down_block_types",
    "block_out_channels",
    "addition_time_embed_dim",
    "projection_class_embeddings_input_dim",
    "layers_per_block",
    "cross_attention_dim",
    "transformer_layers_per_block",
    "num_attention_heads",
    "num_frames",
)


@dataclass(frozen=True)
class Residuals:
    """What the ControlNet adds to the UNet: to its skips, outermost first, and to its middle; all (N,C,h,w)."""

    down: tuple[Tensor, ...]
    mid: Tensor

    def scaled(self, factor: float) -> "Residuals":
        """Return the residuals times a factor."""
        return Residuals(tuple(factor * residual for residual in self.down), factor * self.mid)


@dataclass(frozen=True)
class Told:
    """What the ControlNet is told beside what the UNet sees, of B samples of T frames.

    Attributes:
        trajectory_maps: (B,T,K,H,W), K `map_channels`, of `condition_maps`, at the frames' size: as much larger than
            the latents as the VAE makes small.
        has_trajectory: (B,) bool; where False, a learned null takes the place of the maps.
        camera: (B,T,12) of `camera.pose_numbers`, or (B,T,6,h,w) of `camera.plucker_rays`.
        has_camera: (B,) bool; where False, a learned null takes the place of the camera.
    """

    trajectory_maps: Tensor
    has_trajectory: Tensor
    camera: Tensor
    has_camera: Tensor


class TrajectoryControlNet(ModelMixin, AttentionMixin, ConfigMixin):
    """SVD's encoder with a trajectory map for each frame; the arguments without a comment are the UNet's.

    Args:
        conditioning_channels: channels of the trajectory maps.
        conditioning_embedding_channels: widths of the condition's own encoder, halving the size from each to the next.
        camera, pen, pose_maps: in which form conditions come, of `ConditionKinds`.
    """

    _supports_gradient_checkpointing = True
    compiled_methods = ("tapped", "joined")

    @register_to_config
    def __init__(
        self,
        sample_size: int | None = None,
        in_channels: int = 8,
        down_block_types: tuple[str, ...] = (
            "CrossAttnDownBlockSpatioTemporal",
            "CrossAttnDownBlockSpatioTemporal",
            "CrossAttnDownBlockSpatioTemporal",
            "DownBlockSpatioTemporal",
        ),
        block_out_channels: tuple[int, ...] = (320, 640, 1280, 1280),
        addition_time_embed_dim: int = 256,
        projection_class_embeddings_input_dim: int = 768,
        layers_per_block: int | tuple[int, ...] = 2,
        cross_attention_dim: int | tuple[int, ...] = 1024,
        transformer_layers_per_block: int | tuple[int, ...] = 1,
        num_attention_heads: int | tuple[int, ...] = (5, 10, 20, 20),
        num_frames: int = 25,
        conditioning_channels: int = 3,
        conditioning_embedding_channels: tuple[int, ...] = (16, 32, 96, 256),
        camera: CameraInput = "pose",
        pen: MapStyle = "stroke",
        pose_maps: bool = False,
    ) -> None:
        super().__init__()
        _add_encoder(self)
        width = block_out_channels[0]
        self.condition = ControlNetConditioningEmbedding(width, self.map_channels, conditioning_embedding_channels)
        self.no_trajectory = nn.Parameter(torch.zeros(width))
        self.camera_injection = CameraInjection(width, camera)
        self.taps = nn.ModuleList(_zero_convolution(channels) for channels in _skip_channels(self))
        self.middle_tap = _zero_convolution(block_out_channels[-1])
        allow_frames_alone(self)

    @classmethod
    def from_unet(
        cls,
        unet: UNetSpatioTemporalConditionModel,
        conditioning_channels: int = 3,
        conditioning_embedding_channels: tuple[int, ...] = (16, 32, 96, 256),
        camera: CameraInput = "pose",
        pen: MapStyle = "stroke",
        pose_maps: bool = False,
    ) -> Self:
        """Return a ControlNet whose encoder is a copy of the UNet's; beside that UNet it changes nothing at first."""
        network = cls(
            **{name: unet.config[name] for name in COPIED_CONFIG},
            conditioning_channels=conditioning_channels,
            conditioning_embedding_channels=conditioning_embedding_channels,
            camera=camera,
            pen=pen,
            pose_maps=pose_maps,
        )
        for name in COPIED:
            getattr(network, name).load_state_dict(getattr(unet, name).state_dict())
        return nn.Module.to(network, device=unet.device, dtype=unet.dtype)  # diffusers' own warns, of nothing

    def changes_nothing(self) -> bool:
        """Whether all that it adds is zero, as before it has learned anything."""
        return not any(weights.any() for tap in (*self.taps, self.middle_tap) for weights in tap.parameters())

    @property
    def kinds(self) -> ConditionKinds:
        """In which form it is told its conditions."""
        return ConditionKinds(self.config.pen, self.config.camera, self.config.pose_maps)

    @property
    def map_channels(self) -> int:
        """Channels of its maps: those of the paths, and those of the poses where it has them."""
        return self.config.conditioning_channels + POSE_CHANNELS * self.config.pose_maps

    def forward(
        self,
        sample: Tensor,
        timestep: Tensor | float,
        encoder_hidden_states: Tensor,
        added_time_ids: Tensor,
        trajectory_maps: Tensor,
        has_trajectory: Tensor,
        camera: Tensor,
        has_camera: Tensor,
        image_only_indicator: Tensor | bool | None = None,
    ) -> Residuals:
        """Return what to add to the UNet that sees the same sample.

        Args:
            sample, timestep, encoder_hidden_states, added_time_ids, image_only_indicator: of `Seen`.
            trajectory_maps, has_trajectory, camera, has_camera: of `Told`.
        """
        seen = Seen(sample, timestep, encoder_hidden_states, added_time_ids, image_only_indicator)
        return self.residuals([seen], [Told(trajectory_maps, has_trajectory, camera, has_camera)])

    def residuals(self, shown: Sequence[Seen], told: Sequence[Told]) -> Residuals:
        """Return what to add to the UNet that is shown the same batches; see `TrajectoryUNet.outputs`."""
        context = join([make_context(self, seen) for seen in shown])
        pictures = pictures_of(shown)
        encoded = encode(self, self.conv_in(pictures) + self._condition(told, pictures.dtype), context)
        return Residuals(*self.tapped(encoded.skips, encoded.middle))

    def tapped(self, skips: tuple[Tensor, ...], middle: Tensor) -> tuple[tuple[Tensor, ...], Tensor]:
        """Return what `Residuals` holds, of what the encoder found."""
        return tuple(tap(skip) for tap, skip in zip(self.taps, skips, strict=True)), self.middle_tap(middle)

    def _condition(self, told: Sequence[Told], kind: torch.dtype) -> Tensor:
        """Return (N,C,h,w) of paths and camera."""
        maps = one_batch([batch.trajectory_maps.flatten(0, 1) for batch in told]).to(kind)
        found = self.condition(maps)
        parts = found.split([batch.trajectory_maps.shape[:2].numel() for batch in told])
        return one_batch([self.joined(part, batch) for part, batch in zip(parts, told, strict=True)])

    def joined(self, condition: Tensor, told: Told) -> Tensor:
        """Join paths (B*T,C,h,w) and camera, or the nulls of those that are not known."""
        condition = condition.unflatten(0, told.trajectory_maps.shape[:2])
        null = self.no_trajectory[:, None, None].expand_as(condition)
        condition = torch.where(told.has_trajectory.reshape(-1, 1, 1, 1, 1), condition, null)
        return self.camera_injection(condition, told.camera, told.has_camera).flatten(0, 1)


def _add_encoder(network: TrajectoryControlNet) -> None:
    """Give a network the encoder of the UNet that its configuration describes, with the UNet's own names."""
    config = network.config
    widths, count = config.block_out_channels, len(config.down_block_types)
    layers, context, depth, heads = (
        _for_each_block(config[name], count)
        for name in ("layers_per_block", "cross_attention_dim", "transformer_layers_per_block", "num_attention_heads")
    )
    time_width = 4 * widths[0]
    network.conv_in = nn.Conv2d(config.in_channels, widths[0], kernel_size=3, padding=1)
    network.time_proj = Timesteps(widths[0], flip_sin_to_cos=True, downscale_freq_shift=0)
    network.time_embedding = TimestepEmbedding(widths[0], time_width)
    network.add_time_proj = Timesteps(config.addition_time_embed_dim, flip_sin_to_cos=True, downscale_freq_shift=0)
    network.add_embedding = TimestepEmbedding(config.projection_class_embeddings_input_dim, time_width)
    network.down_blocks = nn.ModuleList(
        get_down_block(
            kind,
            num_layers=layers[number],
            in_channels=widths[max(number - 1, 0)],
            out_channels=widths[number],
            temb_channels=time_width,
            add_downsample=number < count - 1,
            resnet_eps=1e-5,
            resnet_act_fn="silu",
            transformer_layers_per_block=depth[number],
            cross_attention_dim=context[number],
            num_attention_heads=heads[number],
        )
        for number, kind in enumerate(config.down_block_types)
    )
    network.mid_block = UNetMidBlockSpatioTemporal(
        widths[-1],
        temb_channels=time_width,
        transformer_layers_per_block=depth[-1],
        cross_attention_dim=context[-1],
        num_attention_heads=heads[-1],
    )


def _for_each_block(value: int | Sequence[int], count: int) -> Sequence[int]:
    return [value] * count if isinstance(value, int) else value


def _skip_channels(network: "TrajectoryControlNet") -> list[int]:
    """Channels of the encoder's skips, outermost first."""
    channels = [network.config.block_out_channels[0]]
    for block in network.down_blocks:
        channels += [resnet.spatial_res_block.out_channels for resnet in block.resnets]
        channels += [sampler.out_channels for sampler in block.downsamplers or ()]
    return channels


def _zero_convolution(channels: int) -> nn.Conv2d:
    convolution = nn.Conv2d(channels, channels, kernel_size=1)
    nn.init.zeros_(convolution.weight)
    nn.init.zeros_(convolution.bias)
    return convolution
