"""Models from folders or the hub."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from diffusers import AutoencoderKLTemporalDecoder, EulerDiscreteScheduler
from transformers import CLIPImageProcessor, CLIPVisionModelWithProjection

from model.condition_kinds import ConditionKinds
from model.controlnet import TrajectoryControlNet
from model.errors import ModelError
from model.one_token import use_one_token_attention
from model.pipeline import TrajectoryVideoPipeline
from model.read_part import read_part, reading
from model.unet import TrajectoryUNet

INDEX = "model_index.json"
SHARED = ("in_channels", "block_out_channels", "layers_per_block", "cross_attention_dim")
"""Settings in which a ControlNet is like its UNet: what both see, and the sizes of the skips."""


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
        controlnet: a ControlNet's folder, or one of a pipeline that has one.
        kinds: in which form a fresh ControlNet is told its conditions.

    Raises:
        ModelError: nothing of the kind lies there, weights are missing, or the ControlNet does not fit the UNet.
    """
    place = os.fspath(checkpoint)
    if Path(place).exists() and not Path(place, INDEX).is_file():
        raise ModelError(f"{place} has no {INDEX}; give a folder that save_pretrained wrote, or a name on the hub")
    with reading("a model", place):
        index = _index(place)
        unet = read_part(TrajectoryUNet, place, "unet", dtype)
        control = _controlnet(place, index, controlnet, unet, dtype, kinds or ConditionKinds())
        encoder, extractor = _image_encoder(place, index, dtype)
        vae = read_part(AutoencoderKLTemporalDecoder, place, "vae", dtype)
        scheduler = EulerDiscreteScheduler.from_pretrained(place, subfolder="scheduler")
    pipeline = TrajectoryVideoPipeline(vae, encoder, unet, scheduler, extractor, control)
    for network in (unet, control):
        use_one_token_attention(network)
    return pipeline


def _index(place: str) -> Mapping[str, Any]:
    """Return what a pipeline says of its parts."""
    index = TrajectoryVideoPipeline.load_config(place)
    if not isinstance(index, Mapping):
        raise ModelError(f"the {INDEX} of {place} is a {type(index).__name__}; it should be a table of parts")
    return index


def _has(index: Mapping[str, Any], part: str) -> bool:
    """Whether a pipeline has a part; one that it may lack is told as [null, null]."""
    named = index.get(part)
    return isinstance(named, list) and any(named)


def _controlnet(
    place: str,
    index: Mapping[str, Any],
    named: str | os.PathLike | None,
    unet: TrajectoryUNet,
    dtype: torch.dtype,
    kinds: ConditionKinds,
) -> TrajectoryControlNet:
    if named is None:
        if not _has(index, "controlnet"):
            return TrajectoryControlNet.from_unet(unet, **asdict(kinds))
        return _fitting(place, "controlnet", unet, place, dtype)
    named = os.fspath(named)
    with reading("a ControlNet", named):
        in_pipeline = Path(named, INDEX).is_file()
        if in_pipeline and not _has(_index(named), "controlnet"):
            raise ModelError(f"the pipeline in {named} has no ControlNet; name one that posetraj train made")
        return _fitting(named, "controlnet" if in_pipeline else "", unet, place, dtype)


def _fitting(
    place: str, subfolder: str, unet: TrajectoryUNet, beside: str, dtype: torch.dtype
) -> TrajectoryControlNet:
    """Return a ControlNet. Raises ModelError, before weights are read, for one that is not made for the UNet."""
    config = TrajectoryControlNet.load_config(place, subfolder=subfolder)
    kind = config.get("_class_name") if isinstance(config, Mapping) else None
    if kind != "TrajectoryControlNet":
        raise ModelError(f"{place} holds a {kind}; a TrajectoryControlNet is needed, as posetraj train writes it")
    for name in SHARED:
        found, wanted = _plain(config.get(name)), _plain(unet.config[name])
        if found != wanted:
            raise ModelError(
                f"the ControlNet in {place} does not fit the UNet in {beside}: its {name} is {found}, the UNet's is "
                f"{wanted}; name one that was trained beside this UNet"
            )
    return read_part(TrajectoryControlNet, place, subfolder, dtype)


def _plain(setting: Any) -> Any:
    """A setting as it compares: a list is as good as a tuple."""
    return tuple(setting) if isinstance(setting, Sequence) and not isinstance(setting, str) else setting


def _image_encoder(
    place: str, index: Mapping[str, Any], dtype: torch.dtype
) -> tuple[CLIPVisionModelWithProjection | None, CLIPImageProcessor | None]:
    if not _has(index, "image_encoder"):
        return None, None
    encoder = read_part(CLIPVisionModelWithProjection, place, "image_encoder", dtype)
    return encoder, CLIPImageProcessor.from_pretrained(place, subfolder="feature_extractor")
