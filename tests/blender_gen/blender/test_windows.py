import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from blender_gen.blender.windows import (
    CELL_PX,
    LIGHT_HALO_PX,
    MOST_CUTS,
    OBJECT_HALO_PX,
    Layer,
    find_layers,
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


def filled(boxes):
    count = np.zeros((HEIGHT, WIDTH), int)
    for x0, y0, x1, y1 in boxes:
        count[y0:y1, x0:x1] += 1
    return count


@given(
    st.lists(st.tuples(st.integers(0, HEIGHT - 1), st.integers(0, WIDTH - 1)), max_size=60),
    st.lists(st.tuples(st.integers(0, GRID.height - 1), st.integers(0, GRID.width - 1)), max_size=12),
)
def test_layers_hold_all_that_moves_and_their_windows_nothing_twice(object_places, dark_places):
    objects, ratio = NO_PIXELS.copy(), np.ones((GRID.height, GRID.width, 3))
    for row, column in object_places:
        objects[row, column] = True
    for row, column in dark_places:
        ratio[row, column] = 0.4
    light, shown = find_layers(objects, ratio, GRID, SAMPLES)
    assert (shown.halo_px, shown.samples) == (OBJECT_HALO_PX, SAMPLES)
    assert (light.halo_px, light.samples) == (LIGHT_HALO_PX, light_samples(SAMPLES))
    assert shown.needed[objects].all() and not (light.needed & shown.needed).any()
    for layer in (light, shown):
        boxes = layer.windows()
        assert len(boxes) <= 2**MOST_CUTS
        assert filled(boxes).max(initial=0) <= 1 and filled(boxes)[layer.needed].all()
    touched = np.zeros((GRID.height, GRID.width), bool)
    for row, column in np.argwhere(shown.needed):
        rows = (GRID.y_pixels()[1:] > row) & (GRID.y_pixels()[:-1] <= row)
        columns = (GRID.x_pixels()[1:] > column) & (GRID.x_pixels()[:-1] <= column)
        touched |= rows[:, None] & columns[None, :]
    for row, column in np.argwhere(rough_cells(ratio, touched)):
        rows, columns = (slice(*edges[k : k + 2]) for edges, k in ((GRID.y_pixels(), row), (GRID.x_pixels(), column)))
        assert light.needed[rows, columns].all()


def test_nothing_that_moves_needs_no_window():
    light, shown = find_layers(NO_PIXELS, np.ones((GRID.height, GRID.width, 3)), GRID, SAMPLES)
    assert light.windows() == shown.windows() == []


def test_gaps_in_which_no_cell_sees_the_light_are_rendered_and_wider_ones_are_not():
    objects = NO_PIXELS.copy()
    objects[40:90, 40:60] = objects[40:90, 66:90] = objects[40:90, 110:130] = True
    _, shown = find_layers(objects, np.ones((GRID.height, GRID.width, 3)), GRID, SAMPLES)
    expected = objects.copy()
    expected[40:90, 60:66] = True
    assert 6 <= 2 * CELL_PX < 20
    np.testing.assert_array_equal(shown.needed, expected)


def test_beside_a_shadow_the_light_is_rendered_up_to_the_object():
    objects, ratio = NO_PIXELS.copy(), np.ones((GRID.height, GRID.width, 3))
    objects[44:90, 42:90] = True  # from the middle of a cell on
    ratio[4:10, 12:20] = 0.4
    light, _ = find_layers(objects, ratio, GRID, SAMPLES)
    assert 44 not in GRID.y_pixels() and rough_cells(ratio, NOWHERE)[4:10, 12:20].any()
    assert light.needed[24:44, 60:70].all()


def test_light_that_changes_evenly_needs_no_window():
    slope = np.linspace(0.5, 1.0, GRID.width)[None, :, None] * np.ones((GRID.height, 1, 3))
    assert not rough_cells(slope, NOWHERE)[:, 1:-1].any()


def test_the_edge_of_a_shadow_needs_a_window():
    ratio = np.ones((GRID.height, GRID.width, 3))
    ratio[:, 20:] = 0.6
    rough = rough_cells(ratio, NOWHERE)
    assert rough[:, 18:22].all() and not rough[:, :16].any() and not rough[:, 24:].any()


def test_pixels_far_apart_are_rendered_apart():
    objects = NO_PIXELS.copy()
    objects[:36, :36] = objects[-36:, -36:] = True
    assert Layer(objects, OBJECT_HALO_PX, SAMPLES).windows() == [
        (0, 0, 36, 36),
        (WIDTH - 36, HEIGHT - 36, WIDTH, HEIGHT),
    ]


def test_a_window_is_cut_only_where_that_saves_enough():
    objects = NO_PIXELS.copy()
    objects[20:56, 20:24] = objects[52:56, 20:56] = True
    assert len(Layer(objects, OBJECT_HALO_PX, SAMPLES).windows()) == 1
    objects[20:120, 20:24] = objects[116:120, 20:220] = True
    assert len(Layer(objects, OBJECT_HALO_PX, SAMPLES).windows()) > 1


def test_a_shadow_beside_an_object_is_rendered_with_fewer_samples():
    objects, ratio = NO_PIXELS.copy(), np.ones((GRID.height, GRID.width, 3))
    objects[20:80, 20:80] = True
    ratio[5:12, 22:28] = 0.5
    light, shown = find_layers(objects, ratio, GRID, SAMPLES)
    np.testing.assert_array_equal(shown.needed, objects)
    assert light.needed[24:44, 92:108].all() and light.samples == light_samples(SAMPLES) < SAMPLES


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
    assert Layer(NO_PIXELS, 3, SAMPLES).with_halo((0, 10, 50, HEIGHT)) == (0, 7, 53, HEIGHT)


def test_pixels_count_less_the_farther_they_are_from_those_needed():
    needed = NO_PIXELS.copy()
    needed[50, 60] = needed[52, 64] = True
    shares = Layer(needed, 2, SAMPLES).shares((60, 50, 65, 53))
    np.testing.assert_allclose(shares[2], [0.25, 0.75, 1, 0.75, 0.25, 0.25, 0.25, 0.25, 0.25])
    np.testing.assert_allclose(shares[:, 8], [0, 0, 0.25, 0.25, 0.25, 0.25, 0.25])
    assert shares.shape == (7, 9) and shares[4, 6] == 1


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
