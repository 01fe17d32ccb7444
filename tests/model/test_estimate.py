import pytest

from model.estimate import estimate
from model.presets import PRESETS


def test_a_step_of_svd_on_fourteen_frames_takes_no_more_than_the_arithmetic_needs():
    found = estimate(PRESETS["svd"], batch=1, frames=14, size=(320, 576))
    assert found.step_flops <= 34.1e12
    assert found.step_flops > 2 * found.sample_flops
    assert round(found.unet / 1e9, 2) == 1.52
    assert round(found.controlnet / 1e9, 2) == 0.68
    assert round(found.vae / 1e6) == 98 and round(found.image_encoder / 1e6) == 632


def test_memory_is_that_of_what_learns_what_is_frozen_and_what_is_kept():
    found = estimate(PRESETS["tiny"], batch=2, frames=4, size=(64, 64))
    assert found.image_encoder == 0
    assert found.trained_bytes == 20 * found.controlnet and found.frozen_bytes == 2 * (found.vae + found.unet)
    assert found.weight_bytes == 2 * (found.vae + found.unet + found.controlnet)
    fixed = found.trained_bytes + found.frozen_bytes
    assert found.training_bytes == (fixed + found.kept_bytes, fixed + found.kept_twice_bytes)
    assert 0 < found.kept_twice_bytes < 0.5 * found.kept_bytes


def test_small_is_small():
    found = estimate(PRESETS["small"], batch=1, frames=14, size=(144, 256))
    assert found.vae + found.unet + found.controlnet <= 30e6


@pytest.mark.parametrize("batch", [2, 3])
def test_work_grows_with_the_batch(batch):
    one, more = (estimate(PRESETS["tiny"], count, frames=4, size=(64, 64)) for count in (1, batch))
    assert more.step_flops == batch * one.step_flops
    assert more.sample_flops == one.sample_flops
    assert (batch - 1) * one.kept_bytes < more.kept_bytes <= batch * one.kept_bytes
