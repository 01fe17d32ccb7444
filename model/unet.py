"""SVD's UNet that takes a ControlNet's residuals."""

from collections.abc import Sequence
from functools import wraps
from typing import Any

import torch
from diffusers import (
    ModelMixin,  # noqa: F401 - pipelines of diffusers look for it in the module of each of their parts
    UNetSpatioTemporalConditionModel,
)
from diffusers.models.unets.unet_spatio_temporal_condition import UNetSpatioTemporalConditionOutput
from torch import Tensor

from model.frames_alone import allow_frames_alone
from model.spatio_temporal import Encoded, Seen, decode, encode, join, make_context, pictures_of


class TrajectoryUNet(UNetSpatioTemporalConditionModel):
    """diffusers' UNet with two more inputs. Its weights, configuration and files are those of the parent class.

    Without residuals it says what the parent says, bit for bit.
    """

    compiled_methods = ("to_output",)

    @wraps(UNetSpatioTemporalConditionModel.__init__)
    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        allow_frames_alone(self)

    def forward(
        self,
        sample: Tensor,
        timestep: Tensor | float,
        encoder_hidden_states: Tensor,
        added_time_ids: Tensor,
        down_block_residuals: Sequence[Tensor] | None = None,
        mid_block_residual: Tensor | None = None,
        image_only_indicator: Tensor | bool | None = None,
        return_dict: bool = True,
    ) -> UNetSpatioTemporalConditionOutput | tuple[Tensor]:
        """Return the network's output F (B,T,C,h,w) of `model.edm`.

        Args:
            sample, timestep, encoder_hidden_states, added_time_ids, image_only_indicator: of `Seen`.
            down_block_residuals: (B*T,C,h,w) each, added to the skips, outermost first.
            mid_block_residual: (B*T,C,h,w), added to the middle.
        """
        seen = Seen(sample, timestep, encoder_hidden_states, added_time_ids, image_only_indicator)
        (output,) = self.outputs([seen], down_block_residuals, mid_block_residual)
        return UNetSpatioTemporalConditionOutput(sample=output) if return_dict else (output,)

    def outputs(
        self,
        shown: Sequence[Seen],
        down_block_residuals: Sequence[Tensor] | None = None,
        mid_block_residual: Tensor | None = None,
    ) -> list[Tensor]:
        """Return the outputs for several batches that are computed as one; all but the first take frames by themselves.

        The encoder runs without a graph where nothing in it is trained: residuals join after it.
        """
        inputs = [tensor for seen in shown for tensor in (seen.sample, seen.encoder_hidden_states)]
        with torch.set_grad_enabled(torch.is_grad_enabled() and self._encoder_learns(*inputs)):
            context = join([make_context(self, seen) for seen in shown])
            encoded = encode(self, self.conv_in(pictures_of(shown)), context)
        if down_block_residuals is not None:
            skips = tuple(skip + more for skip, more in zip(encoded.skips, down_block_residuals, strict=True))
            encoded = Encoded(skips, encoded.middle)
        if mid_block_residual is not None:
            encoded = Encoded(encoded.skips, encoded.middle + mid_block_residual)
        output = decode(self, encoded, context)
        sizes = [seen.sample.shape[:2] for seen in shown]
        parts = output.split([batch * frames for batch, frames in sizes])
        return [part.unflatten(0, size) for part, size in zip(parts, sizes, strict=True)]

    def to_output(self, hidden: Tensor) -> Tensor:
        """Run the output layers on (N,C,h,w)."""
        return self.conv_out(self.conv_act(self.conv_norm_out(hidden)))

    def _encoder_learns(self, *inputs: Tensor) -> bool:
        parts = (self.conv_in, self.time_embedding, self.add_embedding, self.down_blocks, self.mid_block)
        return any(tensor.requires_grad for tensor in inputs) or any(
            parameter.requires_grad for part in parts for parameter in part.parameters()
        )
