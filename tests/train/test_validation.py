import shutil

import numpy as np
import pytest
import torch

from dataset_tools.errors import FormatError
from dataset_tools.reader import Dataset
from model.fresh import fresh_pipeline
from tests.train.runs import accelerator
from train.encoders import Encoders
from train.example import Cut
from train.journal import Journal
from train.recipe import Recipe
from train.resample import Film
from train.stages.diffusion import DiffusionStage
from train.stages.ready import Preparation
from train.validation import SIGMAS, held_out, show_samples, validation_losses

FILM = Film(64, 32, 8.0)
CUT = Cut(4, 2)


@pytest.fixture(scope="module")
def validated(small):
    return Dataset(small).split("val")


@pytest.fixture(scope="module")
def pipeline():
    made = fresh_pipeline("tiny", 0)
    made.set_progress_bar_config(disable=True)
    return made


def stage_of(pipeline, **changes) -> DiffusionStage:
    recipe = Recipe(cut=CUT, **changes)
    return DiffusionStage(pipeline.unet, pipeline.controlnet, Preparation(recipe, Encoders.of(pipeline), 32))


def test_held_out_clips_begin_at_their_first_frame_and_are_not_mirrored(validated) -> None:
    (example,) = held_out([validated], CUT, FILM, 16).examples
    assert np.array_equal(example.centres_px[:, 0], validated[0].labels["center_px"][:4, 0])
    assert np.array_equal(example.video, validated[0].video(0, 4))


def test_they_come_evenly_from_the_datasets(small) -> None:
    whole = Dataset(small)
    found = held_out([whole.split("train"), whole.split("val")], CUT, FILM, 3).examples
    assert len(found) == 3
    assert np.array_equal(found[2].video, whole.split("val")[0].video(0, 4))
    assert held_out([whole.split("val")[:0]], CUT, FILM, 3).examples == ()


def test_they_are_resampled_as_in_training(shared) -> None:
    (example,) = held_out([Dataset(shared / "golden").split("val")], CUT, Film(64, 32, 4.0), 1).examples
    assert example.video.shape == (4, 32, 64, 3) and example.fps == 4.0


def test_one_that_cannot_be_read_is_named_or_left_out(small, tmp_path) -> None:
    shutil.copytree(small, tmp_path / "made")
    held = Dataset(tmp_path / "made").split("val")
    (tmp_path / "made" / held[0].shard).unlink()
    with pytest.raises(FormatError, match=f"{held[0].shard}, clip {held[0].key}: "):
        held_out([held], CUT, FILM, 1)
    assert held_out([held], CUT, FILM, 1, skip_unreadable=True).examples == ()


def test_losses_are_the_same_whenever_and_wherever_they_are_taken(pipeline, validated) -> None:
    """Neither the recipe's draws, nor torch's random state, nor the stage's mode change them."""
    held = held_out([validated], CUT, FILM, 16)
    cpu = torch.device("cpu")
    first = validation_losses(stage_of(pipeline), held, cpu)
    before = torch.get_rng_state()
    other = stage_of(pipeline, frame_weight=0.0)
    torch.rand(1)
    assert validation_losses(other, held, cpu) == first
    torch.set_rng_state(before)
    assert set(first) == {f"sigma {sigma:g}" for sigma in SIGMAS} | {"mean"}
    assert first["mean"] == pytest.approx(np.mean([first[f"sigma {sigma:g}"] for sigma in SIGMAS]))
    assert other.controlnet.training and not other.unet.training


def test_samples_are_films_of_the_true_video_above_the_models(pipeline, validated, tmp_path) -> None:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    accelerator()
    before = torch.get_rng_state()
    journal = Journal(tmp_path, "toy", 1, 0, 1)
    show_samples(pipeline, held_out([validated], CUT, FILM, 1), 2, 1, journal)
    journal.close()
    assert torch.equal(torch.get_rng_state(), before)
    board = EventAccumulator(str(tmp_path / "tensorboard"))
    board.Reload()
    (event,) = board.Images("toy/sample 0")
    assert (event.width, event.height) == (64, 64)
