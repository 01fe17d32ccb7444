"""The encoder of the ControlNet's maps, whose first convolutions have too few channels for a GPU's matrix units.

They are computed on pictures of half the size with each 2x2 pixels as channels, with weights that are mostly zeros: the
same sums to rounding, four times the products, and less time (Shi et al. 2016, "Real-Time Single Image and Video
Super-Resolution", has the inverse as its last layer).
"""

import torch
from diffusers.models.controlnets.controlnet import ControlNetConditioningEmbedding
from torch import Tensor, nn
from torch.nn import functional

READ_AT_ONCE = 8
"""Channels of a GPU's reads: inputs are filled up to a multiple."""


class FastConditionEmbedding(ControlNetConditioningEmbedding):
    """diffusers' encoder, of two widths at least; maps of odd size go its own way."""

    def forward(self, conditioning: Tensor) -> Tensor:
        """Return (N,C,H/8,W/8) for maps (N,K,H,W)."""
        if conditioning.shape[2] % 2 or conditioning.shape[3] % 2:
            return super().forward(conditioning)
        first, halving, *others = self.blocks
        hidden = functional.silu(_folded_convolution(self.conv_in, _folded(conditioning)))
        hidden = functional.silu(_folded_convolution(first, hidden))
        hidden = functional.silu(_folded_convolution(halving, hidden))
        for convolution in others:
            hidden = functional.silu(convolution(hidden))
        return self.conv_out(hidden)


def _folded(pictures: Tensor) -> Tensor:
    """Return (N,4C+n,H/2,W/2), each 2x2 pixels of (N,C,H,W) and n zeros, with the channels last."""
    count, channels, height, width = pictures.shape
    pairs = pictures.reshape(count, channels, height // 2, 2, width // 2, 2)
    places = pairs.permute(0, 2, 4, 3, 5, 1).flatten(3)
    return functional.pad(places, (0, -4 * channels % READ_AT_ONCE)).permute(0, 3, 1, 2)


def _folded_convolution(convolution: nn.Conv2d, folded: Tensor) -> Tensor:
    """Convolve (N,C,H,W) that lies folded with 3x3 weights.

    Returns:
        The result (N,O,H,W) folded, (N,4O,H/2,W/2), or (N,O,H/2,W/2) where the convolution halves the size.
    """
    outputs = 2 if convolution.stride == (1, 1) else 1  # in a direction, of two pixels
    sees = _sees(outputs, convolution.weight)
    weight = torch.einsum("oikl,dkbp,elcq->deopqibc", convolution.weight, sees, sees)
    weight = weight.flatten(0, 2).flatten(1, 3)  # (4O or O,4C,3,3)
    weight = functional.pad(weight, (0, 0, 0, 0, 0, folded.shape[1] - weight.shape[1]))
    weight = weight.contiguous(memory_format=torch.channels_last)
    return functional.conv2d(folded, weight, convolution.bias.repeat(outputs**2), padding=1)


def _sees(outputs: int, like: Tensor) -> Tensor:
    """Return (outputs,3,3,2): 1 where output d of a pair of pixels sees by tap k the pixel p of pair b, else 0."""
    output, tap, pair, pixel = torch.meshgrid(
        *(torch.arange(count, device=like.device) for count in (outputs, 3, 3, 2)), indexing="ij"
    )
    return (output + tap - 1 == 2 * (pair - 1) + pixel).to(like.dtype)
