"""Colours changed at random, by what their factors say."""

import torch

from train.jitter import jittered

VIDEO = torch.rand(2, 3, 3, 4, 5, generator=torch.Generator().manual_seed(0)) * 100 + 50


def changed(*factors: float) -> torch.Tensor:
    return jittered(VIDEO, torch.tensor([factors, (1.0, 1.0, 1.0)]))


def test_factors_of_one_change_nothing() -> None:
    torch.testing.assert_close(changed(1.0, 1.0, 1.0), VIDEO)


def test_each_factor_changes_its_own_sample_alone() -> None:
    for factors in ((1.3, 1.0, 1.0), (1.0, 0.7, 1.0), (1.0, 1.0, 0.5)):
        made = changed(*factors)
        torch.testing.assert_close(made[1], VIDEO[1])
        assert not torch.allclose(made[0], VIDEO[0])


def test_brightness_is_a_factor_and_is_cut_off_at_white() -> None:
    torch.testing.assert_close(changed(1.2, 1.0, 1.0)[0], 1.2 * VIDEO[0])
    assert changed(9.0, 1.0, 1.0)[0].max() == 255.0


def test_without_saturation_all_is_grey() -> None:
    grey = changed(1.0, 1.0, 0.0)[0]
    torch.testing.assert_close(grey[:, 0], grey[:, 1])
    torch.testing.assert_close(grey[:, 0], grey[:, 2])


def test_without_contrast_only_the_mean_grey_is_left() -> None:
    flat = changed(1.0, 0.0, 1.0)[0]
    assert flat.std() < 1e-4
