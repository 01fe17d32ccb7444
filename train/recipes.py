"""The stages of PoseTraj (section 4 of the paper) and those that make a model from nothing, as functions."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from model.condition_dropout import DropRates
from train.example import Cut
from train.recipe import Optimiser, Recipe, Sigmas

COSINE = Sigmas("cosine")


def bbox() -> Recipe:
    """Stage 1: synthetic clips whose targets show the 3-D boxes, so that where things are in space is learned."""
    return Recipe(name="bbox", target="boxed", sigmas=COSINE)


def plain() -> Recipe:
    """Stage 2: the same clips without boxes, from stage 1's weights."""
    return replace(bbox(), name="plain", target="plain", steps=5_000)


def open_domain() -> Recipe:
    """Stage 3: real clips, mixed with synthetic ones, with the camera's motion told apart from the objects'."""
    return replace(plain(), name="open-domain", camera=True)


def backbone() -> Recipe:
    """The backbone of the preset `small`: videos from their first frame, no path told."""
    return Recipe(
        name="backbone",
        learns="backbone",
        steps=50_000,
        batch=64,
        sigmas=Sigmas("log-normal", 0.4, 1.5),
        drop=DropRates(image=0.1, trajectory=1.0, camera=1.0),
        frame_weight=0.0,
        optimiser=Optimiser(lr=6e-4, warmup=1000, betas=(0.9, 0.99), ema=0.999),
    )


def vae() -> Recipe:
    """The VAE of the preset `small`: pictures and short stretches of video."""
    return Recipe(
        name="vae",
        learns="vae",
        steps=20_000,
        batch=24,
        cut=Cut(frames=4),
        optimiser=Optimiser(lr=1e-3, warmup=500, weight_decay=0.0, betas=(0.9, 0.99), ema=0.998),
    )


RECIPES: Mapping[str, Callable[[], Recipe]] = {
    "bbox": bbox,
    "plain": plain,
    "open-domain": open_domain,
    "backbone": backbone,
    "vae": vae,
}
CHAINS: Mapping[str, tuple[str, ...]] = {
    "all": ("bbox", "plain", "open-domain"),
    "from-nothing": ("vae", "backbone", "bbox", "plain", "open-domain"),
}
