"""SVD's blocks of attention in space and in time for tokens that lie one after the other; the context is one token.

The same computation as diffusers' blocks, to rounding. Attention takes the kernels that were the fastest on an H100: in
space cuDNN's, in time our own, where sequences are many and shorter than a tile of the usual ones. What our kernels
read side by side comes from one product, and one takes its gradient; cuDNN's gradients of queries, keys and values
would have to be joined first, so those products are apart. Biases are added apart too, since products with a bias took
slower kernels and what follows can add it in passing.
"""

from collections.abc import Sequence

import torch
from diffusers.models.attention import BasicTransformerBlock, FeedForward, TemporalBasicTransformerBlock
from diffusers.models.attention_processor import Attention
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.attention import SDPBackend, sdpa_kernel

from model.fast import kernels
from model.fast.kernels.attention_in_time import attention_in_time
from model.fast.kernels.gated import gated
from model.one_token import said_of_token

IN_SPACE = [
    SDPBackend.CUDNN_ATTENTION,
    SDPBackend.FLASH_ATTENTION,
    SDPBackend.EFFICIENT_ATTENTION,
    SDPBackend.MATH,
]
"""Kernels, of which the first is taken that can be."""


def attend_in_space(block: BasicTransformerBlock, tokens: Tensor, context: Tensor) -> Tensor:
    """Return what a block makes of the tokens of pictures (N,hw,C) and a context (N,1,D)."""
    tokens = tokens + _among_places(block.attn1, block.norm1(tokens))
    tokens = tokens + said_of_token(block.attn2, context)
    return tokens + _gated(block.ff, block.norm3(tokens))


def attend_in_time(block: TemporalBasicTransformerBlock, film: Tensor, context: Tensor) -> Tensor:
    """Return what a block makes of the tokens of videos (B,T,hw,C) and a context (B,1,1,D)."""
    hidden = _gated(block.ff_in, block.norm_in(film))
    if block.is_res:
        hidden = hidden + film
    hidden = hidden + _among_frames(block.attn1, block.norm1(hidden))
    hidden = hidden + said_of_token(block.attn2, context)
    shaped = _gated(block.ff, block.norm3(hidden))
    return hidden + shaped if block.is_res else shaped


def _among_places(attention: Attention, tokens: Tensor) -> Tensor:
    """Attend among the hw tokens of each picture of (N,hw,C)."""

    def heads(projection: nn.Linear) -> Tensor:
        return linear(projection, tokens).unflatten(-1, (attention.heads, -1)).transpose(1, 2)  # (N,heads,hw,C/heads)

    with sdpa_kernel(IN_SPACE, set_priority=True):
        said = functional.scaled_dot_product_attention(
            heads(attention.to_q), heads(attention.to_k), heads(attention.to_v), scale=attention.scale
        )
    return _out(attention, said.transpose(1, 2).flatten(2))


def _among_frames(attention: Attention, film: Tensor) -> Tensor:
    """Attend among the T tokens of each place of (B,T,hw,C)."""
    seen = _joined((attention.to_q, attention.to_k, attention.to_v), film)
    if kernels.takes(seen) and film.shape[1] <= kernels.MOST_FRAMES:
        return _out(attention, attention_in_time(seen, attention.heads, attention.scale))

    def sequences(tokens: Tensor) -> Tensor:
        return tokens.unflatten(-1, (attention.heads, -1)).flatten(2, 3).transpose(1, 2)  # (B,hw*heads,T,C/heads)

    query, key, value = (sequences(tokens) for tokens in seen.chunk(3, dim=-1))
    shares = functional.softmax((attention.scale * query) @ key.mT, dim=-1)
    return _out(attention, (shares.to(value.dtype) @ value).transpose(1, 2).reshape(film.shape[:3] + (-1,)))


def _joined(layers: Sequence[nn.Linear], tokens: Tensor) -> Tensor:
    """Return what linear layers make of (...,C), one after the other. Raises ValueError for layers with biases."""
    if any(layer.bias is not None for layer in layers):
        raise ValueError("queries, keys and values of SVD have no biases")
    return functional.linear(tokens, torch.cat([layer.weight for layer in layers]))


def linear(layer: nn.Linear, tokens: Tensor) -> Tensor:
    """Return what a linear layer makes of (...,C)."""
    said = functional.linear(tokens, layer.weight)
    return said if layer.bias is None else said + layer.bias.to(said.dtype)


def _out(attention: Attention, said: Tensor) -> Tensor:
    projection, dropout = attention.to_out
    said = dropout(linear(projection, said))
    return said if attention.rescale_output_factor == 1.0 else said / attention.rescale_output_factor


def _gated(layer: FeedForward, tokens: Tensor) -> Tensor:
    """Return what a feed-forward layer with GELU-gated units (Shazeer 2020, "GLU Variants") makes of (...,C)."""
    units, dropout, projection = layer.net
    halves, biases = functional.linear(tokens, units.proj.weight), units.proj.bias
    if kernels.takes(halves):
        return linear(projection, dropout(gated(halves, biases)))
    plain, gate = (halves + biases.to(halves.dtype)).chunk(2, dim=-1)
    return linear(projection, dropout(plain * functional.gelu(gate)))
