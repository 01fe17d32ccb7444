"""Frames are chosen by time, and pixels by one rule for pictures, masks and points."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataset_tools.errors import FormatError
from dataset_tools.import_video.film import open_film
from dataset_tools.import_video.fit import Fit
from dataset_tools.import_video.options import ImportOptions, parse_size
from dataset_tools.import_video.shots import Survey, survey
from dataset_tools.import_video.windows import plan, read_windows


def surveyed(times: np.ndarray, cuts: tuple[int, ...] = ()) -> Survey:
    return Survey(np.asarray(times, float), np.arange(len(times)), cuts, "")


@given(
    width=st.integers(64, 400),
    height=st.integers(64, 400),
    turns=st.integers(0, 3),
    aspect=st.sampled_from([Fraction(1), Fraction(16, 11), Fraction(9, 10)]),
)
def test_points_and_pictures_go_the_same_way(width: int, height: int, turns: int, aspect: Fraction) -> None:
    """The middle of a bright square lies where `points` says."""
    stored = np.zeros((height, width, 3), np.uint8)
    row, column = height // 2 - 3, width // 2 - 5
    stored[row : row + 10, column : column + 12] = 255
    fit = Fit(width, height, turns, aspect, 96, 64)
    upright = np.rot90(stored[..., 0], turns)
    rows, columns = np.nonzero(upright)
    middle = fit.points([columns.mean() + 0.5, rows.mean() + 0.5])
    for picture in (fit.picture(stored)[..., 0].astype(float), fit.indices(stored[..., 0]).astype(float)):
        y, x = np.mgrid[0.5:64, 0.5:96]
        found = np.array([(picture * x).sum(), (picture * y).sum()]) / picture.sum()
        assert picture.shape == (64, 96) and np.abs(found - middle).max() < 0.8


def test_the_focal_length_is_assumed_of_the_whole_frame() -> None:
    assert Fit(1280, 720, 0, Fraction(1), 320, 320).assumed_focal == pytest.approx(1.2 * 1280 * 320 / 720)


def test_windows_lie_within_shots_and_are_even_in_time() -> None:
    windows, skipped = plan(surveyed(np.arange(250) / 25, (40, 150)), count=14, fps=8, stride=14)
    assert [(w.samples[0] >= 40, w.samples[-1] < 150) for w in windows[:2]] == [(True, True)] * 2
    for window in windows:
        steps = np.diff(np.array(window.samples) / 25)
        assert np.abs(np.cumsum(steps) - np.arange(1, 14) / 8).max() <= 1 / 25 + 1e-9
        assert set(window.samples) <= set(window.steps)
    assert len(skipped) == 1 and (skipped[0].start, skipped[0].stop) == (0, 40) and "1.60 s" in skipped[0].reason


def test_a_window_that_just_fits_is_taken() -> None:
    assert len(plan(surveyed(np.arange(120) / 29.97), 32, 8, 32)[0]) == 1
    assert plan(surveyed(np.arange(116) / 29.97), 32, 8, 32)[0] == ()


def test_a_stride_gives_windows_that_overlap() -> None:
    windows, _ = plan(surveyed(np.arange(100) / 24), 16, 8, 4)
    assert [window.samples[0] for window in windows] == [0, 12, 24, 36, 48]


def test_a_film_of_too_few_frames_is_skipped_and_says_so() -> None:
    windows, skipped = plan(surveyed(np.arange(60) / 5), 16, 8, 16)
    assert windows == () and all("5 per second" in item.reason for item in skipped)


def test_many_frames_a_second_are_thinned_to_thirty() -> None:
    window = plan(surveyed(np.arange(480) / 240), 8, 8, 8)[0][0]
    assert len(window.steps) <= 30 and len(window.samples) == 8


def test_windows_are_read_in_one_pass(film_of_discs) -> None:
    film = open_film(film_of_discs)
    found = survey(film)
    windows, _ = plan(found, 4, 8, 2)
    read = list(read_windows(film, found, windows, (144, 80)))
    assert [pictures.window.number for pictures in read] == list(range(len(windows)))
    for pictures in read:
        assert pictures.rgb.shape == (4, 80, 144, 3) and pictures.grey.shape == (len(pictures.window.steps), 80, 144)
    assert (read[0].rgb[2] == read[1].rgb[0]).all()


@pytest.mark.parametrize(
    "wrong, words",
    [
        ({"width": 333}, "width 333"),
        ({"height": 10}, "height 10"),
        ({"frames": 1}, "1 frames"),
        ({"fps": 0}, "0 frames per second"),
        ({"stride": 0}, "stride of 0"),
        ({"points": 20}, "20 points are too few for 4 objects"),
        ({"max_objects": 0}, "0 objects"),
        ({"clips_per_shard": 0}, "shard of 0"),
    ],
)
def test_settings_that_make_no_sense_are_named(wrong: dict, words: str) -> None:
    with pytest.raises(FormatError, match=words):
        ImportOptions(**wrong)


def test_sizes_are_read() -> None:
    assert parse_size("576x320") == (576, 320)
    for text in ("576", "576x", "axb", "576x320x2", "٣x٤"):
        with pytest.raises(FormatError, match="WIDTHxHEIGHT"):
            parse_size(text)
