"""Frames taken one by one: SVD's blocks with the temporal layers left out, which is exact and half the work.

Where diffusers' blocks get an indicator that a frame stands alone, they run the temporal layers and then multiply what
they found by zero. These classes have the same weights and, where they get None for the indicator, run the spatial
layers only.
"""

import torch
from diffusers.models.resnet import SpatioTemporalResBlock
from diffusers.models.transformers.transformer_temporal import (
    TransformerSpatioTemporalModel,
    TransformerTemporalModelOutput,
)
from torch import Tensor, nn


class FrameResBlock(SpatioTemporalResBlock):
    """diffusers' block, for frames alone too."""

    def forward(
        self, hidden_states: Tensor, temb: Tensor | None = None, image_only_indicator: Tensor | None = None
    ) -> Tensor:
        """Return (B*T,C,h,w); with None for the indicator every frame by itself."""
        if image_only_indicator is None:
            return self.spatial_res_block(hidden_states, temb)
        return super().forward(hidden_states, temb, image_only_indicator)


class FrameTransformer(TransformerSpatioTemporalModel):
    """diffusers' transformer, for frames alone too."""

    def forward(
        self,
        hidden_states: Tensor,
        encoder_hidden_states: Tensor | None = None,
        image_only_indicator: Tensor | None = None,
        return_dict: bool = True,
    ) -> TransformerTemporalModelOutput | tuple[Tensor]:
        """Return (B*T,C,h,w); with None for the indicator every frame by itself."""
        if image_only_indicator is not None:
            return super().forward(hidden_states, encoder_hidden_states, image_only_indicator, return_dict)
        tokens = self.proj_in(self.norm(hidden_states).flatten(2).mT)
        for block in self.transformer_blocks:
            if torch.is_grad_enabled() and self.gradient_checkpointing:
                tokens = self._gradient_checkpointing_func(block, tokens, None, encoder_hidden_states, None)
            else:
                tokens = block(tokens, encoder_hidden_states=encoder_hidden_states)
        output = hidden_states + self.proj_out(tokens).mT.reshape(hidden_states.shape)
        return TransformerTemporalModelOutput(sample=output) if return_dict else (output,)


_FOR_FRAMES = {SpatioTemporalResBlock: FrameResBlock, TransformerSpatioTemporalModel: FrameTransformer}


def allow_frames_alone(network: nn.Module) -> None:
    """Give the blocks of an SVD network the classes above; weights and their names stay as they are."""
    for module in network.modules():
        if type(module) in _FOR_FRAMES:
            module.__class__ = _FOR_FRAMES[type(module)]
