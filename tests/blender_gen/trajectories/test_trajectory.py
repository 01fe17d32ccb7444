"""Trajectories: rigid poses at any time, the speed that the profile says, the facing that was asked for."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from blender_gen.trajectories import FACINGS, FAMILIES, PROFILES, MotionError, TrajectorySpec
from blender_gen.trajectories.bank import Bank
from blender_gen.trajectories.circle_arc import CircleArc
from blender_gen.trajectories.facing import Centre, Fixed, FreeSpin, Tangent
from blender_gen.trajectories.helix import Helix
from blender_gen.trajectories.line import Line
from blender_gen.trajectories.profiles import Constant, Ease, StopAndGo
from blender_gen.trajectories.s_curve import SCurve
from blender_gen.trajectories.tumble import Tumble
from blender_gen.trajectories.turntable import Turntable

DURATION = 2.5
TIMES = np.linspace(0, DURATION, 41)


@st.composite
def specs(draw, facings=tuple(FACINGS), speeds=tuple(PROFILES), families=tuple(FAMILIES)):
    """Specs of families that can take one of these facings, at the height that asks for nothing."""
    families = [name for name in sorted(families) if set(facings) & set(FAMILIES[name].facings)]
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    family = FAMILIES[draw(st.sampled_from(families))].draw(rng, 1.0)
    speed = PROFILES[draw(st.sampled_from(sorted(speeds)))].draw(rng)
    facing = FACINGS[draw(st.sampled_from(sorted(set(facings) & set(family.facings))))].draw(rng, family, speed)
    heading, height = draw(st.floats(-3, 3)), draw(st.floats(0.05, 1))
    return TrajectorySpec(family, (0.3, -0.2), heading, draw(st.booleans()), speed, facing, height)


def spec_of(family, facing, speed=None, **changes):
    spec = TrajectorySpec(family, (0.3, -0.2), 0.7, False, speed or Constant(), facing, 0.4)
    return dataclasses.replace(spec, **changes)


def velocity(trajectory, times, step=1e-5):
    return (trajectory.position(times + step) - trajectory.position(times - step)) / (2 * step)


@settings(max_examples=60)
@given(specs())
def test_poses_are_rigid(spec):
    pose = spec.build(DURATION).pose(TIMES)
    rotation = pose[:, :3, :3]
    assert pose.dtype == np.float64 and pose.shape == (41, 4, 4)
    np.testing.assert_allclose(np.swapaxes(rotation, 1, 2) @ rotation, np.tile(np.eye(3), (41, 1, 1)), atol=1e-12)
    np.testing.assert_allclose(np.linalg.det(rotation), 1, atol=1e-12)
    np.testing.assert_array_equal(pose[:, 3], np.tile([0, 0, 0, 1], (41, 1)))


@settings(max_examples=60)
@given(specs())
def test_speed_is_what_the_profile_says(spec):
    trajectory = spec.build(DURATION)
    times = np.linspace(0.001, DURATION - 0.001, 101)
    mean = trajectory.length_m / DURATION
    speed = np.linalg.norm(velocity(trajectory, times), axis=-1)
    np.testing.assert_allclose(speed, mean * spec.speed.rate(times / DURATION), atol=1e-5 * mean)


@settings(max_examples=25)
@given(specs())
def test_recorded_rotation_is_the_integral_of_the_angular_speed(spec):
    trajectory = spec.build(DURATION)
    step = 1e-6
    edges = np.linspace(0, DURATION, 4001)
    middles = (edges[1:] + edges[:-1]) / 2
    before, after = (trajectory.pose(middles + shift)[:, :3, :3] for shift in (-step, step))
    turned = after @ np.swapaxes(before, 1, 2)
    axis = np.stack(
        [turned[:, 2, 1] - turned[:, 1, 2], turned[:, 0, 2] - turned[:, 2, 0], turned[:, 1, 0] - turned[:, 0, 1]]
    )
    angular_speed = np.linalg.norm(axis, axis=0) / 2 / (2 * step)
    integral = np.degrees(np.sum(angular_speed) * DURATION / 4000)
    assert trajectory.rotation_deg == pytest.approx(integral, rel=2e-5, abs=1e-3)


@settings(max_examples=25)
@given(specs())
def test_recorded_rotation_is_the_sum_of_many_small_turns(spec):
    trajectory = spec.build(DURATION)
    turns = Rotation.from_matrix(trajectory.pose(np.linspace(0, DURATION, 20001))[:, :3, :3])
    small = (turns[:-1].inv() * turns[1:]).magnitude()
    assert trajectory.rotation_deg == pytest.approx(np.degrees(small.sum()), rel=1e-6, abs=1e-6)


@given(st.floats(0.3, 3), st.floats(-6, 6).filter(lambda angle: abs(angle) > 0.01), st.booleans())
@settings(max_examples=20)
def test_an_arc_turns_a_driving_object_by_its_own_angle(radius, sweep, reverse):
    for facing in (Tangent(), Centre()):
        trajectory = spec_of(CircleArc(radius, sweep), facing, Ease(0.3), reverse=reverse).build(DURATION)
        assert trajectory.rotation_deg == pytest.approx(np.degrees(abs(sweep)), rel=1e-9)


def test_rotation_back_and_forth_adds_up():
    trajectory = spec_of(SCurve(3.0, 0.5), Tangent()).build(DURATION)
    assert trajectory.rotation_deg == pytest.approx(4 * np.degrees(np.arctan(np.pi / 3)), rel=1e-6)


def test_a_spin_over_several_turns_is_recorded_whole():
    assert spec_of(Line(2.0), FreeSpin(1.0, -20.0)).build(DURATION).rotation_deg == pytest.approx(np.degrees(20))


def test_what_does_not_turn_has_no_rotation():
    assert spec_of(Line(2.0), Tangent()).build(DURATION).rotation_deg == pytest.approx(0, abs=1e-6)
    assert spec_of(CircleArc(1.0, 2.0), Fixed(0.3)).build(DURATION).rotation_deg == 0


@settings(max_examples=60)
@given(specs(facings=("tangent",)))
def test_tangent_facing_drives_forward_whichever_way_the_path_is_followed(spec):
    trajectory = spec.build(DURATION)
    times = np.linspace(0.01, DURATION - 0.01, 101)
    times = times[spec.speed.rate(times / DURATION) > 0.1]
    moving = velocity(trajectory, times) * [1.0, 1.0, 0.0]
    moving /= np.linalg.norm(moving, axis=-1, keepdims=True)
    np.testing.assert_allclose(trajectory.pose(times)[:, :3, 0], moving, atol=1e-5)


@settings(max_examples=40)
@given(specs(facings=("centre",)))
def test_centre_facing_looks_at_the_focus(spec):
    trajectory = spec.build(DURATION)
    x, y, _ = spec.family.focus
    cos, sin = np.cos(spec.heading_rad), np.sin(spec.heading_rad)
    focus = np.array([cos * x - sin * y, sin * x + cos * y]) + spec.origin_xy
    towards = focus - trajectory.position(TIMES)[:, :2]
    towards /= np.linalg.norm(towards, axis=-1, keepdims=True)
    np.testing.assert_allclose(trajectory.pose(TIMES)[:, :2, 0], towards, atol=1e-12)


def test_fixed_facing_keeps_its_yaw_and_free_spin_turns_with_the_way_gone():
    fixed = spec_of(CircleArc(1.0, 2.0), Fixed(-1.2)).build(DURATION)
    np.testing.assert_allclose(fixed.yaw(TIMES), -1.2, atol=1e-15)
    spinning = spec_of(CircleArc(1.0, 2.0), FreeSpin(0.5, 9.0), Ease(0.2)).build(DURATION)
    share = Ease(0.2).fraction(TIMES / DURATION)
    np.testing.assert_allclose(np.unwrap(spinning.yaw(TIMES)), 0.5 + 9.0 * share, atol=1e-12)


@settings(max_examples=40)
@given(specs(speeds=("constant",)))
def test_the_reverse_of_a_path_visits_the_same_points_in_the_other_order(spec):
    there = spec.build(DURATION).position(TIMES)
    back = dataclasses.replace(spec, reverse=not spec.reverse).build(DURATION).position(DURATION - TIMES)
    np.testing.assert_allclose(there, back, atol=1e-10)


@settings(max_examples=60)
@given(specs())
def test_ground_families_stay_upright_at_their_height_and_others_come_down_to_it(spec):
    pose = spec.build(DURATION).pose(np.linspace(0, DURATION, 301))
    if spec.family.on_floor:
        np.testing.assert_array_equal(pose[:, 2, 3], spec.height_m)
        np.testing.assert_array_equal(pose[:, :3, 2], np.tile([0, 0, 1], (301, 1)))
    else:
        assert pose[:, 2, 3].min() == pytest.approx(spec.height_m, abs=1e-12)


@settings(max_examples=60)
@given(specs())
def test_nothing_turns_by_leaps(spec):
    rotation = spec.build(DURATION).pose(np.linspace(0, DURATION, 4001))[:, :3, :3]
    steps = (Rotation.from_matrix(rotation[:-1]).inv() * Rotation.from_matrix(rotation[1:])).magnitude()
    assert steps.max() < np.radians(3)
    assert np.abs(np.diff(steps)).max() < np.radians(0.1)


@settings(max_examples=40)
@given(specs(facings=("tangent", "centre", "bank")), st.floats(-3, 3))
def test_heading_rotates_path_and_object_about_the_origin_of_the_path(spec, angle):
    before = dataclasses.replace(spec, origin_xy=(0.0, 0.0)).build(DURATION).pose(TIMES)
    turned = dataclasses.replace(spec, origin_xy=(1.0, 2.0), heading_rad=spec.heading_rad + angle)
    motion = np.eye(4)
    motion[:2, :2] = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    motion[:2, 3] = (1.0, 2.0)
    np.testing.assert_allclose(turned.build(DURATION).pose(TIMES), motion @ before, atol=1e-12)


@settings(max_examples=20)
@given(specs())
def test_times_may_have_any_shape(spec):
    trajectory = spec.build(DURATION)
    pose = trajectory.pose(TIMES[:40].reshape(4, 10))
    assert pose.shape == (4, 10, 4, 4) and trajectory.pose(0.3).shape == (4, 4)
    assert trajectory.position(TIMES).shape == (41, 3) and trajectory.yaw(1.0).shape == ()
    np.testing.assert_allclose(pose[1, 3], trajectory.pose(TIMES[13]), atol=1e-13)
    np.testing.assert_array_equal(pose[..., :3, 3], trajectory.position(TIMES[:40].reshape(4, 10)))


def test_a_family_may_rise():
    trajectory = spec_of(Helix(1.0, 2 * np.pi, 2.0), Tangent()).build(DURATION)
    assert trajectory.length_m == pytest.approx(np.hypot(2 * np.pi, 2.0))
    np.testing.assert_allclose(trajectory.position(TIMES)[:, 2], 0.4 + 2.0 * TIMES / DURATION)
    assert trajectory.rotation_deg == pytest.approx(360)


def test_a_family_may_stay_in_place_and_spin():
    trajectory = spec_of(Turntable(), FreeSpin(0.0, 3.0)).build(DURATION)
    np.testing.assert_array_equal(trajectory.position(TIMES), np.tile([0.3, -0.2, 0.4], (41, 1)))
    assert (trajectory.length_m, trajectory.rotation_deg) == (0, pytest.approx(np.degrees(3)))


def test_a_turntable_stops_and_goes():
    stop_and_go = StopAndGo(stop_at=0.4, pause=0.2, share=0.7, ramp=0.25)
    trajectory = spec_of(Turntable(), FreeSpin(0.0, 3.0), stop_and_go).build(1.0)
    np.testing.assert_allclose(trajectory.yaw(np.linspace(0.4, 0.6, 9)), 0.7 * 3.0, atol=1e-12)
    assert trajectory.yaw(0.2) < 0.7 * 3.0 - 0.5 and trajectory.yaw(0.8) > 0.7 * 3.0 + 0.2


@pytest.mark.parametrize(
    ("family", "facing"),
    [(Turntable(), Tangent()), (Turntable(), Fixed(0.0)), (Line(1.0), Bank(1.0)), (Tumble(1.0, 0.1), FreeSpin(0, 1))],
)
def test_a_facing_that_the_family_cannot_take_is_refused_with_those_that_it_can(family, facing):
    with pytest.raises(MotionError, match=f"choose from {', '.join(family.facings)}"):
        spec_of(family, facing).build(DURATION)


@pytest.mark.parametrize("time", [-0.01, DURATION + 0.01, np.nan])
def test_a_time_outside_the_clip_is_refused(time):
    with pytest.raises(MotionError, match="outside the clip"):
        spec_of(Line(2.0), Tangent()).build(DURATION).pose([0.0, time])


def test_rounding_at_the_end_of_a_clip_is_not_outside():
    trajectory = spec_of(Line(2.0), Tangent()).build(0.3)
    np.testing.assert_array_equal(trajectory.pose(0.1 + 0.2), trajectory.pose(0.3))


@pytest.mark.parametrize("duration", [0.0, -1.0, np.inf, np.nan])
def test_a_clip_without_duration_is_refused(duration):
    with pytest.raises(MotionError, match="longer than 0 s"):
        spec_of(Line(2.0), Tangent()).build(duration)
