from dataclasses import replace

import pytest
import torch

from model.fresh import fresh_pipeline
from tests.train.batches import batch_of
from train.encoders import Encoders
from train.example import Cut
from train.recipe import Recipe
from train.stages.diffusion import DiffusionStage
from train.stages.ready import Preparation

RECIPE = Recipe(cut=Cut(4, 2), frame_weight=0.5)


def stage(control: bool = True, **changes) -> DiffusionStage:
    pipeline = fresh_pipeline("tiny", 0)
    preparation = Preparation(replace(RECIPE, **changes), Encoders.of(pipeline), 32)
    return DiffusionStage(pipeline.unet, pipeline.controlnet if control else None, preparation)


@pytest.fixture(scope="module")
def batch(small):
    return batch_of(small, 2)


def test_the_loss_is_the_videos_and_the_frames_by_its_weight(batch) -> None:
    made = stage()
    with torch.no_grad():
        outcome = made(made.prepare(batch))
    torch.testing.assert_close(outcome.total, outcome.parts["video"] + 0.5 * outcome.parts["frame"])
    assert outcome.total.shape == outcome.sigma.shape == (2,)


def test_without_a_weight_there_is_no_loss_of_frames(batch) -> None:
    made = stage(frame_weight=0.0)
    with torch.no_grad():
        outcome = made(made.prepare(batch))
    assert set(outcome.parts) == {"video"} and torch.equal(outcome.total, outcome.parts["video"])


@pytest.mark.parametrize("control", [True, False])
def test_what_is_trained_gets_a_gradient_and_nothing_else_does(batch, control) -> None:
    made = stage(control)
    made(made.prepare(batch)).total.sum().backward()
    trained = made.trained()
    assert trained and all(weights.grad is not None for weights in trained.values())
    others = {id(weights) for weights in made.parameters()} - {id(weights) for weights in trained.values()}
    assert all(weights.grad is None for weights in made.parameters() if id(weights) in others)
    assert (made.controlnet is None) is not control


def test_a_frozen_backbone_stays_as_in_sampling() -> None:
    made = stage().eval().train()
    assert made.controlnet.training and not any(module.training for module in made.unet.modules())
    assert stage(control=False).unet.training


def test_the_loss_of_a_sample_does_not_hang_on_its_batch(batch, small) -> None:
    made = stage()
    with torch.no_grad():
        together = made(made.prepare(batch)).total
        alone = made(made.prepare(batch_of(small, 1, start=1))).total
    torch.testing.assert_close(together[1:], alone, rtol=1e-4, atol=1e-4)
