"""The identities that SVD's scalings stand on, and the distributions of noise levels."""

import math

import pytest
import torch
from diffusers import EulerDiscreteScheduler
from hypothesis import given
from hypothesis import strategies as st

from model.edm import (
    CosineInterpolatedSigmas,
    LogNormalSigmas,
    add_noise,
    denoised,
    denoising_loss,
    loss_weight,
    scalings,
    target_output,
)

SIGMA = torch.tensor([0.002, 0.1, 1.0, 7.3, 700.0])


def samples(seed: int, count: int = 5) -> torch.Tensor:
    return torch.randn(count, 2, 4, 3, 3, generator=torch.Generator().manual_seed(seed))


def test_what_the_network_sees_and_says_has_variance_one():
    generator = torch.Generator().manual_seed(0)
    clean, noise = (torch.randn(5, 200_000, generator=generator) for _ in range(2))
    noisy = add_noise(clean, noise, SIGMA)
    seen = scalings(SIGMA, 2).into * noisy
    said = target_output(clean, noisy, SIGMA)
    torch.testing.assert_close(seen.var(dim=1), torch.ones(5), atol=0.01, rtol=0)
    torch.testing.assert_close(said.var(dim=1), torch.ones(5), atol=0.01, rtol=0)


def test_the_target_output_gives_back_the_clean_sample():
    clean, noise = samples(1), samples(2)
    noisy = add_noise(clean, noise, SIGMA)
    found = denoised(target_output(clean, noisy, SIGMA), noisy, SIGMA)
    torch.testing.assert_close(found, clean, atol=2e-4, rtol=1e-4)


def test_the_loss_is_the_error_of_the_networks_own_output():
    clean, noise, output = samples(1), samples(2), samples(3)
    noisy = add_noise(clean, noise, SIGMA)
    own = (output - target_output(clean, noisy, SIGMA)).square().flatten(1).mean(dim=1)
    torch.testing.assert_close(denoising_loss(output, noisy, clean, SIGMA), own, rtol=1e-3, atol=1e-4)


def test_the_weight_is_one_over_the_square_of_the_output_scale():
    torch.testing.assert_close(loss_weight(SIGMA), scalings(SIGMA, 1).out.square().reciprocal())


def test_the_scalings_are_those_of_the_scheduler_that_samples():
    scheduler = EulerDiscreteScheduler(
        prediction_type="v_prediction",
        timestep_type="continuous",
        use_karras_sigmas=True,
        sigma_min=0.002,
        sigma_max=700.0,
    )
    scheduler.set_timesteps(7)
    sample, output = samples(4, 1), samples(5, 1)
    for number, time in enumerate(scheduler.timesteps):
        sigma = scheduler.sigmas[number : number + 1]
        torch.testing.assert_close(scheduler.scale_model_input(sample, time), scalings(sigma, 5).into * sample)
        stepped = scheduler.step(output, time, sample)
        torch.testing.assert_close(stepped.pred_original_sample, denoised(output, sample, sigma))
        torch.testing.assert_close(time.reshape(1), scalings(sigma, 1).noise)


def test_noise_levels_are_log_normal_with_the_mean_and_width_of_svd():
    drawn = LogNormalSigmas().sample(200_000, torch.Generator().manual_seed(0)).log()
    assert drawn.mean().item() == pytest.approx(0.7, abs=0.02)
    assert drawn.std().item() == pytest.approx(1.6, abs=0.02)


@given(st.floats(8, 512), st.floats(8, 512))
def test_the_interpolated_cosine_schedule_goes_from_the_smallest_to_the_largest_level(low, high):
    schedule = CosineInterpolatedSigmas(low_noise_px=min(low, high), high_noise_px=max(low, high))
    levels = schedule.at(torch.linspace(0, 1, 101))
    assert levels[0].item() == pytest.approx(0.002, rel=1e-4) and levels[-1].item() == pytest.approx(700.0, rel=1e-4)
    assert (levels > 0).all() and levels.isfinite().all()


def test_without_a_shift_half_of_the_noise_levels_lie_under_sigma_data():
    for middle in (0.5, 1.0):
        schedule = CosineInterpolatedSigmas(64, 64, sigma_data=middle, smallest=1e-4, largest=1e4)
        assert schedule.at(torch.tensor([0.5])).item() == pytest.approx(middle, rel=1e-3)


def test_the_cosine_schedule_is_k_diffusions_with_the_constants_of_svds_training_scripts():
    found = CosineInterpolatedSigmas().at(torch.tensor([0.125, 0.25, 0.5, 0.75, 0.875]))
    torch.testing.assert_close(found, torch.tensor([0.110, 0.248, 0.708, 2.03, 4.59]), rtol=0.01, atol=0)


def test_a_shift_to_half_the_resolution_doubles_the_noise():
    times = torch.linspace(0.2, 0.8, 7)
    plain, shifted = (
        CosineInterpolatedSigmas(low_noise_px=px, high_noise_px=px, smallest=1e-6, largest=1e6).at(times)
        for px in (64, 32)
    )
    torch.testing.assert_close(shifted, 2 * plain, rtol=1e-4, atol=0)


@pytest.mark.parametrize("distribution", [LogNormalSigmas(), CosineInterpolatedSigmas()])
def test_the_same_generator_gives_the_same_levels(distribution):
    first, again = (distribution.sample(9, torch.Generator().manual_seed(3)) for _ in range(2))
    torch.testing.assert_close(first, again, rtol=0, atol=0)
    assert len(set(first.tolist())) == 9 and math.isfinite(first.sum().item())
