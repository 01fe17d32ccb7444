import math

import numpy as np
import pytest

from dataset_tools.captions import Film, figure, film, motion, name_of, objects, spoken
from dataset_tools.clip import Clip
from dataset_tools.errors import FormatError


def clip_with(**meta) -> Clip:
    """A clip of two objects with that meta data."""
    clip = Clip.from_members("00000007", {})
    clip.__dict__["meta"] = {"kind": "real", **meta}
    clip.__dict__["labels"] = {"center_px": np.zeros((3, 2, 2), np.float32)}
    return clip


def test_a_film_has_a_rate_and_a_size() -> None:
    assert film(clip_with(fps=7.5, width=320, height=200)) == Film(7.5, 320, 200)


@pytest.mark.parametrize("fps", [None, 0, -8, math.inf, math.nan, "8", True])
def test_a_film_that_cannot_be_played_is_named(fps) -> None:
    with pytest.raises(FormatError, match="00000007 gives fps, width and height as"):
        film(clip_with(fps=fps, width=320, height=200))


@pytest.mark.parametrize(
    ("listed", "names"),
    [
        ([{"name": "a"}, {"name": "b"}], ["a", "b"]),
        ([{"name": "a"}], ["a", ""]),
        ([{"name": "a"}, 3, {"name": "c"}], ["a", ""]),
        ("nonsense", ["", ""]),
        (None, ["", ""]),
    ],
)
def test_there_is_a_table_for_each_object_of_the_labels(listed, names) -> None:
    assert [name_of(entry) for entry in objects(clip_with(objects=listed))] == names


def test_an_object_without_a_name_goes_by_its_asset() -> None:
    assert name_of({"name": "", "asset_id": "abc"}) == "abc"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.98765432, "0.9877"),
        (12, "12"),
        (math.nan, "not known"),
        (-math.inf, "not known"),
        (True, "True"),
        ("x", "x"),
    ],
)
def test_figures_are_short(value, text) -> None:
    assert figure(value) == text


def test_identifiers_are_shown_as_words() -> None:
    assert spoken("circle_arc") == "circle arc"


@pytest.mark.parametrize(
    ("entry", "text"),
    [
        ({"family": "circle_arc", "facing": "tangent", "rotation_deg": 102.4}, "circle arc · tangent · 102°"),
        ({"family": "line", "rotation_deg": math.nan}, "line"),
        ({"family": "line", "rotation_deg": "much"}, "line"),
        ({}, ""),
    ],
)
def test_motion_says_as_much_as_is_known(entry, text) -> None:
    assert motion(entry, "family", "facing") == text
