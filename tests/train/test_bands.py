import pytest
import torch

from train.bands import means_by_band


def test_each_band_of_noise_has_its_mean() -> None:
    found = means_by_band(torch.tensor([1.0, 3.0, 5.0, 7.0]), torch.tensor([0.05, 0.01, 2.0, 100.0]))
    assert found == {"below 0.1": 2.0, "1 to 10": 5.0, "over 10": 7.0}


def test_the_mean_of_bands_weighted_by_their_samples_is_the_mean() -> None:
    generator = torch.Generator().manual_seed(0)
    losses, sigma = torch.rand(100, generator=generator), torch.logspace(-3, 2, 100)
    found = means_by_band(losses, sigma)
    counts = torch.bincount(torch.bucketize(sigma, torch.tensor([0.1, 1.0, 10.0])))
    assert sum(mean * int(count) for mean, count in zip(found.values(), counts, strict=True)) / 100 == pytest.approx(
        losses.mean().item()
    )
