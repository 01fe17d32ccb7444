"""Camera motions and the camera that they become: rigid, smooth, in closed form."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from blender_gen.cameras import MOTIONS, CameraSpec, frame
from blender_gen.cameras.dolly import Dolly
from blender_gen.cameras.motion import look_from
from blender_gen.cameras.orbit import Orbit
from blender_gen.cameras.pan import Pan
from blender_gen.cameras.still import Still
from blender_gen.trajectories import MotionError
from dataset_tools.geometry import project_world, rotate
from tests.blender_gen.cameras.scenes import SHOT

DURATION = 3.0
TIMES = np.linspace(0, DURATION, 31)
TARGET = (0.4, -1.1, 0.3)
ROLL_FREE = ("still", "orbit", "dolly", "pan")
seeds = st.integers(0, 2**32)


def draw_motion(motion, seed):
    return MOTIONS[motion].draw(np.random.default_rng(seed), SHOT)


@st.composite
def cameras(draw, motions=tuple(MOTIONS)):
    motion = draw_motion(draw(st.sampled_from(sorted(motions))), draw(seeds))
    return CameraSpec(motion, draw(st.floats(0.5, 3)), TARGET, draw(st.floats(0.5, 20))).build(DURATION, 320, 180)


def test_each_motion_is_registered_under_its_own_name():
    assert {name: kind.name for name, kind in MOTIONS.items()} == {name: name for name in MOTIONS}
    assert set(MOTIONS) >= {"still", "orbit", "dolly", "pan", "handheld"}


@given(cameras())
def test_poses_are_rigid_to_1e_12_and_upright(camera):
    pose = camera.world_from_camera(TIMES)
    rotation = pose[:, :3, :3]
    assert pose.dtype == np.float64 and pose.shape == (31, 4, 4)
    np.testing.assert_allclose(np.swapaxes(rotation, 1, 2) @ rotation, np.tile(np.eye(3), (31, 1, 1)), atol=1e-12)
    np.testing.assert_allclose(np.linalg.det(rotation), 1, atol=1e-12)
    np.testing.assert_array_equal(pose[:, 3], np.tile([0, 0, 0, 1], (31, 1)))
    assert rotation[:, 2, 1].max() < 0


@given(cameras(ROLL_FREE))
def test_all_but_a_hand_hold_the_camera_free_of_roll(camera):
    np.testing.assert_array_equal(camera.world_from_camera(TIMES)[:, 2, 0], 0)


@given(cameras())
def test_a_camera_moves_exactly_when_its_motion_says_so(camera):
    pose = camera.world_from_camera(TIMES)
    assert (np.ptp(pose, axis=0).max() > 1e-4) == camera.spec.motion.moving


@given(cameras())
def test_place_and_direction_change_without_a_jump_or_a_kink(camera):
    """The largest change of the velocity within a step shrinks with the step."""
    kinks = []
    for steps in (1000, 4000):
        pose = camera.world_from_camera(np.linspace(0, DURATION, steps + 1))[:, :3]
        velocity = np.diff(pose, axis=0) * steps / DURATION
        kinks.append(np.abs(np.diff(velocity, axis=0)).max())
    assert kinks[1] <= 0.3 * kinks[0] + 1e-7 * camera.spec.distance_m


@given(st.sampled_from(sorted(MOTIONS)), seeds, st.floats(0, 1))
def test_a_smaller_motion_is_one_of_the_same_kind_and_none_stands_still(motion, seed, factor):
    shape = draw_motion(motion, seed)
    assert shape.scaled(1.0) == shape
    view, smaller, steady = (shape.scaled(each).view(TIMES, DURATION) for each in (1.0, factor, 0.0))
    np.testing.assert_allclose(np.ptp(steady.offset, axis=0), 0, atol=1e-15)
    np.testing.assert_allclose(np.ptp(steady.rotation, axis=0), 0, atol=1e-15)
    path = [np.linalg.norm(np.diff(each.offset, axis=0), axis=-1).sum() for each in (smaller, view)]
    assert path[0] <= path[1] + 1e-9


@given(cameras(("still", "orbit")))
def test_the_target_is_in_the_middle_of_the_picture_at_its_distance_and_up_is_up(camera):
    world_from_camera = camera.world_from_camera(TIMES)
    px, depth = project_world(np.array(TARGET), world_from_camera, camera.intrinsics)
    np.testing.assert_allclose(px, np.tile([160.0, 90.0], (31, 1)), atol=1e-8)
    np.testing.assert_allclose(depth, camera.spec.distance_m, rtol=1e-12)
    higher, _ = project_world(np.array(TARGET) + (0, 0, 0.01), world_from_camera, camera.intrinsics)
    assert (higher[:, 1] < px[:, 1]).all()
    np.testing.assert_allclose(higher[:, 0], 160, atol=1e-8)


def test_azimuth_and_elevation_say_where_the_camera_stands():
    camera = CameraSpec(Still(np.pi / 2, np.pi / 6), 1.0, (0.0, 0.0, 0.0), 2.0).build(1.0, 100, 100)
    np.testing.assert_allclose(camera.world_from_camera(0.5)[:3, 3], [0, np.sqrt(3), 1], atol=1e-15)
    px, _ = project_world(np.array([-0.1, 0.0, 0.0]), camera.world_from_camera(0.5), camera.intrinsics)
    assert px[0] > 50


def test_a_still_camera_stands_still():
    pose = CameraSpec(Still(1.0, 0.4), 1.0, TARGET, 2.0).build(DURATION, 100, 100).world_from_camera(TIMES)
    np.testing.assert_array_equal(pose, np.tile(pose[0], (31, 1, 1)))


@given(st.floats(-1.5, 1.5).filter(lambda angle: abs(angle) > 0.01), st.sampled_from([0.0, 0.3, 0.5]))
def test_an_orbit_goes_through_its_sweep_at_one_height_and_distance(sweep, ramp):
    camera = CameraSpec(Orbit(0.2, 0.5, sweep, ramp), 1.0, TARGET, 2.0).build(DURATION, 100, 100)
    offset = camera.world_from_camera(TIMES)[:, :3, 3] - TARGET
    np.testing.assert_allclose(np.linalg.norm(offset, axis=-1), 2.0, rtol=1e-12)
    np.testing.assert_allclose(offset[:, 2], offset[0, 2], atol=1e-15)
    azimuth = np.arctan2(offset[:, 1], offset[:, 0])
    assert (azimuth[0], azimuth[-1]) == pytest.approx((0.2, 0.2 + sweep))
    steps = np.diff(azimuth) / sweep
    assert steps.min() > 0
    if ramp == 0:
        np.testing.assert_allclose(steps, 1 / 30, rtol=1e-9)
    else:
        assert steps[0] < 0.5 / 30 < 1 / 30 < steps[15]


def test_orbits_are_drawn_in_both_directions_with_and_without_ease():
    drawn = [draw_motion("orbit", seed) for seed in range(60)]
    assert {np.sign(motion.sweep_rad) for motion in drawn} == {-1, 1}
    assert {motion.ramp > 0 for motion in drawn} == {False, True}


@given(st.floats(0, 2 * np.pi), st.floats(0.1, 1), st.sampled_from([0.0, 0.5, 1.0]), st.sampled_from([0.0, 0.3]))
def test_a_dolly_goes_straight_along_its_heading(heading, travel, aim, ramp):
    view = Dolly(0.2, 0.5, heading, travel, aim, ramp).view(TIMES, DURATION)
    middle = look_from(0.2, 0.5)
    np.testing.assert_allclose(view.offset[15], middle.offset, atol=1e-12)
    np.testing.assert_allclose(view.rotation[15], middle.rotation, atol=1e-12)
    way = middle.rotation.T @ (view.offset[-1] - view.offset[0])
    np.testing.assert_allclose(way, travel * np.array([np.sin(heading), 0, np.cos(heading)]), atol=1e-12)
    steps = np.diff(view.offset, axis=0)
    np.testing.assert_allclose(np.cross(steps, steps[15]), 0, atol=1e-12)


def test_a_dolly_with_aim_keeps_the_target_in_the_middle_and_one_without_its_direction():
    aiming = Dolly(0.2, 0.5, 1.2, 0.6, 1.0, 0.0).view(TIMES, DURATION)
    seen = np.einsum("tji,tj->ti", aiming.rotation, -aiming.offset)
    np.testing.assert_allclose(seen[:, :2], 0, atol=1e-12)
    assert np.ptp(seen[:, 2]) > 0.1
    steady = Dolly(0.2, 0.5, 1.2, 0.6, 0.0, 0.0).view(TIMES, DURATION)
    np.testing.assert_allclose(np.ptp(steady.rotation, axis=0), 0, atol=1e-14)


def test_dollies_are_drawn_towards_away_and_past_on_both_sides():
    headings = np.array([draw_motion("dolly", seed).heading_rad for seed in range(80)])
    for centre in (0, np.pi / 2, np.pi, 3 * np.pi / 2):
        assert (np.abs((headings - centre + np.pi) % (2 * np.pi) - np.pi) <= np.radians(30) + 1e-9).sum() >= 8


def test_a_pan_turns_to_the_left_and_tilts_down_on_the_spot():
    view = Pan(0.2, 0.5, (0.3, 0.1, -0.1), (0.05, 0.0, 0.0)).view(TIMES, DURATION)
    np.testing.assert_array_equal(np.ptp(view.offset, axis=0), 0)
    forward = view.rotation[:, :, 2].copy()
    x = 2 * TIMES / DURATION - 1
    azimuth = np.arctan2(forward[:, 1].copy(), forward[:, 0].copy())
    np.testing.assert_allclose(azimuth + np.pi, 0.2 + 0.3 * x + 0.1 * x**2 - 0.1 * x**3, atol=1e-12)
    np.testing.assert_allclose(np.arcsin(-forward[:, 2]), 0.5 + 0.05 * x, atol=1e-12)


def test_a_pan_that_follows_keeps_what_moves_nearer_to_the_middle_than_a_still_camera():
    followed = 0
    for seed in range(40):
        pan = draw_motion("pan", seed)
        spans = []
        for motion in (pan, pan.scaled(0.0)):
            view = motion.view(SHOT.times, SHOT.duration_s)
            framing = frame(pan.scaled(0.0).view(SHOT.times, SHOT.duration_s), SHOT)
            camera = np.array(framing.target) + framing.distance_m * view.offset
            seen = rotate(np.swapaxes(view.rotation, 1, 2), SHOT.track - camera)
            spans.append(np.ptp(seen[:, 0] / seen[:, 2]))
        followed += spans[0] < 0.7 * spans[1]
    assert 10 <= followed <= 35


@given(seeds)
def test_pans_tilt_by_8_degrees_at_most_to_either_side(seed):
    pan = draw_motion("pan", seed)
    elevation = np.arcsin(-pan.view(TIMES, DURATION).rotation[:, 2, 2])
    assert np.abs(elevation - pan.elevation_rad).max() <= np.radians(8) + 1e-9


@given(seeds)
def test_a_hand_shakes_within_its_bounds_by_about_a_degree_and_a_hundredth_of_the_distance(seed):
    times = np.linspace(0, 60, 4001)
    shake = dataclasses.replace(draw_motion("handheld", seed), drift=(0.0, 0.0, 0.0))
    view, steady = shake.view(times, 60.0), look_from(shake.azimuth_rad, shake.elevation_rad)
    moved = (view.offset - steady.offset) @ steady.rotation
    turned = np.swapaxes(steady.rotation, -2, -1) @ view.rotation
    pitch = np.arcsin(-turned[:, 1, 2])
    yaw, roll = (np.arctan2(a.copy(), b.copy()) for a, b in (turned[:, :, 2].T[[0, 2]], turned[:, 1].T[:2]))
    angles = np.stack([pitch, yaw, roll], axis=1)
    assert (np.abs(moved).max(axis=0) <= np.array(shake.shift) + 1e-12).all()
    assert (np.abs(moved).max(axis=0) >= 0.6 * np.array(shake.shift)).all()
    assert (np.abs(angles).max(axis=0) <= np.array(shake.turn_rad) + 1e-9).all()
    assert (np.abs(angles).max(axis=0) >= 0.6 * np.array(shake.turn_rad)).all()
    assert np.radians(0.4) <= min(shake.turn_rad) and max(shake.turn_rad) <= np.radians(1.2)
    assert 0.004 <= min(shake.shift) and max(shake.shift) <= 0.012


@given(seeds)
def test_a_hand_sways_at_the_frequencies_of_its_bands_whatever_the_clips_duration(seed):
    shake = dataclasses.replace(draw_motion("handheld", seed), drift=(0.0, 0.0, 0.0))
    assert min(shake.frequencies_hz) >= 0.25 and max(shake.frequencies_hz) <= 2.4
    assert len(set(shake.frequencies_hz)) == len(shake.frequencies_hz)
    short, long = shake.view([0.3, 1.7], 2.0), shake.view([0.3, 1.7], 9.0)
    np.testing.assert_array_equal(short.offset, long.offset)
    np.testing.assert_array_equal(short.rotation, long.rotation)


def test_some_hands_stay_and_some_drift_slowly():
    drifts = np.linalg.norm([draw_motion("handheld", seed).drift for seed in range(60)], axis=-1)
    assert 15 <= (drifts == 0).sum() <= 45
    assert drifts.max() <= 0.12


@given(st.sampled_from(sorted(MOTIONS)), seeds)
def test_drawn_elevations_lie_between_5_and_60_degrees(motion, seed):
    elevation = np.degrees(draw_motion(motion, seed).elevation_rad)
    assert 5 - 1e-9 <= elevation <= 60 + 1e-9


def test_most_drawn_elevations_lie_between_10_and_45_degrees():
    elevation = np.degrees([draw_motion("still", seed).elevation_rad for seed in range(400)])
    assert 0.68 <= ((elevation >= 10) & (elevation <= 45)).mean() <= 0.82
    assert (elevation < 10).sum() >= 20 and (elevation > 45).sum() >= 30


@given(st.floats(0.5, 3), st.integers(16, 1000), st.integers(16, 1000))
def test_intrinsics_have_square_pixels_and_the_axis_in_the_middle(focal, width, height):
    camera = CameraSpec(Still(0.0, 0.3), focal, TARGET, 2.0).build(1.0, width, height)
    expected = [[focal * width, 0, width / 2], [0, focal * width, height / 2], [0, 0, 1]]
    np.testing.assert_array_equal(camera.intrinsics, expected)


def test_times_may_have_any_shape_and_must_lie_in_the_clip():
    camera = CameraSpec(Orbit(0.2, 0.5, 1.0, 0.3), 1.0, TARGET, 2.0).build(DURATION, 100, 100)
    pose = camera.world_from_camera(TIMES[:30].reshape(5, 6))
    assert pose.shape == (5, 6, 4, 4) and camera.world_from_camera(1.0).shape == (4, 4)
    np.testing.assert_allclose(pose[2, 3], camera.world_from_camera(TIMES[15]), atol=1e-14)
    with pytest.raises(MotionError, match="outside the clip"):
        camera.world_from_camera(DURATION + 0.1)


@pytest.mark.parametrize("ramp", [-0.1, 0.6])
def test_a_ramp_that_no_clip_holds_is_refused(ramp):
    with pytest.raises(MotionError, match="ramp"):
        Orbit(0.0, 0.3, 1.0, ramp)
