import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from blender_gen.blender.pixels import covering, widened


@given(arrays(bool, st.tuples(st.integers(1, 9), st.integers(1, 9))))
def test_rectangles_cover_what_is_set_once_and_nothing_else(places):
    count = np.zeros(places.shape, int)
    for x0, y0, x1, y1 in covering(places).astype(int):
        assert x0 < x1 and y0 < y1
        count[y0:y1, x0:x1] += 1
    np.testing.assert_array_equal(count, places)


def test_rows_that_are_alike_share_their_rectangles():
    places = np.zeros((40, 30), bool)
    places[5:35, 3:9] = places[5:35, 12:20] = True
    assert covering(places).tolist() == [[3, 5, 9, 35], [12, 5, 20, 35]]


@given(st.integers(0, 4), st.lists(st.tuples(st.integers(0, 11), st.integers(0, 8)), max_size=5))
def test_widening_reaches_all_that_is_near(reach, places):
    pixels = np.zeros((12, 9), bool)
    for place in places:
        pixels[place] = True
    rows, columns = np.indices(pixels.shape)
    near = [np.maximum(abs(rows - row), abs(columns - column)) <= reach for row, column in places]
    np.testing.assert_array_equal(widened(pixels, reach), np.any([np.zeros_like(pixels), *near], axis=0))
