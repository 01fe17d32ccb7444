"""SVD's blocks without copies from one memory layout to another: the same computation, to rounding, in fewer passes.

Pictures (B*T,C,H,W) lie with their channels last from the first convolution to the last. Then the tokens of a spatial
transformer (B*T,HW,C), the frames of a temporal convolution (B,C,T,HW) and the sequences of a temporal attention
(B,HW*heads,T,C/heads) are all views of the same memory, and a convolution over time is a 2-D one.
"""

import torch
from diffusers.models.attention import TemporalBasicTransformerBlock
from diffusers.models.attention_processor import Attention
from diffusers.models.resnet import TemporalResnetBlock
from diffusers.models.transformers.transformer_temporal import TransformerTemporalModelOutput
from torch import Tensor, nn
from torch.nn import functional

from model.frames_alone import FrameResBlock, FrameTransformer
from model.one_token import said_of_token


class FastResBlock(FrameResBlock):
    """A residual block in space and one in time."""

    def forward(
        self, hidden_states: Tensor, temb: Tensor | None = None, image_only_indicator: Tensor | None = None
    ) -> Tensor:
        """Return (B*T,C,h,w); with None for the indicator every frame by itself."""
        spatial = self.spatial_res_block(hidden_states, temb)
        if image_only_indicator is None:
            return spatial
        batch, frames = image_only_indicator.shape
        film = spatial.reshape(batch, frames, spatial.shape[1], -1).transpose(1, 2)  # (B,C,T,hw)
        change = _change_over_time(self.temporal_res_block, film, temb.reshape(batch, frames, -1))
        share = 1.0 - self.time_mixer.get_alpha(image_only_indicator, 5)[..., 0].to(change.dtype)  # (B,1,T,1)
        return (film + share * change).transpose(1, 2).reshape(spatial.shape)


def _change_over_time(block: TemporalResnetBlock, film: Tensor, time: Tensor) -> Tensor:
    """Return what a temporal residual block adds to (B,C,T,hw), told the time's embedding (B,T,E)."""
    hidden = _convolved(block.conv1, block.nonlinearity(block.norm1(film)))
    hidden = hidden + block.time_emb_proj(block.nonlinearity(time)).mT[..., None]
    return _convolved(block.conv2, block.nonlinearity(block.norm2(hidden)))


def _convolved(convolution: nn.Conv3d, film: Tensor) -> Tensor:
    """Convolve (B,C,T,hw) over time with the weights (C,C,3,1,1) of a 3-D convolution."""
    return functional.conv2d(film, convolution.weight[..., 0], convolution.bias, padding=(1, 0))


class FastTransformer(FrameTransformer):
    """Blocks of attention in space and in time; the context is one token, which needs `use_one_token_attention`."""

    def forward(
        self,
        hidden_states: Tensor,
        encoder_hidden_states: Tensor | None = None,
        image_only_indicator: Tensor | None = None,
        return_dict: bool = True,
    ) -> TransformerTemporalModelOutput | tuple[Tensor]:
        """Return (B*T,C,h,w); with None for the indicator every frame by itself."""
        if image_only_indicator is None or encoder_hidden_states is None:
            return super().forward(hidden_states, encoder_hidden_states, image_only_indicator, return_dict)
        batch, frames = image_only_indicator.shape
        channels = hidden_states.shape[1]
        tokens = self.proj_in(self.norm(hidden_states).permute(0, 2, 3, 1).flatten(1, 2))  # (B*T,hw,C)
        numbers = torch.arange(frames, device=tokens.device)
        place = self.time_pos_embed(self.time_proj(numbers).to(tokens.dtype))[:, None]  # (T,1,C)
        context = encoder_hidden_states.unflatten(0, (batch, frames))[:, :1]  # (B,1,1,D)
        share = 1.0 - self.time_mixer.get_alpha(image_only_indicator, 3).to(tokens.dtype)  # (B*T,1,1)
        for spatial, temporal in zip(self.transformer_blocks, self.temporal_transformer_blocks, strict=True):
            tokens = self._kept(spatial, tokens, None, encoder_hidden_states)
            film = tokens.unflatten(0, (batch, frames)) + place
            changed = self._kept(attend_in_time, temporal, film, context).flatten(0, 1)
            tokens = tokens + share * (changed - tokens)
        shown = self.proj_out(tokens).unflatten(1, hidden_states.shape[-2:]).movedim(-1, 1)
        output = hidden_states + shown.reshape(-1, channels, *hidden_states.shape[-2:])
        return TransformerTemporalModelOutput(sample=output) if return_dict else (output,)

    def _kept(self, block, *seen: object) -> Tensor:
        """Run a block, keeping no activations where checkpointing says so."""
        if torch.is_grad_enabled() and self.gradient_checkpointing:
            return self._gradient_checkpointing_func(block, *seen)
        return block(*seen)


def attend_in_time(block: TemporalBasicTransformerBlock, film: Tensor, context: Tensor) -> Tensor:
    """Return what a temporal transformer block makes of tokens (B,T,hw,C) and a context (B,1,1,D) of one token."""
    hidden = block.ff_in(block.norm_in(film))
    if block.is_res:
        hidden = hidden + film
    hidden = hidden + _self_attention(block.attn1, block.norm1(hidden))
    hidden = hidden + said_of_token(block.attn2, context)
    shaped = block.ff(block.norm3(hidden))
    return hidden + shaped if block.is_res else shaped


def _self_attention(attention: Attention, film: Tensor) -> Tensor:
    """Attend among the T tokens of each place of (B,T,hw,C)."""
    batch, frames, places, _ = film.shape

    def sequences(projection: nn.Linear) -> Tensor:
        heads = projection(film).unflatten(-1, (attention.heads, -1))
        return heads.flatten(2, 3).transpose(1, 2)  # (B,hw*heads,T,C/heads), without a copy

    said = functional.scaled_dot_product_attention(
        sequences(attention.to_q), sequences(attention.to_k), sequences(attention.to_v), scale=attention.scale
    )
    said = said.transpose(1, 2).reshape(batch, frames, places, -1)
    for layer in attention.to_out:
        said = layer(said)
    return said / attention.rescale_output_factor


_FAST = {FrameResBlock: FastResBlock, FrameTransformer: FastTransformer}


def use_fast_layout(network: nn.Module) -> None:
    """Give the blocks of an SVD network the classes above and lay its convolutions out with the channels last.

    Weights, their names and their values stay. The network's pictures must come with the channels last.
    """
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            module.to(memory_format=torch.channels_last)
        elif isinstance(module, nn.Conv3d):
            module.to(memory_format=torch.channels_last_3d)
        elif type(module) in _FAST:
            module.__class__ = _FAST[type(module)]
