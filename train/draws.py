"""All that is random in a training step, one sample at a time from its own seed.

A sample's draws hang on its seed alone: neither the batch that it came in, nor the process, nor what was drawn before
changes them.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from model.condition_dropout import Kept
from train.recipe import Recipe
from train.tensor_fields import TensorFields

NOISE, IMAGE, POSTERIOR = 1, 2, 3
"""What a stream of normal numbers is for; it keeps the streams of a sample apart."""
STREAMS = 1 << 62


@dataclass(frozen=True)
class Draws(TensorFields):
    """The small draws of B samples, drawn on the CPU.

    Attributes:
        sigma: (B,) noise levels.
        frames: (B,) int64, which frame of each is taken by itself.
        strength: (B,), of the noise on the condition image.
        kept: which conditions are told.
        colours: (B,3), factors of `train.jitter`.
    """

    sigma: Tensor
    frames: Tensor
    strength: Tensor
    kept: Kept
    colours: Tensor


def draw(recipe: Recipe, seeds: Tensor, frames: int) -> Draws:
    """Draw for samples of `frames` frames with seeds (B,) int64."""
    found = [_draw_one(recipe, seed, frames) for seed in seeds.tolist()]
    sigma, chosen, strength, kept, colours = zip(*found, strict=True)
    flags = (torch.cat([getattr(one, name) for one in kept]) for name in ("image", "trajectory", "camera"))
    return Draws(torch.cat(sigma), torch.cat(chosen), torch.cat(strength), Kept(*flags), torch.cat(colours))


def _draw_one(recipe: Recipe, seed: int, frames: int) -> tuple[Tensor, Tensor, Tensor, Kept, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    sigma = recipe.sigmas.make().sample(1, generator)
    chosen = torch.randint(frames, (1,), generator=generator)
    strength, kept = recipe.image_noise.sample(1, generator), recipe.drop.sample(1, generator)
    return sigma, chosen, strength, kept, 1.0 + recipe.jitter * (2.0 * torch.rand(1, 3, generator=generator) - 1.0)


def normal(seeds: Tensor, stream: int, shape: torch.Size | tuple[int, ...], device: torch.device) -> Tensor:
    """Return normal numbers (B, *shape) float32, drawn on the device for each seed (B,) by itself."""
    generator = torch.Generator(device)
    drawn = torch.empty(len(seeds), *shape, device=device)
    for row, seed in zip(drawn, seeds.tolist(), strict=True):
        generator.manual_seed((seed + stream * 0x9E3779B97F4A7C15) % STREAMS)
        row.normal_(generator=generator)
    return drawn
