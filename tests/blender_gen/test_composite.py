import numpy as np

from blender_gen.blender.windows import Layer, probe_grid
from blender_gen.composite import composite

WIDTH, HEIGHT = 96, 64
GRID = probe_grid(WIDTH, HEIGHT)
PLATE = np.random.default_rng(0).uniform(0.1, 0.9, (HEIGHT, WIDTH, 3)).astype(np.float32)
EVEN = np.ones((GRID.height, GRID.width, 3))
NONE = np.zeros((HEIGHT, WIDTH), bool)
HALO_PX = 3


def window(box, value, halo_px=HALO_PX):
    """A window all of whose pixels are needed."""
    x0, y0, x1, y1 = box
    needed = NONE.copy()
    needed[y0:y1, x0:x1] = True
    layer = Layer(needed, halo_px, 8)
    x0, y0, x1, y1 = layer.with_halo(box)
    return layer, box, np.full((y1 - y0, x1 - x0, 3), value, np.float32)


def test_where_nothing_moves_the_frame_is_the_plate():
    np.testing.assert_array_equal(composite(PLATE, EVEN, NONE, []), PLATE)


def test_a_window_over_all_is_the_frame():
    *whole, picture = window((0, 0, WIDTH, HEIGHT), 0.3)
    np.testing.assert_array_equal(composite(PLATE, EVEN, NONE, [(*whole, picture)]), picture)


def test_pixels_of_a_window_that_are_not_needed_stay_those_of_the_plate():
    layer, box, picture = window((16, 16, 80, 48), 0.0)
    layer.needed[16:48, 32:64] = False
    frame = composite(PLATE, EVEN, NONE, [(layer, box, picture)])
    np.testing.assert_array_equal(frame[16:48, 32 + HALO_PX : 64 - HALO_PX], PLATE[16:48, 32 + HALO_PX : 64 - HALO_PX])
    assert (frame[16:48, 16:32] == 0).all() and (frame[16:48, 64:80] == 0).all()


def test_a_window_replaces_the_plate_within_and_leaves_it_beyond_the_halo():
    frame = composite(PLATE, EVEN, NONE, [window((32, 16, 64, 40), 0.5)])
    np.testing.assert_allclose(frame[16:40, 32:64], 0.5, rtol=1e-6)
    outside = np.ones((HEIGHT, WIDTH), bool)
    outside[16 - HALO_PX : 40 + HALO_PX, 32 - HALO_PX : 64 + HALO_PX] = False
    np.testing.assert_array_equal(frame[outside], PLATE[outside])


def test_a_window_fades_into_what_is_around_it():
    plate = np.zeros((HEIGHT, WIDTH, 3), np.float32)
    row = composite(plate, EVEN, NONE, [window((32, 16, 64, 40), 1.0)])[28, :, 0]
    assert (np.diff(row[:48]) >= 0).all() and (np.diff(row[48:]) <= 0).all()
    assert np.abs(np.diff(row)).max() <= 1.01 / HALO_PX


def test_a_window_lies_over_those_before_it_and_each_has_its_own_halo():
    windows = [window((20, 10, 60, 40), 0.2, 4), window((30, 20, 50, 30), 0.8, 1)]
    row = composite(np.zeros_like(PLATE), EVEN, NONE, windows)[25, :, 0]
    np.testing.assert_allclose(row[16:20], 0.2 * np.array([0.125, 0.375, 0.625, 0.875]), rtol=1e-5)
    np.testing.assert_allclose(row[[15, 20, 28, 29, 30, 49, 50, 51]], [0, 0.2, 0.2, 0.5, 0.8, 0.8, 0.5, 0.2], rtol=1e-5)


def test_two_windows_side_by_side_leave_no_seam():
    frame = composite(np.zeros_like(PLATE), EVEN, NONE, [window((16, 16, 48, 40), 0.5), window((48, 16, 80, 40), 0.5)])
    np.testing.assert_allclose(frame[16:40, 16:80], 0.5, rtol=1e-6)


def test_light_that_an_object_takes_far_away_dims_the_plate_smoothly():
    plate = np.ones_like(PLATE)
    centres = (np.arange(GRID.width) + 0.5) * GRID.cell_px
    ratio = (1 - 0.002 * centres)[None, :, None] * np.ones((GRID.height, 1, 3))
    row = composite(plate, ratio, NONE, [])[HEIGHT // 2, :, 0]
    x = np.arange(WIDTH) + 0.5
    inside = (x > centres[0]) & (x < centres[-1])
    np.testing.assert_allclose(row[inside], (1 - 0.002 * x)[inside], rtol=1e-6)


def test_what_an_object_shows_does_not_colour_the_light_around_it():
    ratio, objects = EVEN.copy(), NONE.copy()
    ratio[4:10, 8:16], objects[16:40, 32:64] = 50.0, True
    frame = composite(PLATE, ratio, objects, [window((32, 16, 64, 40), 0.5)])
    np.testing.assert_allclose(frame[:, 70:], PLATE[:, 70:], rtol=1e-6)
    assert frame.max() < 1


def test_a_gap_between_windows_in_a_shadow_is_as_dark_as_the_shadow():
    ratio = EVEN.copy()
    ratio[4:10, 4:20] = 0.3
    plate = np.ones_like(PLATE)
    frame = composite(plate, ratio, NONE, [window((16, 16, 44, 40), 0.3), window((48, 16, 80, 40), 0.3)])
    np.testing.assert_allclose(frame[20:36, 24:72], 0.3, rtol=1e-6)
