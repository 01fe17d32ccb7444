"""Clips made ready beside the device."""

import numpy as np
import pytest
import torch
from PIL import Image

from dataset_tools.clip import Clip
from dataset_tools.errors import FormatError
from dataset_tools.reader import Dataset
from model.image_noise import ImageNoise
from tests.train.latents.films import FRAMES, PREPROCESSING, film_members
from train.encoders import to_pixels
from train.latents.prepare import noisy_frames, prepare, prepare_all


@pytest.fixture
def film() -> Clip:
    return Clip.from_members("00000003", film_members(3))


def test_noise_is_a_draw_by_seed_key_and_frame_alone(film) -> None:
    video = torch.from_numpy(film.video()).permute(0, 3, 1, 2)
    law = ImageNoise()
    noisy, strength = noisy_frames(video, "00000003", law, 7)
    again, same = noisy_frames(video[:2], "00000003", law, 7)
    assert torch.equal(again, noisy[:2]) and torch.equal(same, strength[:2])
    for key, seed in (("00000004", 7), ("00000003", 8)):
        other, others = noisy_frames(video, key, law, seed)
        assert not torch.isclose(others, strength).any() and not torch.equal(other, noisy)
    noise = (noisy - to_pixels(video)) / strength.reshape(-1, 1, 1, 1)
    assert noise.flatten(1).std(dim=1).sub(1).abs().max() < 0.05
    assert len(strength.unique()) == FRAMES


def test_strengths_follow_the_law() -> None:
    black = torch.zeros(400, 3, 2, 2, dtype=torch.uint8)
    logs = noisy_frames(black, "00000000", ImageNoise(-2.0, 0.25), 0)[1].log()
    assert abs(logs.mean() + 2.0) < 0.05 and abs(logs.std() - 0.25) < 0.03


def test_pixels_are_those_that_sampling_makes_of_a_picture(pipeline, film) -> None:
    pixels = film.video()[0]
    expected = pipeline.video_processor.preprocess(Image.fromarray(pixels), *pixels.shape[:2])
    found = to_pixels(torch.from_numpy(pixels).permute(2, 0, 1)[None])
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-6)


def test_a_frame_is_made_ready_for_the_image_encoder_by_itself(film) -> None:
    first, second = (prepare(film, PREPROCESSING, True).pictures for _ in range(2))
    assert first.shape == (FRAMES, 3, 224, 224) and torch.equal(first, second)
    assert -0.2 < first.min() < 0.5 < first.max() < 1.2, "the cubic filter goes a little beyond 0 and 1"


@pytest.mark.parametrize("workers", [0, 1, 3])
def test_clips_come_in_the_order_asked_for(made, workers) -> None:
    dataset = Dataset(made.folder.url + "/../..")
    places = [4, 0, 2, 1]
    found = list(prepare_all(dataset, places, PREPROCESSING, False, workers))
    assert [clip.key for clip in found] == [dataset.keys[place] for place in places]
    assert all(clip.pictures is None for clip in found)


def test_a_clip_without_boxes_cannot_have_them_drawn() -> None:
    film = Clip.from_members("00000000", film_members(0, boxes=False))
    with pytest.raises(FormatError, match="lacks box_corners_px"):
        prepare(film, PREPROCESSING, False)


def test_a_clip_of_another_size_is_refused(film) -> None:
    from dataclasses import replace

    with pytest.raises(FormatError, match="was expected"):
        prepare(film, replace(PREPROCESSING, width=128), False)


@pytest.mark.parametrize("workers", [0, 2])
def test_a_clip_that_cannot_be_read_is_named(own, workers) -> None:
    clip = own[3]
    path = f"{own.url}/{clip.shard}"
    with open(path, "r+b") as file:
        file.seek(clip.index_entry.members["video.mp4"][0])
        file.write(bytes(1000))
    with pytest.raises(FormatError, match=f"{clip.shard}, clip 00000003: "):
        list(prepare_all(own, range(5), PREPROCESSING, False, workers))


def test_a_prepared_clip_holds_its_labels(film) -> None:
    found = prepare(film, PREPROCESSING, True)
    assert found.video.dtype == torch.uint8 and found.video.shape == found.noisy.shape
    assert found.pictures.shape == (FRAMES, 3, 224, 224)
    assert np.array_equal(found.labels.centres_px[:, 0], film.labels["center_px"][:, 0])
