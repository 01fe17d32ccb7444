"""Boxes keep apart exactly where some plane goes between them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog
from scipy.spatial.transform import Rotation

from blender_gen.disjoint import boxes_stay_apart
from dataset_tools.geometry import box_corners, transform

sizes = st.tuples(*[st.floats(0.05, 1.5)] * 3)
seeds = st.integers(0, 2**32)


def pose(translation=(0.0, 0.0, 0.0), rotation=None):
    matrix = np.eye(4)
    matrix[:3, :3] = np.eye(3) if rotation is None else rotation.as_matrix()
    matrix[:3, 3] = translation
    return matrix


def apart(size_a, pose_a, size_b, pose_b, clearance_m=0.0):
    return boxes_stay_apart([size_a, size_b], [pose_a[None], pose_b[None]], clearance_m)


def gap(corners_a, corners_b):
    """The greatest s for which n and d exist with n.a <= d, n.b >= d + s and no coordinate of n beyond 1.

    It is above 0 exactly where a plane separates the hulls, and at least the distance between them.
    """
    rows = np.block(
        [
            [corners_a, -np.ones((8, 1)), np.zeros((8, 1))],
            [-corners_b, np.ones((8, 1)), np.ones((8, 1))],
        ]
    )
    bounds = [(-1, 1)] * 3 + [(None, None), (0, None)]
    return linprog([0, 0, 0, 0, -1], A_ub=rows, b_ub=np.zeros(16), bounds=bounds).x[4]


@settings(max_examples=200)
@given(sizes, sizes, seeds)
def test_boxes_are_apart_where_a_plane_separates_them(size_a, size_b, seed):
    rng = np.random.default_rng(seed)
    first, second = (pose(rng.uniform(-0.7, 0.7, 3), Rotation.from_quat(rng.normal(size=4))) for _ in range(2))
    found = gap(transform(first, box_corners(size_a)), transform(second, box_corners(size_b)))
    if found > 1e-6:
        assert apart(size_a, first, size_b, second)
    elif found < 1e-9:
        assert not apart(size_a, first, size_b, second)


@settings(max_examples=60)
@given(sizes, sizes, st.floats(-3, 3), st.sampled_from(range(3)), st.sampled_from([0.0, 0.02]), st.booleans())
def test_upright_boxes_face_to_face_are_apart_by_the_clearance(size_a, size_b, yaw, axis, clearance, upside_down):
    turn = Rotation.from_euler("z", yaw)
    flip = Rotation.from_euler("x", np.pi if upside_down else 0.0)
    reach = (size_a[axis] + size_b[axis]) / 2 + clearance
    for extra, expected in ((1e-6, True), (-1e-6, False)):
        shift = turn.apply((reach + extra) * np.eye(3)[axis])
        assert apart(size_a, pose((0, 0, 0), turn), size_b, pose(shift, turn * flip), clearance) is expected


def test_boxes_edge_to_edge_are_told_apart_by_a_cross_product_alone():
    tilted = Rotation.from_euler("x", np.pi / 4)
    across = Rotation.from_euler("zx", [np.pi / 2, np.pi / 4])
    ridge = np.sqrt(0.5)  # half the diagonal of a unit square
    for extra, expected in ((1e-6, True), (-1e-6, False)):
        above = pose((0, 0, 2 * ridge + extra), across)
        assert apart((1, 1, 1), pose(rotation=tilted), (1, 1, 1), above) is expected


@settings(max_examples=60)
@given(sizes, sizes, seeds, st.floats(0.01, 0.3))
def test_clearance_is_a_gap_along_an_axis(size_a, size_b, seed, clearance):
    rng = np.random.default_rng(seed)
    turn = Rotation.from_quat(rng.normal(size=4))
    first, second = pose(rotation=turn), pose(rng.uniform(-1.5, 1.5, 3), Rotation.from_quat(rng.normal(size=4)))
    if apart(size_a, first, size_b, second, clearance):
        assert gap(transform(first, box_corners(size_a)), transform(second, box_corners(size_b))) > clearance - 1e-9
        assert apart(size_a, first, size_b, second)
        assert apart(size_b, second, size_a, first, clearance)


@settings(max_examples=60)
@given(sizes, sizes, seeds)
def test_the_answer_does_not_depend_on_the_world_frame(size_a, size_b, seed):
    rng = np.random.default_rng(seed)
    first, second, moved = (pose(rng.uniform(-0.7, 0.7, 3), Rotation.from_quat(rng.normal(size=4))) for _ in range(3))
    assert apart(size_a, first, size_b, second) == apart(size_a, moved @ first, size_b, moved @ second)


@pytest.mark.parametrize("angle", [0.0, 1e-12, 1e-9, 1e-7, 1e-5, 1e-3])
def test_almost_parallel_edges_separate_nothing_that_overlaps(angle):
    turn = Rotation.from_rotvec([angle, 2 * angle, -angle])
    assert not apart((1, 1, 1), pose(), (1, 1, 1), pose((0.999, 0.0, 0.0), turn))
    assert apart((1, 1, 1), pose(), (1, 1, 1), pose((1.01, 0.0, 0.0), turn))


def test_one_time_at_which_two_of_many_overlap_is_enough():
    times = np.tile(np.eye(4), (500, 1, 1))
    far, near = times.copy(), times.copy()
    far[:, 0, 3], near[:, 1, 3] = 5.0, 1.2
    boxes = [(1, 1, 1)] * 3
    assert boxes_stay_apart(boxes, [times, far, near], 0.02)
    near[317, 1, 3] = 1.01
    assert not boxes_stay_apart(boxes, [times, far, near], 0.02)
    assert boxes_stay_apart(boxes, [times, far, near], 0.0)


def test_boxes_that_touch_do_not_stay_apart():
    still = np.tile(np.eye(4), (3, 1, 1))
    beside, across = still.copy(), still.copy()
    beside[:, 1, 3] = across[:, 1, 3] = 0.45
    across[2, :3, :3] = Rotation.from_euler("z", np.pi / 2).as_matrix()
    assert boxes_stay_apart([(1.0, 0.4, 0.4)] * 2, [still, beside], 0.02)
    assert not boxes_stay_apart([(1.0, 0.4, 0.4)] * 2, [still, across], 0.02)


def test_a_single_box_and_no_box_at_all_stay_apart():
    assert boxes_stay_apart([(1, 1, 1)], [np.eye(4)[None]], 0.02)
    assert boxes_stay_apart([], [], 0.02)
