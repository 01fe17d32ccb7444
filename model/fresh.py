"""A preset's pipeline with random weights, to be trained from nothing."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from model.condition_kinds import ConditionKinds
from model.one_token import use_one_token_attention
from model.pipeline import TrajectoryVideoPipeline
from model.presets import PRESETS, PresetName, make_scheduler


@contextmanager
def first_weights(seed: int) -> Iterator[None]:
    """While it is entered, what is made draws its first weights from `seed`; torch's random state is then as before."""
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)  # torch's layers draw their first weights from nothing else
        yield


def fresh_pipeline(preset: PresetName, seed: int, kinds: ConditionKinds | None = None) -> TrajectoryVideoPipeline:
    """Return the networks of a preset, without an image encoder; the same weights for the same seed.

    `kinds` says in which form the ControlNet is told its conditions.
    """
    with first_weights(seed):
        parts = PRESETS[preset]
        unet = parts.make_unet()
        controlnet, vae = parts.make_controlnet(unet, kinds), parts.make_vae()
    for network in (unet, controlnet):
        use_one_token_attention(network)
    return TrajectoryVideoPipeline(vae, None, unet, make_scheduler(), None, controlnet)
