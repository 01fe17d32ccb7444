"""Latents equal those of sampling and of a run without a cache."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image

from dataset_tools.clip import Clip
from dataset_tools.drawing import object_colour
from dataset_tools.errors import PoseTrajError
from model.box_overlay import draw_boxes
from tests.train.latents.films import FRAMES, PREPROCESSING, encoder, film_members
from train.colours import in_colours
from train.example import read_example
from train.latents.encode import members_of
from train.latents.prepare import prepare


@pytest.fixture(scope="module")
def film() -> Clip:
    return Clip.from_members("00000001", film_members(1))


@pytest.fixture(scope="module")
def video(film) -> torch.Tensor:
    """What a run without a cache sees."""
    return in_colours(read_example(film, 0, FRAMES, 2, colours=False))


@pytest.fixture(scope="module")
def prepared(film):
    return prepare(film, PREPROCESSING, True)


@pytest.fixture(scope="module")
def arrays(pipeline, prepared) -> dict[str, np.ndarray]:
    return encoder(pipeline).encode(prepared)


def close(found: np.ndarray, expected: torch.Tensor) -> bool:
    """Equal but for the rounding to float16 and what the order of sums does in float32."""
    expected = expected.numpy().astype(np.float32)
    return found.shape == expected.shape and bool((np.abs(found - expected) <= 1e-3 * np.abs(expected) + 1e-4).all())


def moments(pipeline, video: torch.Tensor) -> torch.Tensor:
    with torch.no_grad():
        return pipeline.vae.encode(video.float() / 127.5 - 1.0).latent_dist.parameters


def test_moments_are_those_of_a_run_without_a_cache(pipeline, video, arrays) -> None:
    assert arrays["plain.npy"].dtype == np.float16
    assert close(arrays["plain.npy"], moments(pipeline, video))


def test_boxed_moments_are_those_of_the_video_with_boxes(pipeline, video, prepared, arrays) -> None:
    labels = prepared.labels
    drawn = draw_boxes(
        video[None],
        torch.from_numpy(labels.corners_px)[None],
        torch.from_numpy(labels.depth)[None],
        [object_colour(0), object_colour(1)],
        torch.from_numpy(labels.objects)[None],
    )
    assert close(arrays["boxed.npy"], moments(pipeline, drawn[0]))
    assert not close(arrays["boxed.npy"], moments(pipeline, video))


def test_without_boxes_to_draw_both_targets_are_one(pipeline, prepared, arrays) -> None:
    corners = prepared.labels.corners_px.copy()
    corners[2:] = np.nan
    found = encoder(pipeline).encode(replace(prepared, labels=replace(prepared.labels, corners_px=corners)))
    assert np.array_equal(found["boxed.npy"][3:], found["plain.npy"][3:])
    assert np.array_equal(found["boxed.npy"][:2], arrays["boxed.npy"][:2])
    assert not np.array_equal(found["boxed.npy"][:2], found["plain.npy"][:2])


def test_embeddings_are_those_of_sampling_for_each_frame(pipeline, video, arrays) -> None:
    for frame, found in zip(video.permute(0, 2, 3, 1).numpy(), arrays["embedding.npy"], strict=True):
        with torch.no_grad():
            expected = pipeline._embedding(Image.fromarray(frame), torch.device("cpu"))
        assert close(found, expected[0, 0])


def test_image_latents_are_those_of_sampling_with_the_clips_own_noise(pipeline, prepared, arrays) -> None:
    with torch.no_grad():
        expected = torch.cat([pipeline._image_latents(frame[None], torch.device("cpu")) for frame in prepared.noisy])
    assert close(arrays["image.npy"], expected)
    assert np.array_equal(arrays["noise_strength.npy"], prepared.noise_strength.numpy())


@pytest.mark.parametrize("batch", [1, 2, 8])
def test_a_frame_does_not_hang_on_those_beside_it(pipeline, prepared, arrays, batch) -> None:
    found = encoder(pipeline, batch=batch).encode(prepared)
    for name, array in arrays.items():
        assert np.allclose(found[name], array, rtol=2e-3, atol=1e-3, equal_nan=True), name


def test_targets_that_are_not_asked_for_are_left_out(pipeline, prepared) -> None:
    found = encoder(pipeline, replace(PREPROCESSING, targets=("boxed",))).encode(prepared)
    assert tuple(found) == ("boxed.npy", "image.npy", "noise_strength.npy", "embedding.npy", "labels.npy")
    assert "embedding.npy" not in members_of(PREPROCESSING, image_encoder=False)


def test_a_model_in_float16_encodes_images_in_float32_as_sampling_does(svd, prepared, arrays) -> None:
    from model.load import load_pipeline

    half = load_pipeline(svd, dtype=torch.float16)
    found = encoder(half, replace(PREPROCESSING, dtype="float16", targets=("plain",))).encode(prepared)
    assert half.vae.dtype == torch.float32
    assert np.allclose(found["plain.npy"], arrays["plain.npy"], rtol=0.05, atol=0.05)


def test_numbers_too_large_for_float16_are_refused(pipeline, prepared) -> None:
    with pytest.raises(PoseTrajError, match="clip 00000001 has no image.npy in float16.*--dtype float32"):
        encoder(pipeline).encode(replace(prepared, noisy=prepared.noisy * torch.nan))


def test_a_size_that_the_vae_cannot_take_is_refused(pipeline) -> None:
    with pytest.raises(PoseTrajError, match="multiples of 8"):
        encoder(pipeline, replace(PREPROCESSING, width=68))
