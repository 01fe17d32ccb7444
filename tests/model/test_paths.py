import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.errors import RequestError
from model.paths import TimedPath, check_start, places_along

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


def test_as_many_points_as_frames_are_walked_at_one_speed_too() -> None:
    assert np.allclose(places_along([(0, 0), (1, 0), (10, 0)], 3), [(0, 0), (5, 0), (10, 0)])


def test_a_timed_path_is_taken_as_it_is() -> None:
    drawn = [(-5, 0), (1, 0), (10, 0)]
    assert np.array_equal(places_along(TimedPath(drawn), 3), drawn)


@pytest.mark.parametrize("places", [[(0, 0)] * 4, [(0, 0), (np.inf, 0), (1, 1)], []])
def test_a_timed_path_has_a_place_for_each_frame(places) -> None:
    with pytest.raises(RequestError, match="needs 3 places, one for each frame"):
        places_along(TimedPath(places), 3)


def test_a_place_that_is_not_known_stays_unknown_in_its_frame() -> None:
    drawn = [(0, 0), (np.nan, np.nan), (10, 0)]
    assert np.array_equal(places_along(TimedPath(drawn), 3), drawn, equal_nan=True)


def test_one_point_stays() -> None:
    assert np.array_equal(places_along([(3, 4)], 5), [[3, 4]] * 5)


@pytest.mark.parametrize("bad", [[], [(np.nan, 0), (1, 1)], [(0, 0), (1e6, 1)], [(0, 0), (np.inf, 1)]])
def test_no_path_is_refused(bad) -> None:
    with pytest.raises(ValueError, match="at least one point"):
        places_along(bad, 4)


@pytest.mark.parametrize("start", [(96, 0), (0, 64), (-0.1, 5), (1900, 1000)])
def test_points_begin_within_the_video(start) -> None:
    with pytest.raises(RequestError, match=r"outside the video of 96x64; .* the image of 1920x1080 is resized"):
        check_start([start, (5, 5)], (64, 96), (1920, 1080))


def test_points_may_leave_the_video_and_a_timed_path_may_begin_outside() -> None:
    check_start([(95.9, 63.9), (500, -3)], (64, 96), (96, 64))
    check_start(TimedPath([(-5, 0)]), (64, 96), (96, 64))
