"""Camera motions and the camera that they become: roll-free, rigid, about the target."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from blender_gen.cameras import MOTIONS, CameraSpec
from blender_gen.cameras.orbit import Orbit
from blender_gen.cameras.still import Still
from blender_gen.trajectories import MotionError
from dataset_tools.geometry import project_world

DURATION = 3.0
TIMES = np.linspace(0, DURATION, 31)
TARGET = (0.4, -1.1, 0.3)


@st.composite
def cameras(draw, motions=tuple(MOTIONS)):
    kind = MOTIONS[draw(st.sampled_from(sorted(motions)))]
    motion = kind.draw(np.random.default_rng(draw(st.integers(0, 2**32))))
    return CameraSpec(motion, draw(st.floats(0.5, 3)), TARGET, draw(st.floats(0.5, 20))).build(DURATION, 320, 180)


def test_each_motion_is_registered_under_its_own_name():
    assert {name: kind.name for name, kind in MOTIONS.items()} == {name: name for name in MOTIONS}
    assert set(MOTIONS) >= {"still", "orbit"}


@settings(deadline=None)
@given(cameras())
def test_poses_are_rigid_to_1e_12_and_free_of_roll(camera):
    pose = camera.world_from_camera(TIMES)
    rotation = pose[:, :3, :3]
    assert pose.dtype == np.float64 and pose.shape == (31, 4, 4)
    np.testing.assert_allclose(np.swapaxes(rotation, 1, 2) @ rotation, np.tile(np.eye(3), (31, 1, 1)), atol=1e-12)
    np.testing.assert_allclose(np.linalg.det(rotation), 1, atol=1e-12)
    np.testing.assert_array_equal(pose[:, 3], np.tile([0, 0, 0, 1], (31, 1)))
    np.testing.assert_array_equal(rotation[:, 2, 0], 0)
    assert rotation[:, 2, 1].max() < 0


@settings(deadline=None)
@given(cameras())
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
    drawn = [Orbit.draw(np.random.default_rng(seed)) for seed in range(60)]
    assert {np.sign(motion.sweep_rad) for motion in drawn} == {-1, 1}
    assert {motion.ramp > 0 for motion in drawn} == {False, True}


@given(st.sampled_from(sorted(MOTIONS)), st.integers(0, 2**32))
def test_drawn_elevations_lie_between_10_and_45_degrees(motion, seed):
    offset = MOTIONS[motion].draw(np.random.default_rng(seed)).view(np.linspace(0, 1, 11)).offset
    elevation = np.degrees(np.arcsin(offset[:, 2]))
    assert elevation.min() >= 10 - 1e-9 and elevation.max() <= 45 + 1e-9


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
