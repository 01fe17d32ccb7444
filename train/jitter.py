"""Colours of videos changed at random: brightness, contrast and saturation, alike in all frames of a sample."""

import torch
from torch import Tensor

from dataset_tools.chroma import KB, KG, KR
from model.edm import spread


def jittered(video: Tensor, factors: Tensor) -> Tensor:
    """Return videos (B,T,3,H,W) in 0..255 float32 with other colours; factors of 1 change nothing.

    Args:
        video: (B,T,3,H,W) in 0..255.
        factors: (B,3), of brightness, of the distance from the sample's mean grey, and from each pixel's grey.
    """
    brightness, contrast, saturation = (spread(column, 5) for column in factors.to(video.device).T)
    bright = video.float() * brightness
    weights = torch.tensor([KR, KG, KB], device=video.device).reshape(3, 1, 1)
    grey = (bright * weights).sum(dim=2, keepdim=True)
    mean = grey.mean(dim=(1, 3, 4), keepdim=True)
    coloured = grey + saturation * (bright - grey)
    return (mean + contrast * (coloured - mean)).clamp(0.0, 255.0)
