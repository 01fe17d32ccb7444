import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from blender_gen.blender.windows import (
    cells_within,
    find_windows,
    light_ratio,
    object_rectangle,
    probe_grid,
    rough_cells,
    with_halo,
)

WIDTH, HEIGHT = 250, 140
GRID = probe_grid(WIDTH, HEIGHT)


@st.composite
def rectangles(draw):
    x0, y0 = draw(st.integers(0, WIDTH - 2)), draw(st.integers(0, HEIGHT - 2))
    return x0, y0, draw(st.integers(x0 + 1, WIDTH)), draw(st.integers(y0 + 1, HEIGHT))


def filled(windows):
    count = np.zeros((HEIGHT, WIDTH), int)
    for x0, y0, x1, y1 in windows:
        count[y0:y1, x0:x1] += 1
    return count


@given(st.lists(rectangles(), max_size=3), st.lists(st.tuples(st.integers(0, 17), st.integers(0, 31)), max_size=12))
def test_windows_hold_what_moves_once_and_cut_no_object(objects, dark_cells):
    ratio = np.ones((GRID.height, GRID.width, 3))
    for row, column in dark_cells:
        ratio[min(row, GRID.height - 1), min(column, GRID.width - 1)] = 0.4
    windows = find_windows(objects, ratio, GRID)
    count = filled(windows)
    assert count.max(initial=0) <= 1
    for x0, y0, x1, y1 in objects:
        assert (count[y0:y1, x0:x1] == 1).all()
        assert sum(w[0] <= x0 and w[1] <= y0 and w[2] >= x1 and w[3] >= y1 for w in windows) == 1
    for row, column in np.argwhere(rough_cells(ratio, cells_within(objects, GRID))):
        y, x = GRID.y_edges()[row : row + 2].mean(), GRID.x_edges()[column : column + 2].mean()
        if 0 <= y < HEIGHT:
            assert count[int(y), int(x)] == 1


def test_nothing_that_moves_needs_no_window():
    assert find_windows([], np.ones((GRID.height, GRID.width, 3)), GRID) == []


def test_light_that_changes_evenly_needs_no_window():
    slope = np.linspace(0.5, 1.0, GRID.width)[None, :, None] * np.ones((GRID.height, 1, 3))
    assert not rough_cells(slope, np.zeros((GRID.height, GRID.width), bool))[:, 1:-1].any()


def test_the_edge_of_a_shadow_needs_a_window():
    ratio = np.ones((GRID.height, GRID.width, 3))
    ratio[:, 20:] = 0.6
    rough = rough_cells(ratio, np.zeros((GRID.height, GRID.width), bool))
    assert rough[:, 19:21].all() and not rough[:, :18].any() and not rough[:, 22:].any()


def test_windows_far_apart_are_rendered_apart():
    ratio = np.ones((GRID.height, GRID.width, 3))
    assert len(find_windows([(0, 0, 40, 40), (200, 90, 248, 136)], ratio, GRID)) == 2


def test_equal_probes_have_the_ratio_one():
    probe = np.random.default_rng(0).uniform(size=(4, 5, 3))
    np.testing.assert_array_equal(light_ratio(probe, probe), 1.0)


def test_the_rectangle_of_an_object_holds_its_vertices_and_a_margin():
    vertices = np.random.default_rng(1).uniform(-0.3, 0.3, (200, 3))
    pose = np.eye(4)
    pose[:3, 3] = (0.1, -0.1, 3.0)
    points = vertices + pose[:3, 3]
    px = 200 * points[:, :2] / points[:, 2:] + [WIDTH / 2, HEIGHT / 2]
    x0, y0, x1, y1 = object_rectangle(vertices, pose, 200, WIDTH, HEIGHT)
    assert x0 <= px[:, 0].min() - 4 and x1 >= px[:, 0].max() + 4
    assert y0 <= px[:, 1].min() - 4 and y1 >= px[:, 1].max() + 4
    assert x1 - x0 < np.ptp(px[:, 0]) + 11


@pytest.mark.parametrize(("x", "z", "expected"), [(50.0, 3.0, None), (0.0, 0.0, (0, 0, WIDTH, HEIGHT))])
def test_an_object_out_of_the_frame_has_no_rectangle_and_one_at_the_camera_takes_it_all(x, z, expected):
    pose = np.eye(4)
    pose[:3, 3] = (x, 0, z)
    assert object_rectangle(np.full((1, 3), 0.0), pose, 200, WIDTH, HEIGHT) == expected


def test_a_halo_stays_in_the_frame():
    assert with_halo((0, 10, 50, HEIGHT), WIDTH, HEIGHT) == (0, 6, 54, HEIGHT)


def test_the_probe_covers_the_frame_with_square_cells():
    assert GRID.x_edges()[0] == 0 and GRID.x_edges()[-1] == pytest.approx(WIDTH)
    assert GRID.y_edges()[0] <= 0 and GRID.y_edges()[-1] >= HEIGHT
    np.testing.assert_allclose(np.diff(GRID.y_edges()), GRID.cell_px)
