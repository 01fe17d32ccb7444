"""Tiny networks and inputs for tests: SVD's architecture in small, with random weights."""

import torch

from model.unet import TrajectoryUNet

CONFIG = {
    "sample_size": 16,
    "in_channels": 8,
    "out_channels": 4,
    "down_block_types": ("CrossAttnDownBlockSpatioTemporal", "DownBlockSpatioTemporal"),
    "up_block_types": ("UpBlockSpatioTemporal", "CrossAttnUpBlockSpatioTemporal"),
    "block_out_channels": (32, 64),
    "addition_time_embed_dim": 16,
    "projection_class_embeddings_input_dim": 48,
    "layers_per_block": 1,
    "cross_attention_dim": 24,
    "num_attention_heads": (2, 4),
    "num_frames": 3,
}
FRAMES = 3


def unet(seed: int = 0, **changes) -> TrajectoryUNet:
    torch.manual_seed(seed)
    network = TrajectoryUNet(**{**CONFIG, **changes})
    with torch.no_grad():  # the mixing of space and time, which begins the same everywhere
        for name, parameter in network.named_parameters():
            if name.endswith("mix_factor"):
                parameter.uniform_(-1, 1)
    return network.eval()


def inputs(batch: int = 2, size: tuple[int, int] = (8, 12), seed: int = 1) -> dict[str, torch.Tensor]:
    """What both networks see."""
    generator = torch.Generator().manual_seed(seed)
    return {
        "sample": torch.randn(batch, FRAMES, 8, *size, generator=generator),
        "timestep": torch.randn(batch, generator=generator),
        "encoder_hidden_states": torch.randn(batch, 1, 24, generator=generator),
        "added_time_ids": torch.tensor([[7.0, 127.0, 0.02]]).repeat(batch, 1),
    }


def conditions(batch: int = 2, size: tuple[int, int] = (8, 12), seed: int = 2) -> dict[str, torch.Tensor]:
    """What the ControlNet sees beside."""
    generator = torch.Generator().manual_seed(seed)
    return {
        "trajectory_maps": torch.rand(batch, FRAMES, 3, 8 * size[0], 8 * size[1], generator=generator),
        "has_trajectory": torch.ones(batch, dtype=torch.bool),
        "camera": torch.randn(batch, FRAMES, 12, generator=generator),
        "has_camera": torch.ones(batch, dtype=torch.bool),
    }


def trained(network: torch.nn.Module, seed: int = 5) -> torch.nn.Module:
    """Move every weight a little, so that nothing is zero any more."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(0.05 * torch.randn(parameter.shape, generator=generator))
    return network
