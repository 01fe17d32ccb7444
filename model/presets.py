"""Sizes of the model: `tiny` for tests, `small` to train from nothing on one GPU, `svd` the real architecture."""

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from diffusers import AutoencoderKLTemporalDecoder, EulerDiscreteScheduler
from transformers import CLIPVisionConfig, CLIPVisionModelWithProjection

from model.condition_kinds import ConditionKinds
from model.controlnet import TrajectoryControlNet
from model.unet import TrajectoryUNet

PresetName = Literal["tiny", "small", "svd"]


@dataclass(frozen=True)
class Preset:
    """Configurations in diffusers' words. What is not named is SVD's; `image_encoder` is None for models without."""

    unet: dict[str, Any] = field(default_factory=dict)
    vae: dict[str, Any] = field(default_factory=dict)
    control: dict[str, Any] = field(default_factory=dict)
    image_encoder: dict[str, Any] | None = None

    def make_unet(self) -> TrajectoryUNet:
        """Return the backbone with random weights."""
        return TrajectoryUNet(**self.unet)

    def make_controlnet(self, unet: TrajectoryUNet, kinds: ConditionKinds | None = None) -> TrajectoryControlNet:
        """Return a ControlNet that copies the backbone's encoder and is told its conditions as `kinds` says."""
        return TrajectoryControlNet.from_unet(unet, **self.control, **asdict(kinds or ConditionKinds()))

    def make_vae(self) -> AutoencoderKLTemporalDecoder:
        """Return the temporal VAE with random weights."""
        return AutoencoderKLTemporalDecoder(**self.vae)

    def make_image_encoder(self) -> CLIPVisionModelWithProjection | None:
        """Return CLIP's image encoder with random weights, None where the model has none."""
        if self.image_encoder is None:
            return None
        return CLIPVisionModelWithProjection(CLIPVisionConfig(**self.image_encoder))


_SMALL_BLOCKS = {
    "down_block_types": (
        "CrossAttnDownBlockSpatioTemporal",
        "CrossAttnDownBlockSpatioTemporal",
        "DownBlockSpatioTemporal",
    ),
    "up_block_types": ("UpBlockSpatioTemporal", "CrossAttnUpBlockSpatioTemporal", "CrossAttnUpBlockSpatioTemporal"),
}
_FOUR_LEVELS = ("DownEncoderBlock2D",) * 4

PRESETS: dict[PresetName, Preset] = {
    "tiny": Preset(
        unet={
            "down_block_types": ("CrossAttnDownBlockSpatioTemporal", "DownBlockSpatioTemporal"),
            "up_block_types": ("UpBlockSpatioTemporal", "CrossAttnUpBlockSpatioTemporal"),
            "block_out_channels": (32, 64),
            "addition_time_embed_dim": 32,
            "projection_class_embeddings_input_dim": 96,
            "layers_per_block": 1,
            "cross_attention_dim": 32,
            "num_attention_heads": (2, 4),
            "num_frames": 4,
            "sample_size": 16,
        },
        vae={"block_out_channels": (32, 32, 32, 32), "down_block_types": _FOUR_LEVELS, "layers_per_block": 1},
        control={"conditioning_embedding_channels": (8, 16, 16, 32)},
    ),
    "small": Preset(
        unet=_SMALL_BLOCKS
        | {
            "block_out_channels": (64, 96, 128),
            "addition_time_embed_dim": 64,
            "projection_class_embeddings_input_dim": 192,
            "layers_per_block": 2,
            "in_channels": 16,
            "out_channels": 8,
            "cross_attention_dim": 64,
            "num_attention_heads": (2, 3, 4),
            "num_frames": 14,
            "sample_size": 32,
        },
        vae={
            "block_out_channels": (32, 64, 96, 96),
            "down_block_types": _FOUR_LEVELS,
            "layers_per_block": 1,
            "latent_channels": 8,
        },
        control={"conditioning_embedding_channels": (16, 32, 48, 64)},
    ),
    "svd": Preset(
        vae={
            "block_out_channels": (128, 256, 512, 512),
            "down_block_types": _FOUR_LEVELS,
            "layers_per_block": 2,
            "latent_channels": 4,
            "sample_size": 768,
        },
        image_encoder={
            "hidden_act": "gelu",
            "hidden_size": 1280,
            "intermediate_size": 5120,
            "num_attention_heads": 16,
            "num_hidden_layers": 32,
            "patch_size": 14,
            "projection_dim": 1024,
        },
    ),
}


def make_scheduler() -> EulerDiscreteScheduler:
    """Return SVD's sampler: Euler steps on the sigmas of Karras et al. 2022, equation 5, from 700 to 0.002."""
    return EulerDiscreteScheduler(
        num_train_timesteps=1000,
        beta_start=0.00085,
        beta_end=0.012,
        beta_schedule="scaled_linear",
        prediction_type="v_prediction",
        interpolation_type="linear",
        use_karras_sigmas=True,
        sigma_min=0.002,
        sigma_max=700.0,
        timestep_spacing="leading",
        timestep_type="continuous",
        steps_offset=1,
    )
