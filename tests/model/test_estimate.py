import pytest

from model.estimate import estimate
from model.presets import PRESETS


def test_a_step_of_svd_on_fourteen_frames_takes_no_more_than_the_arithmetic_needs():
    found = estimate(PRESETS["svd"], batch=1, frames=14, size=(320, 576))
    assert found.step_flops <= 34.1e12
    assert found.step_flops > 2 * found.sample_flops
    assert round(found.unet / 1e9, 2) == 1.52
    assert round(found.controlnet / 1e9, 2) == 0.68


def test_small_is_small():
    found = estimate(PRESETS["small"], batch=1, frames=14, size=(144, 256))
    assert found.vae + found.unet + found.controlnet <= 30e6


@pytest.mark.parametrize("batch", [2, 3])
def test_work_grows_with_the_batch(batch):
    one, more = (estimate(PRESETS["tiny"], count, frames=4, size=(64, 64)) for count in (1, batch))
    assert more.step_flops == batch * one.step_flops
    assert more.sample_flops == one.sample_flops
