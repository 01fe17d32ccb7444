"""Tumbling: the free motion of a symmetric top."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from blender_gen.trajectories import MotionError, TrajectorySpec
from blender_gen.trajectories.profiles import Constant, StopAndGo
from blender_gen.trajectories.tumble import Tumble
from blender_gen.trajectories.tumbling import Tumbling

DURATION = 2.0
seeds = st.integers(0, 2**32)


def tumbling(seed):
    return Tumbling.draw(np.random.default_rng(seed), Tumble(0.0, 0.0), Constant())


def built(facing, speed=None, length=0.0):
    speed = speed or Constant()
    return TrajectorySpec(Tumble(length, 0.0), (0.0, 0.0), 0.0, False, speed, facing, 1.0).build(DURATION)


def angular_velocity(trajectory, times, step=1e-4):
    """(K,3) in the world, per share of the clip."""
    before, after = (Rotation.from_matrix(trajectory.pose(times + s)[:, :3, :3]) for s in (-step, step))
    return (after * before.inv()).as_rotvec() / (2 * step) * DURATION


@settings(max_examples=60)
@given(seeds)
def test_axis_momentum_and_angular_velocity_lie_in_one_plane_and_keep_their_angles(seed):
    facing = tumbling(seed)
    trajectory, times = built(facing), np.linspace(0.01, 1.99, 101)
    axis = trajectory.pose(times)[:, :3, :3] @ facing.axis
    velocity = angular_velocity(trajectory, times)
    np.testing.assert_allclose(
        velocity, facing.precession_rad * np.array(facing.momentum) + facing.spin_rad * axis, atol=1e-5
    )
    np.testing.assert_allclose(axis @ facing.momentum, axis[0] @ facing.momentum, atol=1e-12)


@settings(max_examples=60)
@given(seeds)
def test_a_symmetric_top_exists_whose_angular_momentum_stands_still(seed):
    facing = tumbling(seed)
    trajectory, times = built(facing), np.linspace(0.01, 1.99, 101)
    velocity = angular_velocity(trajectory, times)
    axis = trajectory.pose(times)[:, :3, :3] @ facing.axis
    along = np.sum(velocity * axis, axis=-1, keepdims=True) * axis
    cosine = axis[0] @ facing.momentum
    ratio = facing.precession_rad * cosine / (facing.precession_rad * cosine + facing.spin_rad)
    momentum = (velocity - along) + ratio * along
    np.testing.assert_allclose(momentum, np.tile(momentum[0], (101, 1)), atol=1e-4 * max(1, abs(ratio)))


@settings(max_examples=60)
@given(seeds)
def test_recorded_rotation_is_the_constant_angular_speed_and_at_least_60_degrees(seed):
    facing = tumbling(seed)
    cosine = Rotation.from_quat(facing.start).apply(facing.axis) @ facing.momentum
    square = facing.precession_rad**2 + facing.spin_rad**2 + 2 * facing.precession_rad * facing.spin_rad * cosine
    found = built(facing).rotation_deg
    assert found == pytest.approx(np.degrees(np.sqrt(square)), rel=1e-6)
    assert found > 60 - 1e-9


def test_objects_start_in_any_pose_and_tumble_about_any_of_their_axes():
    drawn = [tumbling(seed) for seed in range(200)]
    up = np.array([Rotation.from_quat(facing.start).as_matrix()[2] for facing in drawn])
    assert np.abs(up.mean(axis=0)).max() < 0.15 and np.abs((up**2).mean(axis=0) - 1 / 3).max() < 0.1
    assert {facing.axis for facing in drawn} == {(1, 0, 0), (0, 1, 0), (0, 0, 1)}
    assert {np.sign(facing.precession_rad) for facing in drawn} == {np.sign(facing.spin_rad) for facing in drawn}


def test_the_start_is_the_start_and_a_wait_is_a_wait():
    facing = tumbling(4)
    trajectory = built(facing, StopAndGo(0.4, 0.2, 0.5, 0.3))
    start = Rotation.from_quat(facing.start).as_matrix()
    np.testing.assert_allclose(trajectory.pose(0.0)[:3, :3], start, atol=1e-14)
    waiting = trajectory.pose(np.linspace(0.8, 1.2, 9))[:, :3, :3]
    np.testing.assert_allclose(waiting, np.tile(waiting[0], (9, 1, 1)), atol=1e-12)


def test_drifting_changes_nothing_of_the_turn():
    facing, times = tumbling(7), np.linspace(0, 2, 21)
    there, here = built(facing, length=2.0).pose(times), built(facing).pose(times)
    np.testing.assert_array_equal(there[:, :3, :3], here[:, :3, :3])


@pytest.mark.parametrize(
    "change", [{"momentum": (1.0, 1.0, 0.0)}, {"axis": (1.0, 0.0)}, {"start": (0.0, 0.0, 0.0, 0.9)}]
)
def test_axes_that_are_no_unit_vectors_are_refused(change):
    with pytest.raises(MotionError, match="of length 1"):
        dataclasses.replace(tumbling(1), **change)
