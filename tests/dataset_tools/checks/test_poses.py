"""Separating axes, rotations, timestamps and intrinsics."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from dataset_tools.checks import poses
from dataset_tools.checks.data import ClipData
from dataset_tools.geometry import box_corners, invert_rigid, pinhole, transform

numbers = st.floats(-1.5, 1.5, allow_nan=False)


def pose(vector: tuple[float, ...], place: tuple[float, ...]) -> np.ndarray:
    matrix = np.eye(4)
    matrix[:3, :3] = Rotation.from_rotvec(vector).as_matrix()
    matrix[:3, 3] = place
    return matrix[None]


def data(**arrays: np.ndarray) -> ClipData:
    return ClipData("synthetic", 4, 8, 60, 80, 1, arrays)


@settings(deadline=None)
@given(*[st.tuples(numbers, numbers, numbers)] * 4)
def test_a_gap_between_boxes_means_that_no_corner_or_point_of_one_lies_in_the_other(turn_a, at_a, turn_b, at_b) -> None:
    size_a, size_b = np.array([1.0, 0.4, 0.7]), np.array([0.5, 0.9, 0.3])
    a, b = pose(turn_a, at_a), pose(turn_b, at_b)
    gap = poses.box_gaps(a, size_a, b, size_b)[0]
    grid = np.stack(np.meshgrid(*[np.linspace(-0.5, 0.5, 9)] * 3), axis=-1).reshape(-1, 3)
    in_b = transform(invert_rigid(b[0]) @ a[0], grid * size_a)
    inside = (np.abs(in_b) < size_b / 2 - 1e-9).all(axis=1).any()
    assert not (inside and gap > 0)
    assert gap == pytest.approx(poses.box_gaps(b, size_b, a, size_a)[0], abs=1e-9)


@pytest.mark.parametrize(("place", "gap"), [((1.25, 0.3, 0), 0.25), ((0.9, 0, 0), -0.1), ((0, 0.2, -3), 2)])
def test_the_gap_of_boxes_side_by_side_is_their_distance(place, gap: float) -> None:
    size = np.ones(3)
    assert poses.box_gaps(pose((0, 0, 0), (0, 0, 0)), size, pose((0, 0, 0), place), size)[0] == pytest.approx(gap)


def test_edges_that_cross_in_the_air_are_separated_by_the_cross_product_of_edges() -> None:
    size = np.array([2.0, 0.2, 0.2])
    on_edge = pose((np.pi / 4, 0, 0), (0, 0, 0))
    across = pose((0, 0, np.pi / 2), (0, 0, 0)) @ on_edge
    for height, apart in ((0.27, False), (0.29, True)):  # two bars on edge, each 0.1 * sqrt(2) high over its axis
        gap = poses.box_gaps(on_edge, size, pose((0, 0, 0), (0, 0, height)) @ across, size)[0]
        assert (gap > 0) == apart


@pytest.mark.parametrize("change", [lambda m: 1.00001 * m, lambda m: np.diag([1, 1, -1.0]) @ m, lambda m: m + 1e-4])
def test_what_is_no_rotation_is_named(change) -> None:
    good = np.tile(np.eye(4), (4, 1, 1))
    assert poses.check_rotations(data(world_from_camera=good)).ok
    bad = good.copy()
    bad[2, :3, :3] = change(bad[2, :3, :3])
    report = poses.check_rotations(data(world_from_camera=bad))
    assert "frame 2" in report.faults[0].message
    assert report.figures["rotation_error"] > 1e-6


def test_boxes_overlap_only_in_the_frames_named() -> None:
    moving = np.tile(np.eye(4), (4, 2, 1, 1))
    moving[:, 1, 0, 3] = [3, 2, 0.9, 2]
    clip = replace(data(world_from_object=moving, box_size=np.ones((2, 3))), objects=2)
    report = poses.check_boxes_disjoint(clip)
    assert report.figures == {"boxes_disjoint": 0.0}
    assert "frame 2," in report.faults[0].message
    apart = replace(clip, arrays={**clip.arrays, "box_size": np.full((2, 3), 0.9)})
    assert poses.check_boxes_disjoint(apart).figures == {"boxes_disjoint": 1.0}


def test_times_go_by_the_frame_rate_in_synthetic_clips_and_only_rise_in_real_ones() -> None:
    even, uneven = np.arange(4) / 8, np.array([0, 0.1, 0.3, 0.35])
    assert poses.check_timestamps(data(timestamps=even)).ok
    assert not poses.check_timestamps(data(timestamps=uneven)).ok
    assert poses.check_timestamps(replace(data(timestamps=uneven), kind="real")).ok
    assert not poses.check_timestamps(replace(data(timestamps=even[::-1]), kind="real")).ok


@pytest.mark.parametrize(("row", "column", "step"), [(0, 2, 0.5), (1, 2, -0.5), (0, 1, 0.1), (1, 1, 3.0), (2, 2, 1.0)])
def test_shifts_skew_and_oblong_pixels_are_named(row: int, column: int, step: float) -> None:
    good = np.tile(pinhole(70, 80, 60), (4, 1, 1))
    assert poses.check_intrinsics(data(intrinsics=good)).ok
    bad = good.copy()
    bad[1, row, column] += step
    assert "frame 1" in poses.check_intrinsics(data(intrinsics=bad)).faults[0].message


def test_an_object_behind_the_camera_is_named() -> None:
    behind = np.tile(np.eye(4), (4, 1, 1, 1))
    behind[:, 0, 2, 3] = [2, 2, -1, 0.04]
    clip = data(world_from_camera=np.tile(np.eye(4), (4, 1, 1)), world_from_object=behind)
    assert "frames 2 and 3" in poses.check_in_front(clip).faults[0].message


def test_a_sheet_is_a_box_and_a_stick_of_no_width_is_not() -> None:
    assert poses.check_box_size(data(box_size=np.array([[1, 2, 0.0]]))).ok
    assert not poses.check_box_size(data(box_size=np.array([[1, 0, 0.0]]))).ok
    assert box_corners([1, 2, 0]).shape == (8, 3)
