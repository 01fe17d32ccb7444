"""SVD's up blocks in the fast layout: skips join within the compiled blocks, and pictures double along the memory."""

from collections.abc import Sequence

import torch
from diffusers.models.unets.unet_3d_blocks import CrossAttnUpBlockSpatioTemporal, UpBlockSpatioTemporal
from diffusers.models.upsampling import Upsample2D
from torch import Tensor, nn


class _JoiningInside(nn.Module):
    """An up block whose residual blocks take the skips: compiled, they give both gradients without a copy."""

    def forward(
        self,
        hidden_states: Tensor,
        res_hidden_states_tuple: Sequence[Tensor],
        temb: Tensor | None = None,
        encoder_hidden_states: Tensor | None = None,
        image_only_indicator: Tensor | None = None,
        upsample_size: torch.Size | None = None,
    ) -> Tensor:
        """Return (N,C,h,w) for N pictures, as diffusers' block does."""
        attentions = getattr(self, "attentions", [None] * len(self.resnets))
        skips = reversed(res_hidden_states_tuple)
        for resnet, attention, skip in zip(self.resnets, attentions, skips, strict=True):
            seen = (hidden_states, temb, image_only_indicator, skip)
            if torch.is_grad_enabled() and self.gradient_checkpointing:
                hidden_states = self._gradient_checkpointing_func(resnet, *seen)
            else:
                hidden_states = resnet(*seen)
            if attention is not None:
                said = attention(hidden_states, encoder_hidden_states, image_only_indicator, return_dict=False)
                hidden_states = said[0]
        for upsampler in self.upsamplers or ():
            hidden_states = upsampler(hidden_states, upsample_size)
        return hidden_states


class FastUpBlock(_JoiningInside, UpBlockSpatioTemporal):
    """diffusers' block without attention."""


class FastCrossUpBlock(_JoiningInside, CrossAttnUpBlockSpatioTemporal):
    """diffusers' block with attention."""


class FastUpsample(Upsample2D):
    """Pictures of twice the size, and a convolution.

    As an expanded view; torch's own interpolation adds its gradients up one by one.
    """

    def forward(self, hidden_states: Tensor, output_size: torch.Size | None = None) -> Tensor:
        """Return (N,C,H,W) for (N,C,h,w), H and W twice as large or as asked for."""
        count, channels, height, width = hidden_states.shape
        if output_size is not None and tuple(output_size) != (2 * height, 2 * width):
            return super().forward(hidden_states, output_size)
        places = hidden_states.permute(0, 2, 3, 1)[:, :, None, :, None]
        doubled = places.expand(-1, -1, 2, -1, 2, -1).reshape(count, 2 * height, 2 * width, channels)
        return self.conv(doubled.permute(0, 3, 1, 2))
