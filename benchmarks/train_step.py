"""Clips per second of a training step, against a step as the PoseTraj authors take it, with and without its latents.

The step under test is the recipe's own: both losses, the real loader over a cache of latents, accelerate, clipping, the
moving average. Networks have random weights. Prints what took how long and, in the end, one line of JSON.

    python benchmarks/train_step.py                  # the full size of Stable Video Diffusion, on a GPU
    python benchmarks/train_step.py --quick          # tiny, on two cores, under five minutes
"""

import json
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from typing import Literal

import torch
import tyro
from accelerate import Accelerator
from authors_step import AuthorsStep
from made_clips import HEIGHT, WIDTH, write_made
from torch import nn
from torch.profiler import ProfilerActivity, profile
from transformers import CLIPImageProcessor, CLIPVisionConfig, CLIPVisionModelWithProjection

from dataset_tools.reader import Dataset
from model.compiled import compile_blocks
from model.estimate import estimate
from model.fast_layout import use_fast_layout
from model.fresh import fresh_pipeline
from model.one_token import OneTokenProcessor
from model.pipeline import TrajectoryVideoPipeline
from model.presets import PRESETS

PEAK_FLOPS = {"H100": 989e12, "H200": 989e12, "A100": 312e12}
"""Dense bf16 operations per second by the datasheets."""
SVD_CLIP = CLIPVisionConfig(
    hidden_size=1280,
    intermediate_size=5120,
    num_hidden_layers=32,
    num_attention_heads=16,
    projection_dim=1024,
    image_size=224,
    patch_size=14,
    hidden_act="gelu",
)
CLIPS = 8


@dataclass(frozen=True)
class Arguments:
    """What is measured."""

    quick: bool = False
    """`tiny` on small clips, few steps: a look at whether all runs."""
    batch: int = 4
    """Clips at once in the step under test; the authors' step takes one."""
    steps: int = 60
    """Steps of which the median is taken."""
    reference_steps: int = 10
    """Steps of each kind of the authors'."""
    compile: bool = True
    """Compile the networks' blocks, on a GPU."""
    profile: Path | None = None
    """File for where the time of a step goes, by kind of kernel."""
    parts: tuple[Literal["ours", "authors"], ...] = ("authors", "ours")
    """What is run."""


@dataclass(frozen=True)
class Bench:
    """The machine and the material."""

    arguments: Arguments
    accelerator: Accelerator
    dataset: Dataset
    frames: int
    size: tuple[int, int]
    scratch: Path
