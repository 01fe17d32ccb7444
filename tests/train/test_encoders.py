"""What training tells the networks of a picture is what sampling tells them of it."""

import numpy as np
import pytest
import torch
from PIL import Image

from model.load import load_pipeline
from tests.model.test_pipeline import write_svd
from train.encoders import Encoders, latent_mean, latent_sample, to_pixels


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory):
    folder = tmp_path_factory.mktemp("svd")
    write_svd(folder)
    return load_pipeline(folder)


@pytest.fixture(scope="module")
def pictures() -> torch.Tensor:
    noise = np.random.default_rng(0).integers(0, 256, (3, 3, 32, 64), dtype=np.uint8)
    return torch.from_numpy(noise)


def test_latents_are_those_of_the_pipeline(pipeline, pictures) -> None:
    pixels = to_pixels(pictures)
    found = latent_mean(Encoders.of(pipeline).moments(pixels))
    wanted = pipeline._encode_vae_image(pixels, torch.device("cpu"), 1, False)
    torch.testing.assert_close(found, wanted)


def test_pixels_are_those_of_the_pipeline(pipeline, pictures) -> None:
    image = Image.fromarray(pictures[0].permute(1, 2, 0).numpy())
    wanted = pipeline.video_processor.preprocess(image, height=32, width=64)
    torch.testing.assert_close(to_pixels(pictures[:1]), wanted)


def test_embeddings_are_those_of_the_pipeline(pipeline, pictures) -> None:
    found = Encoders.of(pipeline).embedding(to_pixels(pictures))
    for picture, embedding in zip(pictures, found, strict=True):
        image = Image.fromarray(picture.permute(1, 2, 0).numpy())
        wanted = pipeline._encode_image(image, torch.device("cpu"), 1, False)
        torch.testing.assert_close(embedding[None, None], wanted, atol=1e-5, rtol=1e-4)


def test_a_model_without_an_image_encoder_has_no_embedding(pipeline, pictures) -> None:
    assert Encoders(pipeline.vae, None, None).embedding(to_pixels(pictures)) is None


def test_pictures_a_few_at_a_time_are_as_all_at_once(pipeline, pictures) -> None:
    whole = Encoders.of(pipeline).moments(to_pixels(pictures))
    parts = Encoders(pipeline.vae, None, None, chunk=2).moments(to_pixels(pictures))
    torch.testing.assert_close(parts, whole)


def test_samples_of_latents_are_those_of_diffusers(pipeline, pictures) -> None:
    found = pipeline.vae.encode(to_pixels(pictures)).latent_dist
    noise = torch.randn(found.mean.shape, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(latent_sample(found.parameters, noise), found.mean + found.std * noise)
