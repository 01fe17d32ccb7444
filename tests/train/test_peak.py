from dataclasses import replace

import pytest
import torch
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from model.fresh import fresh_pipeline
from tests.train.batches import batch_of
from train.encoders import Encoders
from train.peak import clip_flops, peak_flops
from train.recipes import RECIPES
from train.stages.autoencoding import VaeStage
from train.stages.diffusion import DiffusionStage
from train.stages.ready import Preparation

FRAMES = 3


@pytest.mark.parametrize("name", ["plain", "backbone", "vae"])
def test_what_a_clip_takes_is_counted_without_weights_as_with_them(small, name) -> None:
    recipe = RECIPES[name]()
    recipe = replace(recipe, cut=replace(recipe.cut, frames=FRAMES, mirror=0.0))
    pipeline = fresh_pipeline("tiny", seed=0)
    batch = batch_of(small, 1, frames=FRAMES)
    stage = _stage(recipe, pipeline)
    ready = stage.prepare(batch)
    with sdpa_kernel(SDPBackend.MATH), FlopCounterMode(display=False) as counter:  # others are not counted on a CPU
        stage(ready).total.sum().backward()
    assert clip_flops(recipe, pipeline, (batch.height, batch.width)) == counter.get_total_flops()


def _stage(recipe, pipeline) -> torch.nn.Module:
    if recipe.learns == "vae":
        return VaeStage(pipeline.vae)
    control = pipeline.controlnet if recipe.learns == "control" else None
    preparation = Preparation(recipe, Encoders.of(pipeline), pipeline.unet.config.cross_attention_dim)
    return DiffusionStage(pipeline.unet, control, preparation)


def test_a_cpu_has_no_peak() -> None:
    assert peak_flops(torch.device("cpu")) is None


@pytest.mark.parametrize(
    ("name", "peak"), [("NVIDIA H100 80GB HBM3", 989e12), ("NVIDIA H100 PCIe", 756e12), ("NVIDIA T4", None)]
)
def test_a_gpu_is_known_by_its_name(monkeypatch, name, peak) -> None:
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda device: name)
    assert peak_flops(torch.device("cuda", 0)) == peak
