"""The encoder half of SVD's UNet as one computation, for the UNet itself and for the ControlNet that copies it.

Both hold the same modules under the same names (`conv_in`, `time_proj`, `time_embedding`, `add_time_proj`,
`add_embedding`, `down_blocks`, `mid_block`); those are diffusers' own. Frames are folded into the batch while the
blocks run: B samples of T frames are B*T pictures. Pictures that stand alone may follow them in the same batch.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn


@dataclass(frozen=True)
class Seen:
    """What a network is shown of B samples of T frames, beside what it alone knows.

    Attributes:
        sample: (B,T,2C,h,w), the noisy latents times c_in, and the condition image's latents.
        timestep: a number or (B,), c_noise.
        encoder_hidden_states: (B,1,D), the condition image's embedding.
        added_time_ids: (B,3), of `micro_conditioning.added_time_ids`.
        image_only_indicator: (B,T), 1 where a frame is taken by itself; True where all are, None or False for videos.
    """

    sample: Tensor
    timestep: Tensor | float
    encoder_hidden_states: Tensor
    added_time_ids: Tensor
    image_only_indicator: Tensor | bool | None = None


@dataclass(frozen=True)
class Context:
    """What every block sees beside N pictures, of which the frames of videos come first.

    Attributes:
        time: (N,E), embedding of the noise level and of the micro-conditioning.
        image: (N,1,C), SVD's one token of the condition image.
        images_only: (B,T) for the first B*T pictures, 1 where a frame is taken by itself: the temporal layers count
            for nothing there, exactly. The temporal layers are not computed for those that follow, nor for any where
            it is None.
    """

    time: Tensor
    image: Tensor
    images_only: Tensor | None


@dataclass(frozen=True)
class Encoded:
    """The encoder's output: `skips` for the decoder, outermost first, and `middle`, all (N,C,h,w)."""

    skips: tuple[Tensor, ...]
    middle: Tensor


def make_context(encoder: nn.Module, seen: Seen) -> Context:
    """Embed the conditions that are the same in each frame."""
    batch, frames = seen.sample.shape[:2]
    steps = torch.as_tensor(seen.timestep, device=seen.sample.device).reshape(-1).expand(batch)
    embedded = encoder.time_embedding(encoder.time_proj(steps).to(seen.sample.dtype))
    told = encoder.add_time_proj(seen.added_time_ids.flatten()).reshape(batch, -1).to(embedded.dtype)
    embedded = embedded + encoder.add_embedding(told)
    alone = seen.image_only_indicator
    if alone is None or alone is False:
        alone = seen.sample.new_zeros(batch, frames)
    return Context(
        time=embedded.repeat_interleave(frames, dim=0, output_size=batch * frames),
        image=seen.encoder_hidden_states.repeat_interleave(frames, dim=0, output_size=batch * frames),
        images_only=None if alone is True else alone.to(seen.sample.dtype),
    )


def join(contexts: Sequence[Context]) -> Context:
    """Return the context of all pictures of several. Raises ValueError where any but the first has videos."""
    first, *others = contexts
    if any(other.images_only is not None for other in others):
        raise ValueError("the frames of videos must come before the pictures that stand alone, in one batch of videos")
    time, image = ([getattr(context, name) for context in contexts] for name in ("time", "image"))
    return Context(one_batch(time), one_batch(image), first.images_only)


def pictures_of(shown: Sequence[Seen]) -> Tensor:
    """Return the pictures (N,2C,h,w) of all samples, one after the other."""
    return one_batch([seen.sample.flatten(0, 1) for seen in shown])


def one_batch(parts: Sequence[Tensor]) -> Tensor:
    """Return the rows of all parts, one after the other; without a copy where there is one part."""
    return parts[0] if len(parts) == 1 else torch.cat(parts)


def encode(encoder: nn.Module, pictures: Tensor, context: Context) -> Encoded:
    """Run the down blocks and the middle block.

    Args:
        pictures: (N,C,h,w), what `conv_in` gave, with any condition added.
    """
    hidden, skips = pictures, (pictures,)
    for block in encoder.down_blocks:
        hidden, outputs = block(hidden, **_seen_by(block, context))
        skips += outputs
    return Encoded(skips, encoder.mid_block(hidden, **_seen_by(encoder.mid_block, context)))


def decode(decoder: nn.Module, encoded: Encoded, context: Context) -> Tensor:
    """Run the up blocks and `to_output`: (N,C,h,w)."""
    hidden, skips = encoded.middle, encoded.skips
    for block in decoder.up_blocks:
        used, skips = skips[-len(block.resnets) :], skips[: -len(block.resnets)]
        size = skips[-1].shape[-2:] if skips else None  # the upsampler hits the next skip's size, odd ones too
        hidden = block(hidden, res_hidden_states_tuple=used, upsample_size=size, **_seen_by(block, context))
    return decoder.to_output(hidden)


def _seen_by(block: nn.Module, context: Context) -> dict[str, Tensor | None]:
    seen = {"temb": context.time, "image_only_indicator": context.images_only}
    if getattr(block, "has_cross_attention", False):
        seen["encoder_hidden_states"] = context.image
    return seen
