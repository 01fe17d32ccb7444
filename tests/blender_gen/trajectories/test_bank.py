"""Banking: a coordinated turn."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from blender_gen.trajectories import MotionError, TrajectorySpec
from blender_gen.trajectories.bank import Bank
from blender_gen.trajectories.helix import Helix
from blender_gen.trajectories.profiles import PROFILES, Constant, Ease, StopAndGo

DURATION = 2.0
TIMES = np.linspace(0.01, DURATION - 0.01, 201)
radii, rises, turns = st.floats(0.3, 2), st.floats(0, 1.5), st.floats(0.1, 2)
sweeps = st.floats(-7, 7).filter(lambda angle: abs(angle) > 0.5)


def fly(helix, turn_m, speed=None, reverse=False):
    return TrajectorySpec(helix, (0.1, 0.2), 0.4, reverse, speed or Constant(), Bank(turn_m), 1.0).build(DURATION)


def roll(pose):
    """Angle (...) of the left wing below the horizon, about the object's x axis."""
    return np.arctan2(-pose[..., 2, 1], pose[..., 2, 2])


@settings(max_examples=60)
@given(radii, sweeps, rises, turns, st.booleans(), st.sampled_from([Constant(), Ease(0.3)]))
def test_lift_along_the_objects_z_axis_carries_weight_and_turn(radius, sweep, rise, turn_m, reverse, speed):
    helix = Helix(radius, sweep, rise)
    trajectory = fly(helix, turn_m, speed, reverse)
    step = 1e-3
    steady = np.abs(speed.rate(np.clip(TIMES / DURATION + 1e-3, 0, 1)) - speed.rate(TIMES / DURATION)) < 1e-12
    times = TIMES[steady & (TIMES > 0.05) & (TIMES < 1.95)]
    before, here, after = (trajectory.position(times + shift) for shift in (-step, 0, step))
    acceleration = (after - 2 * here + before) / step**2
    gravity = (trajectory.length_m / DURATION) ** 2 / turn_m
    pose = trajectory.pose(times)
    felt = acceleration + [0.0, 0.0, gravity]
    sideways = np.einsum("kc,kc->k", pose[:, :3, 1], felt)
    assert np.abs(sideways).max() <= 1e-4 * np.linalg.norm(felt, axis=-1).max()


@settings(max_examples=60)
@given(radii, sweeps, rises, turns, st.booleans())
def test_the_roll_is_that_of_the_formula_and_into_the_turn(radius, sweep, rise, turn_m, reverse):
    helix = Helix(radius, sweep, rise)
    found = roll(fly(helix, turn_m, reverse=reverse).pose(TIMES))
    way = -1 if reverse else 1
    climb = np.arctan2(rise, radius * abs(sweep))
    expected = way * turn_m * helix.bend(TIMES / DURATION) / np.cos(climb)
    np.testing.assert_allclose(np.tan(found), expected, rtol=1e-9)
    assert np.all(np.sign(found) == way * np.sign(sweep))


@settings(max_examples=60)
@given(radii, sweeps, rises, turns, st.booleans())
def test_the_front_points_along_the_way_up_and_down_too(radius, sweep, rise, turn_m, reverse):
    trajectory = fly(Helix(radius, sweep, rise), turn_m, reverse=reverse)
    velocity = trajectory.position(TIMES + 1e-5) - trajectory.position(TIMES - 1e-5)
    velocity /= np.linalg.norm(velocity, axis=-1, keepdims=True)
    np.testing.assert_allclose(trajectory.pose(TIMES)[:, :3, 0], velocity, atol=1e-6)


def test_at_rest_the_object_does_not_roll_and_it_leans_more_the_faster_it_is():
    trajectory = fly(Helix(0.7, 5.0, 0.5), 0.3, StopAndGo(0.4, 0.2, 0.5, 0.4))
    waiting = roll(trajectory.pose(np.linspace(0.8, 1.2, 9)))
    np.testing.assert_allclose(waiting, 0, atol=1e-12)
    rolls = roll(trajectory.pose(np.linspace(0, 0.32, 33)))
    assert rolls[0] == 0 and np.all(np.diff(rolls) > 0)


@given(st.integers(0, 2**32), st.sampled_from(sorted(PROFILES)))
def test_drawn_rolls_reach_20_to_50_degrees(seed, speed):
    rng = np.random.default_rng(seed)
    helix, speed = Helix.draw(rng, 1.0), PROFILES[speed].draw(rng)
    bank = Bank.draw(rng, helix, speed)
    most = np.abs(np.degrees(roll(fly(helix, bank.turn_m, speed).pose(np.linspace(0, DURATION, 501))))).max()
    assert 19.9 <= most <= 50.1


@pytest.mark.parametrize("turn_m", [0.0, -1.0])
def test_a_turn_without_radius_is_refused(turn_m):
    with pytest.raises(MotionError, match="turn_m of a bank"):
        Bank(turn_m)
