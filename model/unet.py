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
from model.spatio_temporal import Encoded, decode, encode, make_context


class TrajectoryUNet(UNetSpatioTemporalConditionModel):
    """diffusers' UNet with two more inputs. Its weights, configuration and files are those of the parent class.

    Without residuals it says what the parent says, bit for bit.
    """

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

        The encoder runs without a graph where nothing in it is trained: residuals join after it.

        Args:
            sample: (B,T,2C,h,w), the noisy latents times c_in, and the condition image's latents.
            timestep: a number or (B,), c_noise.
            encoder_hidden_states: (B,1,D), the condition image's embedding.
            added_time_ids: (B,3), of `micro_conditioning.added_time_ids`.
            down_block_residuals: (B*T,C,h,w) each, added to the skips, outermost first.
            mid_block_residual: (B*T,C,h,w), added to the middle.
            image_only_indicator: (B,T), 1 where a frame is taken by itself; True where all are, None for videos.
        """
        batch, frames = sample.shape[:2]
        with torch.set_grad_enabled(torch.is_grad_enabled() and self._encoder_learns(sample, encoder_hidden_states)):
            context = make_context(self, sample, timestep, encoder_hidden_states, added_time_ids, image_only_indicator)
            encoded = encode(self, self.conv_in(sample.flatten(0, 1)), context)
        if down_block_residuals is not None:
            skips = tuple(skip + more for skip, more in zip(encoded.skips, down_block_residuals, strict=True))
            encoded = Encoded(skips, encoded.middle)
        if mid_block_residual is not None:
            encoded = Encoded(encoded.skips, encoded.middle + mid_block_residual)
        output = decode(self, encoded, context)
        output = output.reshape(batch, frames, *output.shape[1:])
        return UNetSpatioTemporalConditionOutput(sample=output) if return_dict else (output,)

    def _encoder_learns(self, *inputs: Tensor) -> bool:
        parts = (self.conv_in, self.time_embedding, self.add_embedding, self.down_blocks, self.mid_block)
        return any(tensor.requires_grad for tensor in inputs) or any(
            parameter.requires_grad for part in parts for parameter in part.parameters()
        )
