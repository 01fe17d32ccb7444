"""The outline of a projected box, near limit included."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from dataset_tools.checks.hull import box_outline, distance_outside
from dataset_tools.geometry import box_corners, pinhole, project

K = pinhole(100.0, 80, 60)


def test_a_square_seen_head_on_has_its_corners_as_outline() -> None:
    outline = box_outline(box_corners([1, 1, 1]) + [0, 0, 2.5], K)
    assert {tuple(np.round(p, 6)) for p in outline} == {(15, 5), (65, 5), (65, 55), (15, 55)}


def test_distances_are_to_edges_and_to_corners() -> None:
    outline = box_outline(box_corners([1, 1, 1]) + [0, 0, 2.5], K)
    px = np.array([[40, 30], [15, 5], [10, 30], [68, 59], [40, -2.0]])
    np.testing.assert_allclose(distance_outside(outline, px), [0, 0, 5, 5, 7], atol=1e-9)


@settings(deadline=None)
@given(st.floats(-1, 1), st.floats(-1, 1), st.floats(0.06, 4), st.integers(0, 2**32 - 1))
def test_every_point_of_a_box_beyond_the_near_limit_is_seen_inside_its_outline(x, y, z, seed) -> None:
    corners = box_corners([0.9, 0.5, 0.7]) + [x, y, z]
    outline = box_outline(corners, K)
    points = np.random.default_rng(seed).uniform(corners.min(axis=0), corners.max(axis=0), (50, 3))
    px, _ = project(points, K)
    px = px[~np.isnan(px).any(axis=1)]
    if len(px):
        assert outline is not None
        assert distance_outside(outline, px).max() <= 1e-6 * (1 + np.abs(px).max())


def test_a_box_behind_the_camera_has_no_outline() -> None:
    assert box_outline(box_corners([1, 1, 1]) - [0, 0, 2], K) is None
