"""The encoder half of SVD's UNet as one computation, for the UNet itself and for the ControlNet that copies it.

Both hold the same modules under the same names (`conv_in`, `time_proj`, `time_embedding`, `add_time_proj`,
`add_embedding`, `down_blocks`, `mid_block`); those are diffusers' own. Frames are folded into the batch while the
blocks run: B samples of T frames are B*T pictures.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn


@dataclass(frozen=True)
class Context:
    """What every block sees beside the pictures.

    Attributes:
        time: (B*T,E), embedding of the noise level and of the micro-conditioning.
        image: (B*T,1,C), SVD's one token of the condition image.
        images_only: (B,T), 1 where a frame is taken by itself: the temporal layers count for nothing there, exactly.
            None where all are; the temporal layers are then not computed.
    """

    time: Tensor
    image: Tensor
    images_only: Tensor | None


@dataclass(frozen=True)
class Encoded:
    """The encoder's output: `skips` for the decoder, outermost first, and `middle`, all (B*T,C,h,w)."""

    skips: tuple[Tensor, ...]
    middle: Tensor


def make_context(
    encoder: nn.Module,
    sample: Tensor,
    timestep: Tensor | float,
    encoder_hidden_states: Tensor,
    added_time_ids: Tensor,
    image_only_indicator: Tensor | bool | None,
) -> Context:
    """Embed the conditions that are the same in each frame.

    Args:
        sample: (B,T,C,h,w), for its sizes, type and device.
        timestep: a number or (B,), `Scalings.noise`.
        encoder_hidden_states: (B,1,C).
        added_time_ids: (B,3), of `added_time_ids`.
        image_only_indicator: (B,T), 1 where a frame is taken by itself; True where all are, None or False for videos.
    """
    batch, frames = sample.shape[:2]
    steps = torch.as_tensor(timestep, device=sample.device)
    steps = steps.reshape(-1).expand(batch)
    embedded = encoder.time_embedding(encoder.time_proj(steps).to(sample.dtype))
    told = encoder.add_time_proj(added_time_ids.flatten()).reshape(batch, -1).to(embedded.dtype)
    embedded = embedded + encoder.add_embedding(told)
    if image_only_indicator is None or image_only_indicator is False:
        image_only_indicator = sample.new_zeros(batch, frames)
    return Context(
        time=embedded.repeat_interleave(frames, dim=0, output_size=batch * frames),
        image=encoder_hidden_states.repeat_interleave(frames, dim=0, output_size=batch * frames),
        images_only=None if image_only_indicator is True else image_only_indicator.to(sample.dtype),
    )


def encode(encoder: nn.Module, pictures: Tensor, context: Context) -> Encoded:
    """Run the down blocks and the middle block.

    Args:
        pictures: (B*T,C,h,w), what `conv_in` gave, with any condition added.
    """
    hidden, skips = pictures, (pictures,)
    for block in encoder.down_blocks:
        hidden, outputs = block(hidden, **_seen_by(block, context))
        skips += outputs
    return Encoded(skips, encoder.mid_block(hidden, **_seen_by(encoder.mid_block, context)))


def decode(decoder: nn.Module, encoded: Encoded, context: Context) -> Tensor:
    """Run the up blocks and the output layers: (B*T,C,h,w)."""
    hidden, skips = encoded.middle, encoded.skips
    for block in decoder.up_blocks:
        used, skips = skips[-len(block.resnets) :], skips[: -len(block.resnets)]
        size = skips[-1].shape[-2:] if skips else None  # the upsampler hits the next skip's size, odd ones too
        hidden = block(hidden, res_hidden_states_tuple=used, upsample_size=size, **_seen_by(block, context))
    return decoder.conv_out(decoder.conv_act(decoder.conv_norm_out(hidden)))


def _seen_by(block: nn.Module, context: Context) -> dict[str, Tensor | None]:
    seen = {"temb": context.time, "image_only_indicator": context.images_only}
    if getattr(block, "has_cross_attention", False):
        seen["encoder_hidden_states"] = context.image
    return seen
