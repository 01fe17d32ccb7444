"""Frames taken one by one: SVD's blocks with the temporal layers left out, which is exact and half the work.

Where diffusers' blocks get an indicator that a frame stands alone, they run the temporal layers and then multiply what
they found by zero. These classes have the same weights and take an indicator (B,T) for the first B*T of N pictures, the
frames of videos; those that follow stand alone, all of them where the indicator is None, and see the spatial layers
only.
"""

import torch
from diffusers.models.resnet import SpatioTemporalResBlock
from diffusers.models.transformers.transformer_temporal import (
    TransformerSpatioTemporalModel,
    TransformerTemporalModelOutput,
)
from torch import Tensor, nn

from model.spatio_temporal import one_batch


class FrameResBlock(SpatioTemporalResBlock):
    """diffusers' block, for frames alone too."""

    def forward(
        self, hidden_states: Tensor, temb: Tensor | None = None, image_only_indicator: Tensor | None = None
    ) -> Tensor:
        """Return (N,C,h,w) for N pictures."""
        if image_only_indicator is None:
            return self.spatial_res_block(hidden_states, temb)
        films = image_only_indicator.numel()
        if films == len(hidden_states):
            return super().forward(hidden_states, temb, image_only_indicator)
        shown = super().forward(hidden_states[:films], temb[:films], image_only_indicator)
        return torch.cat([shown, self.spatial_res_block(hidden_states[films:], temb[films:])])


class FrameTransformer(TransformerSpatioTemporalModel):
    """diffusers' transformer, for frames alone too."""

    def forward(
        self,
        hidden_states: Tensor,
        encoder_hidden_states: Tensor | None = None,
        image_only_indicator: Tensor | None = None,
        return_dict: bool = True,
    ) -> TransformerTemporalModelOutput | tuple[Tensor]:
        """Return (N,C,h,w) for N pictures and their contexts (N,L,D)."""
        films = 0 if image_only_indicator is None else image_only_indicator.numel()
        outputs = []
        if films:
            seen = (hidden_states[:films], encoder_hidden_states[:films])
            outputs.append(super().forward(*seen, image_only_indicator, return_dict=False)[0])
        if films < len(hidden_states):
            outputs.append(self._alone(hidden_states[films:], encoder_hidden_states[films:]))
        output = one_batch(outputs)
        return TransformerTemporalModelOutput(sample=output) if return_dict else (output,)

    def _alone(self, pictures: Tensor, context: Tensor) -> Tensor:
        """Run the spatial layers on (N,C,h,w)."""
        tokens = self.proj_in(self.norm(pictures).flatten(2).mT)
        for block in self.transformer_blocks:
            if torch.is_grad_enabled() and self.gradient_checkpointing:
                tokens = self._gradient_checkpointing_func(block, tokens, None, context, None)
            else:
                tokens = block(tokens, encoder_hidden_states=context)
        return pictures + self.proj_out(tokens).mT.reshape(pictures.shape)


_FOR_FRAMES = {SpatioTemporalResBlock: FrameResBlock, TransformerSpatioTemporalModel: FrameTransformer}


def allow_frames_alone(network: nn.Module) -> None:
    """Give the blocks of an SVD network the classes above; weights and their names stay as they are."""
    for module in network.modules():
        if type(module) in _FOR_FRAMES:
            module.__class__ = _FOR_FRAMES[type(module)]
