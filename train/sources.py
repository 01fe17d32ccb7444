"""Datasets to train from: opened, held against each other and against what a stage needs."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from dataset_tools.errors import PoseTrajError
from dataset_tools.reader import Dataset
from model.latent_size import PIXELS_PER_LATENT
from model.pipeline import TrajectoryVideoPipeline
from train.latents.find import find_cache, folder_and_hash
from train.latents.fingerprint import fingerprint
from train.latents.read import LatentCache
from train.loader import Source
from train.order import ClipOrder
from train.recipe import Recipe
from train.resample import Film, times_of


@dataclass(frozen=True)
class Opened:
    """The clips to learn from, and those held out, of each dataset; `film` is what all clips are like."""

    sources: tuple[Source, ...]
    held_out: tuple[Dataset, ...]
    film: Film


def open_sources(urls: Sequence[str], recipe: Recipe, seed: int, resample: bool) -> Opened:
    """Open finished datasets. Raises PoseTrajError for those that cannot be trained from together.

    Args:
        resample: make clips of other sizes and frame rates like those of the first dataset.
    """
    datasets = [Dataset(url) for url in urls]
    for dataset in datasets:
        _check(dataset, recipe)
    films = [_film(dataset) for dataset in datasets]
    lengths = [dataset.manifest.frames for dataset in datasets]
    if len(set(zip(films, lengths, strict=True))) > 1 and not resample:
        told = "; ".join(
            f"{dataset.url}: {frames} frames of {film.width}x{film.height} at {film.fps:g} fps"
            for dataset, film, frames in zip(datasets, films, lengths, strict=True)
        )
        raise PoseTrajError(f"the datasets differ ({told}); --resample makes all like the first")
    if films[0].width % PIXELS_PER_LATENT or films[0].height % PIXELS_PER_LATENT:
        raise PoseTrajError(
            f"the clips of {datasets[0].url} are {films[0].width}x{films[0].height}; the networks take multiples of "
            f"{PIXELS_PER_LATENT}: give a dataset of such a size first, and --resample"
        )
    if recipe.learns != "vae" and films[0].fps < 1:
        raise PoseTrajError(
            f"the clips of {datasets[0].url} are at {films[0].fps:g} fps; the networks are told rates of 1 and more: "
            "give a dataset of such a rate first, and --resample"
        )
    for dataset in datasets:
        _check_length(dataset, recipe, films[0])
    sources = tuple(
        Source(
            learned,
            ClipOrder(_shard_sizes(learned), seed, recipe.window, number),
            None if film == films[0] else films[0],
            target=recipe.target,
        )
        for number, (learned, film) in enumerate(
            zip((dataset.split("train") for dataset in datasets), films, strict=True)
        )
    )
    return Opened(sources, tuple(dataset.split("val") for dataset in datasets), films[0])


def with_latents(
    opened: Opened, recipe: Recipe, pipeline: TrajectoryVideoPipeline, caches: Sequence[str] = ()
) -> Opened:
    """Have the clips to learn from read as latents of the pipeline's VAE, which `posetraj cache-latents` made.

    Args:
        caches: for each dataset where its caches lie, or the place of one; empty for `latents` in the datasets.

    Raises PoseTrajError where a dataset has none that fit.
    """
    if recipe.learns == "vae":
        raise PoseTrajError(f"the stage {recipe.name} learns from pictures; leave --latents away")
    if recipe.jitter:
        raise PoseTrajError("latents have the colours of their clips; with --latents, leave the recipe's jitter away")
    if any(source.film for source in opened.sources):
        raise PoseTrajError("latents are of clips as they are; with --resample, leave --latents away")
    if caches and len(caches) != len(opened.sources):
        raise PoseTrajError(f"{len(caches)} caches were given for {len(opened.sources)} datasets; give one for each")
    model = fingerprint(pipeline)
    sources = []
    for source, place in zip(opened.sources, caches or [None] * len(opened.sources), strict=True):
        folder, only = folder_and_hash(place)
        found = find_cache(
            source.clips, model, recipe.target, recipe.cut.most_objects, recipe.image_noise, folder, only
        )
        sources.append(replace(source, latents=LatentCache(source.clips, found, folder)))
    return replace(opened, sources=tuple(sources))


def _check(dataset: Dataset, recipe: Recipe) -> None:
    manifest = dataset.manifest
    if manifest is None:
        raise PoseTrajError(f"{dataset.url} is one shard; train from the folder of its dataset")
    if not len(dataset.split("train")):
        raise PoseTrajError(f"{dataset.url} has no clips to train from; write it with a larger share of train")
    if recipe.target == "boxed" and manifest.kind != "synthetic":
        raise PoseTrajError(
            f"{dataset.url} holds real clips, without 3-D boxes; the stage {recipe.name} needs synthetic ones"
        )


def _check_length(dataset: Dataset, recipe: Recipe, film: Film) -> None:
    manifest = dataset.manifest
    taken = int(times_of(recipe.cut.frames, float(manifest.fps), film.fps)[-1]) + 1
    if manifest.frames < taken:
        at = "" if manifest.fps == film.fps else f", {recipe.cut.frames} at {film.fps:g} fps"
        raise PoseTrajError(
            f"the clips of {dataset.url} have {manifest.frames} frames and the stage {recipe.name} takes {taken}{at}; "
            "choose fewer with --frames"
        )


def _film(dataset: Dataset) -> Film:
    manifest = dataset.manifest
    return Film(manifest.width, manifest.height, float(manifest.fps))


def _shard_sizes(dataset: Dataset) -> tuple[int, ...]:
    return tuple(len(list(clips)) for _, clips in groupby(dataset.shards))
