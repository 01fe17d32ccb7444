"""The order of the three numbers, against diffusers' own pipeline."""

import inspect

import pytest
import torch
from diffusers import StableVideoDiffusionPipeline

from model.micro_conditioning import MicroConditioning, added_time_ids


def test_the_order_is_that_of_the_pipeline_of_diffusers():
    parameters = list(inspect.signature(StableVideoDiffusionPipeline._get_add_time_ids).parameters)
    assert parameters[1:4] == ["fps", "motion_bucket_id", "noise_aug_strength"]
    unet = type("Unet", (), {"config": type("Config", (), {"addition_time_embed_dim": 4})})()
    unet.add_embedding = torch.nn.Module()
    unet.add_embedding.linear_1 = torch.nn.Linear(12, 2)
    pipeline = type("Pipeline", (), {"unet": unet})()
    told = MicroConditioning(fps=8, motion_bucket=100, noise_aug_strength=0.02)
    theirs = StableVideoDiffusionPipeline._get_add_time_ids(
        pipeline, told.fps - 1, 100, 0.02, torch.float32, 2, 1, False
    )
    torch.testing.assert_close(added_time_ids(told.fps, told.motion_bucket, told.noise_aug_strength, 2), theirs)


def test_each_sample_may_have_its_own_numbers():
    found = added_time_ids(torch.tensor([8, 25]), 127, torch.tensor([0.02, 0.1]), 2)
    torch.testing.assert_close(found, torch.tensor([[7, 127, 0.02], [24, 127, 0.1]]))


@pytest.mark.parametrize(
    "wrong", [{"fps": 0}, {"motion_bucket": 256}, {"noise_aug_strength": -1}, {"fps": float("nan")}]
)
def test_numbers_that_svd_never_saw_are_refused(wrong):
    with pytest.raises(ValueError, match="cannot be"):
        MicroConditioning(**wrong)
