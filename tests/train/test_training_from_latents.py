"""Training from cached latents against training from the videos that they were made of."""

from dataclasses import replace
from itertools import islice
from pathlib import Path

import pytest
import torch

import posetraj
from model.fresh import fresh_pipeline
from tests.train.latents.films import write_films
from train.encoders import Encoders
from train.example import Cut
from train.loader import Examples, batches
from train.mixture import Mixture
from train.order import Share
from train.recipe import Recipe
from train.recipes import bbox
from train.sources import open_sources, with_latents
from train.stages.ready import Preparation

RECIPE: Recipe = replace(bbox(), cut=Cut(frames=3, most_objects=2, mirror=0.0))


@pytest.fixture(scope="module")
def model(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("model")
    fresh_pipeline("tiny", 0).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def films(model, tmp_path_factory) -> Path:
    """A dataset and its latents, of plain and boxed videos."""
    folder = tmp_path_factory.mktemp("films")
    write_films(folder)
    words = ["cache-latents", str(folder), "--model", str(model), "--most-objects", "2", "--workers", "0"]
    assert posetraj.main(words) == 0
    return folder


@pytest.mark.parametrize("target", ["plain", "boxed"])
def test_latents_are_those_of_the_videos_to_half_precision(films, target) -> None:
    recipe = replace(RECIPE, target=target)
    pipeline = fresh_pipeline("tiny", 0)
    opened = open_sources([str(films)], recipe, 0, resample=False)
    lines = [
        Examples(each.sources, Mixture((1.0,), 0), recipe.cut)
        for each in (opened, with_latents(opened, recipe, pipeline))
    ]
    preparation = Preparation(recipe, Encoders.of(pipeline), pipeline.unet.config.cross_attention_dim)
    videos, latents = (list(islice(batches(line, Share(0, 1, 2)), 3)) for line in lines)
    for video, latent in zip(videos, latents, strict=True):
        assert latent.y is None and video.moments is None
        seen, read = preparation(video), preparation(latent)
        torch.testing.assert_close(read.clean, seen.clean, rtol=2e-3, atol=2e-3)
        torch.testing.assert_close(read.drawn.noise, seen.drawn.noise, rtol=0, atol=0)
        torch.testing.assert_close(read.conditions.trajectory_maps, seen.conditions.trajectory_maps, rtol=0, atol=0)
        assert (read.conditions.image_latents - seen.conditions.image_latents).abs().mean() < 0.1


def test_workers_read_the_same_latents(films) -> None:
    pipeline = fresh_pipeline("tiny", 0)
    opened = with_latents(open_sources([str(films)], RECIPE, 0, resample=False), RECIPE, pipeline)
    examples = Examples(opened.sources, Mixture((1.0,), 0), RECIPE.cut)
    alone, helped = (list(islice(batches(examples, Share(0, 1, 2), 0, workers), 4)) for workers in (0, 1))
    for one, other in zip(alone, helped, strict=True):
        assert torch.equal(one.moments, other.moments) and torch.equal(one.seeds, other.seeds)
        assert one.height == other.height == 48 and one.width == 64


def test_a_stage_trains_from_latents(films, model, tmp_path) -> None:
    recipe, out = tmp_path / "two.yaml", tmp_path / "run"
    recipe.write_text("{base: bbox, cut: {most_objects: 2}}")
    words = ["train", "--recipe", str(recipe), "--data", str(films), "--model", str(model), "--out", str(out)]
    words += "--latents --steps 2 --batch 2 --frames 3 --workers 0 --device cpu --validate-every 0".split()
    assert posetraj.main(words) == 0
    assert (out / "model" / "model_index.json").is_file()


def test_without_latents_of_the_model_the_command_is_named(films, tmp_path, capsys) -> None:
    words = ["train", "--recipe", "bbox", "--data", str(films), "--model", "tiny", "--out", str(tmp_path / "run")]
    words += "--latents --steps 2 --batch 2 --frames 3 --device cpu --seed 5".split()
    assert posetraj.main(words) == 1
    assert "posetraj cache-latents" in capsys.readouterr().err


def test_the_stage_that_learns_pictures_refuses_latents(films, tmp_path, capsys) -> None:
    words = ["train", "--recipe", "vae", "--data", str(films), "--model", "tiny", "--out", str(tmp_path / "run")]
    assert posetraj.main([*words, "--latents", "--batch", "2", "--frames", "3", "--device", "cpu"]) == 1
    assert "leave --latents away" in capsys.readouterr().err
