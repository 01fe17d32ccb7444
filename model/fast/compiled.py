"""Blocks of an SVD network compiled each by itself: few programs for many blocks, and no single one of great size."""

import torch
from diffusers.models.controlnets.controlnet import ControlNetConditioningEmbedding
from diffusers.models.downsampling import Downsample2D
from diffusers.models.upsampling import Upsample2D
from torch import nn

from model.fast.layout import FastResBlock, FastTransformer

COMPILED = (FastResBlock, FastTransformer, Downsample2D, Upsample2D, ControlNetConditioningEmbedding)
MOST_PROGRAMS = 512
"""Programs that may be made of one kind of block: sizes, with and without gradients, frames alone or not."""


def compile_blocks(network: nn.Module) -> int:
    """Have the blocks of a network in the fast layout, and what lies between them, compiled when they first run.

    `compiled_methods` of the network names the latter. Returns how many blocks there are. Those of the same kind and
    sizes share a program. The first steps take minutes.
    """
    torch._dynamo.config.recompile_limit = max(torch._dynamo.config.recompile_limit, MOST_PROGRAMS)
    torch._dynamo.config.accumulated_recompile_limit = max(
        torch._dynamo.config.accumulated_recompile_limit, 4 * MOST_PROGRAMS
    )
    torch._dynamo.config.optimize_ddp = False  # it would cut blocks where gradients are sent, and these are small
    blocks = [module for module in network.modules() if isinstance(module, COMPILED)]
    for block in blocks:
        block.compile(dynamic=False)
    for name in network.compiled_methods:
        setattr(network, name, torch.compile(getattr(network, name), dynamic=False))
    return len(blocks)
