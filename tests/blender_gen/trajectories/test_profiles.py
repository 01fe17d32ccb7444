"""Speed profiles: monotone C1 maps of [0, 1] onto itself."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from blender_gen.trajectories import PROFILES, MotionError
from blender_gen.trajectories.profiles import Constant, Ease, StopAndGo

TAU = np.linspace(0, 1, 2001)


@st.composite
def profiles(draw):
    kind = PROFILES[draw(st.sampled_from(sorted(PROFILES)))]
    return kind.draw(np.random.default_rng(draw(st.integers(0, 2**32))))


@given(profiles())
def test_a_profile_goes_from_0_to_1_and_never_back(profile):
    fraction = profile.fraction(TAU)
    assert (fraction[0], fraction[-1]) == (0, 1)
    assert np.diff(fraction).min() >= 0
    assert profile.rate(TAU).min() >= 0


@given(profiles())
def test_rate_is_the_derivative_and_does_not_jump(profile):
    step = 1e-6
    tau = np.linspace(step, 1 - step, 4001)
    differences = (profile.fraction(tau + step) - profile.fraction(tau - step)) / (2 * step)
    np.testing.assert_allclose(profile.rate(tau), differences, atol=1e-6)
    assert np.abs(profile.rate(tau + step) - profile.rate(tau - step)).max() < 1e-3


@settings(max_examples=30)
@given(st.floats(0.01, 0.5))
def test_an_ease_starts_and_ends_at_rest_and_is_the_same_both_ways(ramp):
    ease = Ease(ramp)
    np.testing.assert_array_equal(ease.rate([0.0, 1.0]), [0.0, 0.0])
    np.testing.assert_allclose(ease.fraction(TAU), 1 - ease.fraction(1 - TAU), atol=1e-14)
    assert ease.rate(0.5) == pytest.approx(1 / (1 - ramp))


def test_a_stop_and_go_waits_where_it_says():
    profile = StopAndGo(stop_at=0.4, pause=0.2, share=0.7, ramp=0.25)
    wait = np.linspace(0.4, 0.6, 21)
    np.testing.assert_allclose(profile.fraction(wait), 0.7, atol=1e-15)
    np.testing.assert_allclose(profile.rate(wait), 0.0, atol=1e-12)
    assert profile.rate(0.2) > 1 and profile.rate(0.8) > 0.5


def test_constant_speed_is_the_identity():
    np.testing.assert_array_equal(Constant().fraction(TAU), TAU)
    np.testing.assert_array_equal(Constant().rate(TAU), np.ones_like(TAU))


@pytest.mark.parametrize(
    "bad",
    [
        lambda: Ease(0.0),
        lambda: Ease(0.6),
        lambda: StopAndGo(0.0, 0.1, 0.5, 0.2),
        lambda: StopAndGo(0.5, 0.5, 0.5, 0.2),
        lambda: StopAndGo(0.5, 0.1, 1.0, 0.2),
        lambda: StopAndGo(0.5, 0.1, 0.5, 0.0),
    ],
)
def test_numbers_that_make_no_profile_are_refused(bad):
    with pytest.raises(MotionError, match="should be"):
        bad()
