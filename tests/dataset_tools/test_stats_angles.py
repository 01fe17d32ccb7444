"""Where fronts point, which way objects turn, where cameras stand, and where in the picture centres lie."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from dataset_tools.stats.angles import DIRECTIONS, camera_angles, sectors, turning, yaw_seen
from dataset_tools.stats.positions import Grid, grid_counts
from tests.dataset_tools.stats_clips import poses

AHEAD = poses(0.0, (0.0, -5.0, 0.0))[None]
"""A camera at y = -5; only where it is counts here. It sees +x to its right."""


@pytest.mark.parametrize(
    ("world_yaw", "seen", "direction"),
    [(-90, 0, "towards"), (-45, 45, "towards right"), (0, 90, "right"), (45, 135, "away right"), (90, 180, "away"),
     (135, 225, "away left"), (180, 270, "left"), (225, 315, "towards left")],
)  # fmt: skip
def test_a_front_is_told_as_the_camera_sees_it(world_yaw, seen, direction):
    yaw = yaw_seen(poses([[world_yaw]]), AHEAD)
    assert (yaw - seen + 180) % 360 - 180 == pytest.approx(0, abs=1e-9)
    counts = sectors(yaw, 8, centred=True)
    assert counts.sum() == 1 and DIRECTIONS[counts.argmax()] == direction


def test_turning_the_world_changes_nothing_that_the_camera_sees():
    objects = poses([[10.0, 77.0]], [[1.0, 2.0, 0.5], [-3.0, 4.0, 0.0]])
    world = poses(123.0, (4.0, -2.0, 1.0))
    np.testing.assert_allclose(yaw_seen(world @ objects, world @ AHEAD), yaw_seen(objects, AHEAD), atol=1e-9)


def test_a_front_that_points_up_and_a_camera_right_above_have_no_yaw():
    upright = np.eye(4)
    upright[:3, :3] = Rotation.from_euler("y", -90, degrees=True).as_matrix()
    assert np.isnan(yaw_seen(upright[None, None], AHEAD)).all()
    above = poses(0.0, (0.0, 0.0, 9.0))[None]
    assert np.isnan(yaw_seen(poses([[30.0]]), above)).all()


def test_sectors_split_the_circle_evenly():
    degrees = np.arange(0.0, 360.0, 1.0)
    assert sectors(degrees, 36, centred=False).tolist() == [10] * 36
    assert sectors(degrees, 8, centred=True).tolist() == [45] * 8
    assert sectors(np.array([22.4, 22.6, -22.4, 359.9, 360.0, np.nan]), 8, centred=True).tolist() == [
        4,
        1,
        0,
        0,
        0,
        0,
        0,
        0,
    ]
    assert sectors(np.array([0.0, 9.999, 10.0, 359.999, -1e-15]), 36, centred=False)[[0, 1, 35]].tolist() == [2, 1, 2]


def test_the_camera_is_told_by_azimuth_and_elevation_from_the_middle_of_the_objects():
    objects = poses([[0.0, 0.0]], [[0.0, 0.0, 0.0], [2.0, 0.0, 0.0]])
    azimuth, elevation = camera_angles(objects, poses(0.0, (1.0, 3.0, 3.0))[None])
    assert azimuth[0] == pytest.approx(90) and elevation[0] == pytest.approx(45)


@pytest.mark.parametrize(
    ("yaw", "word"),
    [(np.linspace(0, 300, 9), "left"), (np.linspace(0, -300, 9), "right"), (np.linspace(0, 9, 9), "no turn"),
     (np.r_[np.linspace(0, 90, 5), np.linspace(90, 0, 5)], "both ways"), (np.r_[0, 90, 60], "left")],
)  # fmt: skip
def test_turning_left_is_counter_clockwise_seen_from_above(yaw, word):
    assert turning(poses(yaw)[:, None]) == (word,)


def test_only_turning_about_the_vertical_counts():
    rolls = np.tile(np.eye(4), (9, 1, 1, 1))
    rolls[:, 0, :3, :3] = Rotation.from_rotvec(np.linspace(0, 5, 9)[:, None] * [1.0, 0.0, 0.0]).as_matrix()
    assert turning(rolls) == ("no turn",)


def test_positions_fall_into_cells_from_top_left():
    px = np.array([[0, 0], [39.9, 26], [40, 27], [119.9, 79.9], [120, 80], [-0.1, 5], [np.nan, 5], [5, 80.1]])
    assert grid_counts(px, 120, 80, 3, 3).tolist() == [[2, 0, 0], [0, 1, 0], [0, 0, 2]]


def test_a_heat_map_adds_up_to_one():
    rng = np.random.default_rng(3)
    counts = grid_counts(rng.uniform((-20, -20), (140, 100), (500, 2)), 120, 80, 12, 8)
    grid = Grid(tuple(map(tuple, counts.tolist())))
    assert 0 < grid.total < 500
    assert np.sum(grid.shares) == pytest.approx(1)
    assert Grid(((0, 0), (0, 0))).shares == ((0.0, 0.0), (0.0, 0.0))
