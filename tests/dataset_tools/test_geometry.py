"""Rigid motions, boxes and the pinhole camera."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.spatial.transform import Rotation

from dataset_tools import geometry
from dataset_tools.schema import NEAR

finite = st.floats(-50, 50)
points = arrays(np.float64, (7, 3), elements=finite)


@st.composite
def rigid(draw) -> np.ndarray:
    a_from_b = np.eye(4)
    a_from_b[:3, :3] = Rotation.from_rotvec(
        draw(arrays(np.float64, 3, elements=st.floats(-3, 3)))
    ).as_matrix()
    a_from_b[:3, 3] = draw(arrays(np.float64, 3, elements=finite))
    return a_from_b


@given(rigid(), points)
def test_the_inverse_of_a_rigid_motion_takes_points_back(a_from_b, points_b):
    points_a = geometry.transform(a_from_b, points_b)
    np.testing.assert_allclose(
        geometry.transform(geometry.invert_rigid(a_from_b), points_a), points_b, atol=1e-11
    )
    np.testing.assert_allclose(geometry.invert_rigid(a_from_b), np.linalg.inv(a_from_b), atol=1e-11)


@given(rigid(), rigid(), points)
def test_transform_follows_the_matrix_product(a_from_b, b_from_c, points_c):
    one_by_one = geometry.transform(a_from_b, geometry.transform(b_from_c, points_c))
    np.testing.assert_allclose(geometry.transform(a_from_b @ b_from_c, points_c), one_by_one, atol=1e-10)


def test_transform_broadcasts_a_pose_per_frame_over_points():
    poses = np.tile(np.eye(4), (3, 2, 1, 1))  # (T,N,4,4)
    poses[..., 0, 3] = [[0, 10], [1, 11], [2, 12]]
    corners = geometry.box_corners(np.ones((2, 3)))  # (N,8,3)
    moved = geometry.transform(poses[:, :, None], corners)
    assert moved.shape == (3, 2, 8, 3)
    np.testing.assert_array_equal(moved[2, 1], corners[1] + [12, 0, 0])


def test_rotate_leaves_the_translation_out():
    a_from_b = np.eye(4)
    a_from_b[:3] = [[0, -1, 0, 5], [1, 0, 0, 6], [0, 0, 1, 7]]
    np.testing.assert_array_equal(geometry.rotate(a_from_b, [1.0, 0, 0]), [0, 1, 0])


def test_corner_signs_follow_the_bits_of_the_corner_number():
    corners = geometry.box_corners([2.0, 4.0, 6.0])
    for k in range(8):
        expected = [1.0 if k & 4 else -1.0, 2.0 if k & 2 else -2.0, 3.0 if k & 1 else -3.0]
        np.testing.assert_array_equal(corners[k], expected)


@given(
    arrays(np.float64, (5, 2), elements=st.floats(-500, 1500)),
    arrays(np.float64, 5, elements=st.floats(0.06, 200)),
    st.floats(20, 2000),
)
def test_projecting_what_was_unprojected_gives_pixel_and_depth_back(px, depth, focal_px):
    intrinsics = geometry.pinhole(focal_px, 640, 360)
    px_again, depth_again = geometry.project(geometry.unproject(px, depth, intrinsics), intrinsics)
    np.testing.assert_allclose(px_again, px, atol=1e-7)
    np.testing.assert_array_equal(depth_again, depth)


def test_a_point_on_the_axis_falls_on_the_middle_of_the_image():
    px, depth = geometry.project([0, 0, 3.0], geometry.pinhole(100, 640, 360))
    assert px.tolist() == [320, 180] and depth == 3


def test_x_goes_right_and_y_goes_down():
    px, _ = geometry.project([[1, 0, 2.0], [0, 1, 2.0]], geometry.pinhole(100, 640, 360))
    assert px.tolist() == [[370, 180], [320, 230]]


@pytest.mark.parametrize("depth", [-3.0, 0.0, NEAR])
def test_pixels_at_or_under_the_near_depth_are_nan_and_depths_stay(depth):
    px, depth_again = geometry.project([0.1, 0.1, depth], geometry.pinhole(100, 640, 360))
    assert np.isnan(px).all() and depth_again == depth


def test_pixels_just_over_the_near_depth_are_finite():
    px, _ = geometry.project([0.0, 0.0, np.nextafter(NEAR, 1)], geometry.pinhole(100, 640, 360))
    assert np.isfinite(px).all()


@given(rigid(), points)
def test_the_world_is_seen_through_the_inverse_of_the_camera_pose(world_from_camera, points_camera):
    intrinsics = geometry.pinhole(300, 320, 240)
    direct, _ = geometry.project(points_camera, intrinsics, near=1.0)
    points_world = geometry.transform(world_from_camera, points_camera)
    seen, depth = geometry.project_world(points_world, world_from_camera, intrinsics)
    np.testing.assert_allclose(depth, points_camera[:, 2], atol=1e-10)
    far_enough = points_camera[:, 2] > 1.0 + 1e-6
    np.testing.assert_allclose(seen[far_enough], direct[far_enough], atol=1e-6)


def test_the_golden_corners_are_projected_to_the_golden_pixels(shared):
    from dataset_tools.reader import Dataset

    for clip in Dataset(shared / "golden"):
        labels = clip.labels
        px, depth = geometry.project_world(
            labels["box_corners_world"],
            labels["world_from_camera"][:, None, None],
            labels["intrinsics"][:, None, None],
        )
        np.testing.assert_allclose(px, labels["box_corners_px"], atol=1e-4)
        np.testing.assert_allclose(depth, labels["box_corners_depth"], atol=1e-6)
        corners = geometry.box_corners(labels["box_size"])
        world = geometry.transform(labels["world_from_object"][:, :, None], corners)
        np.testing.assert_allclose(world, labels["box_corners_world"], atol=1e-12)


def test_pixel_centres_begin_at_a_half_and_run_x_first():
    centres = geometry.pixel_centres(2, 3)
    assert centres.tolist() == [[[0.5, 0.5], [1.5, 0.5], [2.5, 0.5]], [[0.5, 1.5], [1.5, 1.5], [2.5, 1.5]]]


def test_a_mask_box_ends_after_the_last_pixel():
    mask = np.zeros((10, 20), bool)
    mask[3:5, 7:12] = True
    box = geometry.mask_box(mask)
    assert box.tolist() == [7, 3, 12, 5] and box.dtype == np.float32


def test_an_empty_mask_has_no_box():
    assert np.isnan(geometry.mask_box(np.zeros((4, 4), bool))).all()


def test_rotation_errors_tell_rotations_from_scales_and_mirrors():
    turned = Rotation.from_rotvec([0.3, -1, 2]).as_matrix()
    orthonormality, determinant = geometry.rotation_errors(
        np.stack([turned, 1.01 * turned, turned * [1, 1, -1]])
    )
    np.testing.assert_allclose(orthonormality, [0, 0.0201, 0], atol=1e-12)
    np.testing.assert_allclose(determinant, [0, 1.01**3 - 1, 2], atol=1e-12)
