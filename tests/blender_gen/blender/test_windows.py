import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from blender_gen.blender.windows import (
    LIGHT_HALO_PX,
    MOST_CUTS,
    OBJECT_HALO_PX,
    Window,
    find_windows,
    light_ratio,
    light_samples,
    object_pixels,
    probe_grid,
    rough_cells,
)

WIDTH, HEIGHT = 250, 140
GRID = probe_grid(WIDTH, HEIGHT)
NOWHERE = np.zeros((GRID.height, GRID.width), bool)
NO_PIXELS = np.zeros((HEIGHT, WIDTH), bool)
SAMPLES = 32


def filled(windows):
    count = np.zeros((HEIGHT, WIDTH), int)
    for (x0, y0, x1, y1), *_ in windows:
        count[y0:y1, x0:x1] += 1
    return count


@given(
    st.lists(st.tuples(st.integers(0, HEIGHT - 1), st.integers(0, WIDTH - 1)), max_size=60),
    st.lists(st.tuples(st.integers(0, GRID.height - 1), st.integers(0, GRID.width - 1)), max_size=12),
)
def test_windows_hold_all_that_moves_and_nothing_twice(object_places, dark_places):
    objects, ratio = NO_PIXELS.copy(), np.ones((GRID.height, GRID.width, 3))
    for row, column in object_places:
        objects[row, column] = True
    for row, column in dark_places:
        ratio[row, column] = 0.4
    windows = find_windows(objects, ratio, GRID, SAMPLES)
    shown = [window for window in windows if window[1:] == (OBJECT_HALO_PX, SAMPLES)]
    light = [window for window in windows if window[1:] == (LIGHT_HALO_PX, light_samples(SAMPLES))]
    assert light + shown == windows and max(len(light), len(shown)) <= 2**MOST_CUTS
    for kind in (light, shown):
        assert filled(kind).max(initial=0) <= 1
    assert (filled(shown)[objects] == 1).all()
    count = filled(windows)
    touched = np.zeros((GRID.height, GRID.width), bool)
    for row, column in np.argwhere(objects):
        rows = (GRID.y_pixels()[1:] > row) & (GRID.y_pixels()[:-1] <= row)
        columns = (GRID.x_pixels()[1:] > column) & (GRID.x_pixels()[:-1] <= column)
        touched |= rows[:, None] & columns[None, :]
    for row, column in np.argwhere(rough_cells(ratio, touched)):
        rows, columns = (slice(*edges[k : k + 2]) for edges, k in ((GRID.y_pixels(), row), (GRID.x_pixels(), column)))
        assert (count[rows, columns] >= 1).all()


def test_nothing_that_moves_needs_no_window():
    assert find_windows(NO_PIXELS, np.ones((GRID.height, GRID.width, 3)), GRID, SAMPLES) == []


def test_light_that_changes_evenly_needs_no_window():
    slope = np.linspace(0.5, 1.0, GRID.width)[None, :, None] * np.ones((GRID.height, 1, 3))
    assert not rough_cells(slope, NOWHERE)[:, 1:-1].any()


def test_the_edge_of_a_shadow_needs_a_window():
    ratio = np.ones((GRID.height, GRID.width, 3))
    ratio[:, 20:] = 0.6
    rough = rough_cells(ratio, NOWHERE)
    assert rough[:, 18:22].all() and not rough[:, :16].any() and not rough[:, 24:].any()


def test_windows_far_apart_are_rendered_apart():
    objects = NO_PIXELS.copy()
    objects[:36, :36] = objects[-36:, -36:] = True
    assert len(find_windows(objects, np.ones((GRID.height, GRID.width, 3)), GRID, SAMPLES)) == 2


def test_a_shadow_beside_an_object_is_rendered_apart_and_with_fewer_samples():
    objects, ratio = NO_PIXELS.copy(), np.ones((GRID.height, GRID.width, 3))
    objects[20:80, 20:80] = True
    ratio[5:20, 20:40] = 0.5
    windows = find_windows(objects, ratio, GRID, SAMPLES)
    samples = np.zeros((HEIGHT, WIDTH), int)
    for (x0, y0, x1, y1), _, taken in windows:
        samples[y0:y1, x0:x1] = taken
    assert (samples[20:80, 20:80] == SAMPLES).all()
    assert (samples[20:80, 140:160] == light_samples(SAMPLES)).all()
    assert (samples == SAMPLES).sum() < 1.3 * 60 * 60


def test_light_takes_an_eighth_of_the_samples_but_not_too_few():
    assert [light_samples(samples) for samples in (1, 2, 8, 32, 128)] == [1, 2, 4, 4, 16]


def test_equal_probes_have_the_ratio_one():
    probe = np.random.default_rng(0).uniform(size=(4, 5, 3))
    np.testing.assert_array_equal(light_ratio(probe, probe), 1.0)


def test_the_pixels_of_an_object_are_those_that_its_triangles_come_near():
    vertices = np.array([[-0.3, -0.3, 0.0], [0.5, -0.2, 0.1], [0.0, 0.4, -0.1]])
    pose = np.eye(4)
    pose[:3, 3] = (0.1, -0.05, 2.0)
    pixels = object_pixels(vertices, np.array([[0, 1, 2]]), pose, 200, GRID)
    points = vertices + pose[:3, 3]
    corners = 200 * points[:, :2] / points[:, 2:] + [WIDTH / 2, HEIGHT / 2]
    weights = np.random.default_rng(0).dirichlet((1, 1, 1), 5000)
    for x, y in weights @ corners:
        for dx, dy in ((-0.25, -0.25), (0.25, -0.25), (-0.25, 0.25), (0.25, 0.25)):
            assert pixels[int(y + dy), int(x + dx)]
    columns = np.nonzero(pixels)[1]
    area = 0.5 * abs(np.linalg.det([corners[1] - corners[0], corners[2] - corners[0]]))
    assert pixels.sum() < 1.2 * area
    assert np.ptp(columns) < np.ptp(corners[:, 0]) + 3


def test_an_object_out_of_the_frame_has_no_pixels_and_one_at_the_camera_takes_all():
    triangle = np.array([[0, 0, 0], [0.1, 0, 0], [0, 0.1, 0]])
    for position, expected in (((50.0, 0, 3.0), False), ((0.0, 0, 0.0), True)):
        pose = np.eye(4)
        pose[:3, 3] = position
        assert (object_pixels(triangle, np.array([[0, 1, 2]]), pose, 200, GRID) == expected).all()


def test_a_halo_stays_in_the_frame():
    assert Window((0, 10, 50, HEIGHT), 3, SAMPLES).with_halo(WIDTH, HEIGHT) == (0, 7, 53, HEIGHT)


def test_the_probe_covers_the_frame_with_square_cells():
    assert GRID.x_edges()[0] == 0 and GRID.x_edges()[-1] == pytest.approx(WIDTH)
    assert GRID.y_edges()[0] <= 0 and GRID.y_edges()[-1] >= HEIGHT
    np.testing.assert_allclose(np.diff(GRID.y_edges()), GRID.cell_px)


def test_long_thin_triangles_cost_what_they_cover():
    corners = np.stack(
        [np.array([[x, 20.0, 3.0], [x, 120.0, 3.0], [x + 0.01, 20.0, 3.0]]) for x in np.linspace(50, 150, 2000)]
    ).reshape(-1, 3)
    points = (corners - [WIDTH / 2, HEIGHT / 2, 0]) * [3 / 200, 3 / 200, 1]
    pixels = object_pixels(points, np.arange(6000).reshape(-1, 3), np.eye(4), 200, GRID)
    rows, columns = np.nonzero(pixels)
    assert (pixels[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]).all()


def test_a_probe_that_is_not_finite_changes_nothing():
    plate, probe = np.full((3, 4, 3), 0.5), np.full((3, 4, 3), 0.5)
    plate[0, 0], probe[1, 1], probe[2, 2] = np.nan, np.nan, np.inf
    np.testing.assert_array_equal(light_ratio(plate, probe), 1.0)
