"""A cache's name hangs on what decides its numbers, and on nothing else."""

import copy
from dataclasses import replace

import pytest
import torch

from dataset_tools.drawing import object_colour
from model.box_overlay import draw_boxes
from model.image_noise import ImageNoise
from model.load import load_pipeline
from tests.train.latents.films import HEIGHT, PREPROCESSING, WIDTH, labels
from train.latents.fingerprint import BOXES_VERSION, cache_hash, fingerprint


def test_a_model_is_the_same_from_another_folder_and_in_another_type(pipeline, tmp_path) -> None:
    known = fingerprint(pipeline)
    pipeline.save_pretrained(tmp_path)
    assert fingerprint(load_pipeline(tmp_path, dtype=torch.bfloat16)) == known


@pytest.fixture
def changed(pipeline):
    """The pipeline with a VAE and an image encoder that may be changed."""
    found = copy.copy(pipeline)
    found.vae, found.image_encoder = copy.deepcopy(pipeline.vae), copy.deepcopy(pipeline.image_encoder)
    return found


def test_weights_that_encode_count_and_those_that_decode_do_not(pipeline, changed) -> None:
    known = fingerprint(pipeline)
    with torch.no_grad():
        changed.vae.decoder.conv_in.weight.mul_(2)
        assert fingerprint(changed) == known
        changed.vae.encoder.conv_in.weight[0, 0, 0, 0] += 1
    assert fingerprint(changed).vae != known.vae
    assert fingerprint(changed).image_encoder == known.image_encoder
    with torch.no_grad():
        next(changed.image_encoder.parameters()).mul_(2)
    assert fingerprint(changed).image_encoder != known.image_encoder
    changed.image_encoder = None
    assert fingerprint(changed).image_encoder is None


def test_configurations_count(pipeline, changed) -> None:
    changed.feature_extractor = copy.deepcopy(pipeline.feature_extractor)
    changed.feature_extractor.image_mean = [0.5, 0.5, 0.5]
    assert fingerprint(changed) != fingerprint(pipeline)


@pytest.mark.parametrize(
    "other",
    [
        {"width": 72},
        {"height": 56},
        {"targets": ("plain",)},
        {"most_objects": 3},
        {"noise": ImageNoise(-3.0, 0.4)},
        {"seed": 1},
        {"dtype": "bfloat16"},
    ],
)
def test_preprocessing_counts(pipeline, other) -> None:
    model = fingerprint(pipeline)
    assert cache_hash(model, PREPROCESSING) == cache_hash(model, replace(PREPROCESSING))
    assert cache_hash(model, PREPROCESSING) != cache_hash(model, replace(PREPROCESSING, **other))


def test_the_boxes_are_those_of_the_version_in_the_name() -> None:
    """Where this fails since boxes are drawn otherwise, raise BOXES_VERSION and write down the new means."""
    assert BOXES_VERSION == 1
    said = labels(0)
    corners, depth = (torch.from_numpy(said[name])[None] for name in ("box_corners_px", "center_depth"))
    video = torch.zeros(1, len(said["center_px"]), 3, HEIGHT, WIDTH)
    drawn = draw_boxes(video, corners, depth, [object_colour(0)], torch.ones(1, 1, dtype=torch.bool))
    means = drawn[0, 2, :, 12:36, 12:36].unfold(1, 8, 8).unfold(2, 8, 8).mean(dim=(0, 3, 4))
    torch.testing.assert_close(means, torch.tensor(BOXES_MEANS), atol=0.5, rtol=0)


BOXES_MEANS = [[80.5, 26.9, 29.2], [75.3, 43.9, 35.4], [50.3, 55.3, 56.7]]
