import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import pytest
import torch

from dataset_tools.errors import FormatError
from dataset_tools.reader import Dataset
from model.condition_kinds import ConditionKinds
from model.controlnet import Told
from model.fresh import fresh_pipeline
from model.spatio_temporal import Seen
from model.unet import TrajectoryUNet
from tests.train.runs import accelerator
from train.encoders import Encoders
from train.example import Cut
from train.journal import Journal
from train.recipe import Recipe
from train.resample import Film
from train.run import make_stage
from train.stages.diffusion import DiffusionStage
from train.stages.ready import Preparation
from train.validation import SIGMAS, HeldOut, held_out, show_samples, validation_losses

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
    show_samples(pipeline, held_out([validated], CUT, FILM, 1), Recipe(cut=CUT), 2, 1, journal)
    journal.close()
    assert torch.equal(torch.get_rng_state(), before)
    board = EventAccumulator(str(tmp_path / "tensorboard"))
    board.Reload()
    (event,) = board.Images("toy/sample 0")
    assert (event.width, event.height) == (64, 64)


@contextmanager
def told_to(network: torch.nn.Module) -> Iterator[dict[str, torch.Tensor]]:
    """What a network is told at first, by name: of one sample, for sampling takes several at once."""
    told: dict[str, torch.Tensor] = {}
    name = "outputs" if isinstance(network, TrajectoryUNet) else "residuals"
    compute = getattr(network, name)

    def note(shown: list[Seen], *more: list[Told]) -> object:
        if not told:
            given = vars(shown[0]) | (vars(more[0][0]) if name == "residuals" else {})
            told.update({name: value[:1] for name, value in given.items() if isinstance(value, torch.Tensor)})
        return compute(shown, *more)

    setattr(network, name, note)
    yield told
    delattr(network, name)


TOLD = ("added_time_ids", "trajectory_maps", "has_trajectory", "has_camera", "camera")


@pytest.fixture
def two_objects(shared) -> HeldOut:
    """A clip of two objects; the first is out of sight for a while."""
    (example,) = held_out([Dataset(shared / "golden").split("train")[:1]], CUT, FILM, 1).examples
    centres = example.centres_px.copy()
    centres[1:3, 0] = np.nan
    return HeldOut((replace(example, centres_px=centres),))


@pytest.mark.parametrize("camera", [True, False])
@pytest.mark.parametrize("kinds", [ConditionKinds(), ConditionKinds("glow", "rays", True)], ids=str)
def test_samples_are_told_what_training_tells(two_objects, tmp_path, kinds, camera) -> None:
    recipe, pipeline = Recipe(cut=CUT, camera=camera, motion_bucket=99.0), fresh_pipeline("tiny", 0, kinds)
    pipeline.set_progress_bar_config(disable=True)
    stage = make_stage(recipe, pipeline, accelerator(), compiled=False)
    with told_to(pipeline.controlnet) as trained, told_to(pipeline.unet) as backbone_trained:
        validation_losses(stage, two_objects, torch.device("cpu"))
    journal = Journal(tmp_path, "toy", 1, 0, 1)
    with told_to(pipeline.controlnet) as sampled, told_to(pipeline.unet) as backbone_sampled:
        show_samples(pipeline, two_objects, recipe, 1, 1, journal)
    journal.close()
    assert sampled["added_time_ids"][0].tolist() == pytest.approx([7.0, 99.0, 0.02]), "SVD is told the rate less one"
    assert sampled["has_camera"].item() is camera and sampled["trajectory_maps"].any()
    for name in TOLD[: None if camera else -1]:  # what is not known is not looked at
        torch.testing.assert_close(sampled[name], trained[name], msg=name)
    torch.testing.assert_close(backbone_sampled["added_time_ids"], backbone_trained["added_time_ids"])
