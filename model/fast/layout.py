"""SVD's blocks without copies from one memory layout to another: the same computation, to rounding, in fewer passes.

Pictures (N,C,H,W) lie with their channels last from the first convolution to the last. Then the tokens of a spatial
transformer (N,HW,C), the frames of a temporal convolution (B,C,T,HW) and the sequences of a temporal attention
(B,HW*heads,T,C/heads) are all views of the same memory, and a convolution over time is a 2-D one. Gradients lie so
too: pictures are split and joined as tokens, whose slices' gradients torch would else lay out with channels first.
The activation is SiLU, as in all of SVD's networks.
"""

from collections.abc import Callable

import torch
from diffusers.models.controlnets.controlnet import ControlNetConditioningEmbedding
from diffusers.models.resnet import ResnetBlock2D, TemporalResnetBlock
from diffusers.models.transformers.transformer_temporal import TransformerTemporalModelOutput
from diffusers.models.unets.unet_3d_blocks import CrossAttnUpBlockSpatioTemporal, UpBlockSpatioTemporal
from diffusers.models.upsampling import Upsample2D
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.checkpoint import checkpoint

from model.fast.attention import attend_in_space, attend_in_time, linear
from model.fast.decoder import FastCrossUpBlock, FastUpBlock, FastUpsample
from model.fast.map_encoder import FastConditionEmbedding
from model.fast.norm import group_normed
from model.frames_alone import FrameResBlock, FrameTransformer


class FastResBlock(FrameResBlock):
    """A residual block in space and one in time."""

    def forward(
        self,
        hidden_states: Tensor,
        temb: Tensor | None = None,
        image_only_indicator: Tensor | None = None,
        skip: Tensor | None = None,
    ) -> Tensor:
        """Return (N,C,h,w) for N pictures, whose channels those of `skip` follow; see `FrameResBlock`."""
        spatial = _changed_in_space(self.spatial_res_block, hidden_states, temb, skip)
        if image_only_indicator is None:
            return spatial
        batch, frames = image_only_indicator.shape
        places = spatial.permute(0, 2, 3, 1)
        films, alone = _apart(places.flatten(1, 2), batch * frames)
        film = films.unflatten(0, (batch, frames))  # (B,T,hw,C)
        time = temb[: batch * frames].unflatten(0, (batch, frames))
        change = _change_in_time(self.temporal_res_block, film.permute(0, 3, 1, 2), time).permute(0, 2, 3, 1)
        share = 1.0 - self.time_mixer.get_alpha(image_only_indicator, 5)[:, 0].to(change.dtype)  # (B,T,1,1)
        told = _together((film + share * change).flatten(0, 1), alone)
        return told.unflatten(1, places.shape[1:3]).permute(0, 3, 1, 2)


def _changed_in_space(block: ResnetBlock2D, pictures: Tensor, time: Tensor, skip: Tensor | None) -> Tensor:
    """Return what a residual block makes of pictures (N,C,h,w), told the time's embedding (N,E).

    Pictures and skip are never joined: their norm reads both, and so does the shortcut.
    """
    shift = block.time_emb_proj(functional.silu(time))[:, None]
    hidden = _convolved(block.conv1, _activated(block.norm1, pictures, more=skip))
    hidden = block.conv2(_activated(block.norm2, hidden, _with_bias(shift, block.conv1)))
    whole = _shortcut(block, pictures, skip) + hidden
    return whole if block.output_scale_factor == 1.0 else whole / block.output_scale_factor


def _shortcut(block: ResnetBlock2D, pictures: Tensor, skip: Tensor | None) -> Tensor:
    """Return the shortcut of pictures (N,C,h,w), and of a skip's channels, which follow; with a skip it has weights."""
    if block.conv_shortcut is None:
        return pictures
    weight = block.conv_shortcut.weight.flatten(1)  # (O,C)
    seen = [pictures] if skip is None else [pictures, skip]
    parts = weight.split([part.shape[1] for part in seen], dim=1)
    said = [functional.linear(part.permute(0, 2, 3, 1), own) for part, own in zip(seen, parts, strict=True)]
    return (sum(said) + block.conv_shortcut.bias.to(said[0].dtype)).permute(0, 3, 1, 2)


def _change_in_time(block: TemporalResnetBlock, film: Tensor, time: Tensor) -> Tensor:
    """Return what a temporal residual block adds to (B,C,T,hw), told the time's embedding (B,T,E)."""
    shift = block.time_emb_proj(functional.silu(time))
    hidden = _convolved(block.conv1, _activated(block.norm1, film))
    hidden = _activated(block.norm2, hidden, _with_bias(shift, block.conv1))
    return _convolved(block.conv2, hidden) + block.conv2.bias.to(hidden.dtype)[:, None, None]


def _convolved(convolution: nn.Conv2d | nn.Conv3d, pictures: Tensor) -> Tensor:
    """Convolve (N,C,h,w) in space, or (B,C,T,hw) over time with the weights (C,C,3,1,1) of a 3-D convolution.

    Without the bias, which what follows adds in passing.
    """
    if isinstance(convolution, nn.Conv3d):
        return functional.conv2d(pictures, convolution.weight[..., 0], padding=(1, 0))
    return functional.conv2d(pictures, convolution.weight, padding=convolution.padding)


def _with_bias(shift: Tensor, convolution: nn.Conv2d | nn.Conv3d) -> Tensor:
    """Add a convolution's bias to what is added to its result (N,S,C), in the longer type of both."""
    return shift.to(torch.promote_types(shift.dtype, convolution.bias.dtype)) + convolution.bias


def _activated(norm: nn.GroupNorm, pictures: Tensor, shift: Tensor | None = None, more: Tensor | None = None) -> Tensor:
    """Normalise and activate (N,C,H,W) that lies with its channels last, as it goes on to lie; see `group_normed`."""
    places = pictures.permute(0, 2, 3, 1)
    following = None if more is None else more.permute(0, 2, 3, 1).flatten(1, 2)
    made = group_normed(norm, places.flatten(1, 2), shift, activated=True, more=following)
    return made.unflatten(1, places.shape[1:3]).permute(0, 3, 1, 2)


class FastTransformer(FrameTransformer):
    """Blocks of attention in space and in time; the context is one token, which needs `use_one_token_attention`."""

    def forward(
        self,
        hidden_states: Tensor,
        encoder_hidden_states: Tensor | None = None,
        image_only_indicator: Tensor | None = None,
        return_dict: bool = True,
    ) -> TransformerTemporalModelOutput | tuple[Tensor]:
        """Return (N,C,h,w) for N pictures; see `FrameTransformer`."""
        places = hidden_states.permute(0, 2, 3, 1)
        tokens = linear(self.proj_in, group_normed(self.norm, places.flatten(1, 2)))  # (N,hw,C)
        for spatial, temporal in zip(self.transformer_blocks, self.temporal_transformer_blocks, strict=True):
            tokens = self._kept(attend_in_space, spatial, tokens, encoder_hidden_states)
            if image_only_indicator is not None:
                tokens = self._mixed(temporal, tokens, encoder_hidden_states, image_only_indicator)
        output = hidden_states + linear(self.proj_out, tokens).unflatten(1, places.shape[1:3]).permute(0, 3, 1, 2)
        return TransformerTemporalModelOutput(sample=output) if return_dict else (output,)

    def _mixed(self, block: nn.Module, tokens: Tensor, context: Tensor, images_only: Tensor) -> Tensor:
        """Mix tokens (N,hw,C) with what a block in time makes of those that are frames of videos."""
        batch, frames = images_only.shape
        numbers = torch.arange(frames, device=tokens.device)
        place = self.time_pos_embed(self.time_proj(numbers).to(tokens.dtype))[:, None]  # (T,1,C)
        share = 1.0 - self.time_mixer.get_alpha(images_only, 3).to(tokens.dtype)  # (B*T,1,1)
        films, alone = _apart(tokens, batch * frames)
        context_in_time = context[: batch * frames].unflatten(0, (batch, frames))[:, :1]  # (B,1,1,D)
        placed = films.unflatten(0, (batch, frames)) + place
        changed = self._kept(attend_in_time, block, placed, context_in_time).flatten(0, 1)
        mixed = films + share * (changed - films)
        return _together(mixed, alone)

    def _kept(self, attend: Callable[..., Tensor], *seen: object) -> Tensor:
        """Run a block, keeping no activations where checkpointing says so."""
        if torch.is_grad_enabled() and self.gradient_checkpointing:
            return checkpoint(attend, *seen, use_reentrant=False)
        return attend(*seen)


def _apart(tokens: Tensor, films: int) -> tuple[Tensor, Tensor]:
    """Return the first rows of (N,hw,C), frames of videos, and the others."""
    return tokens.split([films, len(tokens) - films])


def _together(films: Tensor, alone: Tensor) -> Tensor:
    """Undo `_apart`."""
    return torch.cat([films, alone]) if len(alone) else films


_FAST = {
    FrameResBlock: FastResBlock,
    FrameTransformer: FastTransformer,
    UpBlockSpatioTemporal: FastUpBlock,
    CrossAttnUpBlockSpatioTemporal: FastCrossUpBlock,
    Upsample2D: FastUpsample,
    ControlNetConditioningEmbedding: FastConditionEmbedding,
}


def use_fast_layout(network: nn.Module) -> None:
    """Give the blocks of an SVD network the classes above and lay its convolutions out with the channels last.

    Weights, their names and their values stay. 1x1 convolutions lie so already, with the strides that their gradients
    have and DistributedDataParallel wants. The network's pictures must come with the channels last.
    """
    for module in network.modules():
        if isinstance(module, nn.Conv2d) and module.kernel_size != (1, 1):
            module.to(memory_format=torch.channels_last)
        elif isinstance(module, nn.Conv3d):
            module.to(memory_format=torch.channels_last_3d)
        elif type(module) in _FAST:
            module.__class__ = _FAST[type(module)]
