"""Windows as a batch."""

import numpy as np
import pytest
import torch

from dataset_tools.errors import FormatError
from dataset_tools.reader import Dataset
from train.latents.read import LatentCache, Window
from train.latents.stack import stack_windows


@pytest.fixture(scope="module")
def windows(made) -> list[Window]:
    cache = LatentCache(Dataset(made.folder.url + "/../.."), made.record.hash)
    return [cache.window(place, 1, 3) for place in (0, 3)]


def test_fields_are_stacked_and_keep_their_types(windows) -> None:
    batch = stack_windows(windows)
    for number, window in enumerate(windows):
        assert np.array_equal(batch.moments[number].numpy(), window.moments)
        assert np.array_equal(batch.image_latents[number].numpy(), window.image_latents)
        assert np.array_equal(batch.embedding[number].numpy(), window.embedding)
        assert np.array_equal(batch.corners_px[number].numpy(), window.labels.corners_px, equal_nan=True)
        assert batch.noise_strength[number].item() == window.noise_strength
    assert batch.moments.dtype == batch.image_latents.dtype == batch.embedding.dtype == torch.float16
    assert batch.world_from_camera.dtype == torch.float64 and batch.centres_px.dtype == torch.float32
    assert batch.objects.tolist() == [[True, False]] * 2
    assert batch.fps.tolist() == [8.0, 8.0] and batch.has_camera.all()
    assert batch.to("cpu").moments.shape == (2, 3, 8, 6, 8)


def test_the_batch_is_a_copy(windows) -> None:
    batch = stack_windows(windows)
    before = windows[0].moments.copy()
    batch.moments.zero_()
    assert np.array_equal(windows[0].moments, before)


def test_windows_of_a_model_without_image_encoder_have_no_embedding(windows) -> None:
    from dataclasses import replace

    assert stack_windows([replace(window, embedding=None) for window in windows]).to("cpu").embedding is None
    with pytest.raises(FormatError, match="different sizes"):
        stack_windows([windows[0], replace(windows[1], embedding=None)])


def test_windows_of_different_sizes_make_no_batch(windows) -> None:
    from dataclasses import replace

    with pytest.raises(FormatError, match="00000000 .3, 8, 6, 8., 00000003 .2, 8, 6, 8."):
        stack_windows([windows[0], replace(windows[1], moments=windows[1].moments[:2])])
