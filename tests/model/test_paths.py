import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.paths import places_along

points = st.lists(st.tuples(st.integers(0, 500), st.integers(0, 300)), min_size=2, max_size=9)


@given(points, st.integers(10, 30))
def test_places_lie_on_the_path_evenly_from_end_to_end(drawn, frames: int) -> None:
    places = places_along(drawn, frames)
    assert places.shape == (frames, 2)
    assert np.allclose(places[0], drawn[0])
    length = np.hypot(*np.diff(np.array(drawn, float), axis=0).T).sum()
    if length:
        assert np.allclose(places[-1], drawn[-1])
    steps = np.hypot(*np.diff(places, axis=0).T)
    assert (steps <= length / (frames - 1) + 1e-6).all(), "corners are cut, never added to"


def test_a_straight_path_is_walked_at_one_speed() -> None:
    places = places_along([(0, 0), (1, 0), (10, 0)], 11)
    assert np.allclose(places[:, 0], np.arange(11))


def test_a_point_for_each_frame_is_taken_as_it_is() -> None:
    drawn = [(0, 0), (1, 0), (10, 0)]
    assert np.array_equal(places_along(drawn, 3), drawn)


def test_a_place_that_is_not_known_stays_unknown_in_its_frame() -> None:
    drawn = [(0, 0), (np.nan, np.nan), (10, 0)]
    assert np.array_equal(places_along(drawn, 3), drawn, equal_nan=True)


def test_one_point_stays() -> None:
    assert np.array_equal(places_along([(3, 4)], 5), [[3, 4]] * 5)


@pytest.mark.parametrize("bad", [[], [(np.nan, 0), (1, 1)]])
def test_no_path_is_refused(bad) -> None:
    with pytest.raises(ValueError, match="at least one point"):
        places_along(bad, 4)
