"""Models from folders or the hub."""

import os
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from diffusers import AutoencoderKLTemporalDecoder, EulerDiscreteScheduler
from transformers import CLIPImageProcessor, CLIPVisionModelWithProjection

from dataset_tools.errors import PoseTrajError
from model.condition_kinds import ConditionKinds
from model.controlnet import TrajectoryControlNet
from model.one_token import use_one_token_attention
from model.pipeline import TrajectoryVideoPipeline
from model.unet import TrajectoryUNet

INDEX = "model_index.json"


def load_pipeline(
    checkpoint: str | os.PathLike,
    controlnet: str | os.PathLike | None = None,
    dtype: torch.dtype = torch.float32,
    kinds: ConditionKinds | None = None,
) -> TrajectoryVideoPipeline:
    """Read a pipeline: one that this package wrote, or plain Stable Video Diffusion.

    Plain SVD gets the ControlNet from `controlnet`, or, without one, a fresh one that changes nothing.

    Args:
        checkpoint: a folder in diffusers' layout, or the name of one on the hub, such as
            "stabilityai/stable-video-diffusion-img2vid".
        kinds: in which form a fresh ControlNet is told its conditions.

    Raises:
        PoseTrajError: nothing of the kind lies there.
    """
    place = os.fspath(checkpoint)
    if Path(place).exists() and not Path(place, INDEX).is_file():
        raise PoseTrajError(f"{place} has no {INDEX}; give a folder that save_pretrained wrote, or a name on the hub")
    try:
        index = TrajectoryVideoPipeline.load_config(place)
        unet = TrajectoryUNet.from_pretrained(place, subfolder="unet", dtype=dtype)
        control = _controlnet(place, index, controlnet, unet, dtype, kinds or ConditionKinds())
        encoder, extractor = _image_encoder(place, index, dtype)
        vae = AutoencoderKLTemporalDecoder.from_pretrained(place, subfolder="vae", dtype=dtype)
        scheduler = EulerDiscreteScheduler.from_pretrained(place, subfolder="scheduler")
    except (OSError, ValueError) as error:
        raise PoseTrajError(f"cannot read a model from {place}: {str(error).splitlines()[0]}") from error
    pipeline = TrajectoryVideoPipeline(vae, encoder, unet, scheduler, extractor, control)
    for network in (unet, control):
        use_one_token_attention(network)
    return pipeline


def _controlnet(
    place: str,
    index: Mapping[str, Any],
    named: str | os.PathLike | None,
    unet: TrajectoryUNet,
    dtype: torch.dtype,
    kinds: ConditionKinds,
) -> TrajectoryControlNet:
    if named is not None:
        return TrajectoryControlNet.from_pretrained(os.fspath(named), dtype=dtype)
    if "controlnet" in index:
        return TrajectoryControlNet.from_pretrained(place, subfolder="controlnet", dtype=dtype)
    return TrajectoryControlNet.from_unet(unet, **asdict(kinds))


def _image_encoder(
    place: str, index: Mapping[str, Any], dtype: torch.dtype
) -> tuple[CLIPVisionModelWithProjection | None, CLIPImageProcessor | None]:
    if not any(index.get("image_encoder") or ()):
        return None, None
    encoder = CLIPVisionModelWithProjection.from_pretrained(place, subfolder="image_encoder", dtype=dtype)
    return encoder, CLIPImageProcessor.from_pretrained(place, subfolder="feature_extractor")
