import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataset_tools.errors import FormatError
from dataset_tools.inspect.catalogue import Choice, catalogue, choose, facet_values, find_key, row_title, window


def test_the_catalogue_says_what_each_clip_says_of_itself(golden) -> None:
    rows = catalogue(golden)
    for row, clip in zip(rows, golden, strict=True):
        assert (row.key, row.split, row.camera) == (clip.key, clip.split, clip.meta["camera"])
        assert row.families == tuple(entry["family"] for entry in clip.meta["objects"])
    assert facet_values(rows, "split") == ("test", "train", "val")


@pytest.mark.parametrize("facet", ["split", "category", "family", "camera"])
def test_each_facet_takes_the_clips_that_have_the_value(golden, facet: str) -> None:
    rows = catalogue(golden)
    values = facet_values(rows, facet)
    taken = [choose(rows, Choice(**{facet: value})) for value in values]
    assert all(taken)
    assert {index for indices in taken for index in indices} == set(range(len(golden)))
    assert choose(rows, Choice(**{facet: "no such"})) == ()


def test_a_text_is_looked_for_in_keys_and_objects_in_any_case(golden) -> None:
    rows = catalogue(golden)
    crates = tuple(row.index for row in rows if "crate" in row.asset_ids)
    assert crates
    assert choose(rows, Choice(text=" CRATE ")) == crates
    assert choose(rows, Choice(text=rows[2].key)) == (2,)


def test_a_key_is_found_by_its_number_too(golden) -> None:
    rows = catalogue(golden)
    assert rows[find_key(rows, "3")].key == "00000003" == rows[find_key(rows, "00000003")].key
    with pytest.raises(FormatError, match="no clip '77' here; its 5 clips are"):
        find_key(rows, "77")


def test_titles_of_clips_differ(golden) -> None:
    titles = [row_title(row, place) for place, row in enumerate(catalogue(golden))]
    assert len(set(titles)) == len(titles)


@given(st.integers(0, 500), st.integers(1, 501), st.integers(1, 100))
def test_a_window_holds_its_place_and_is_full_where_the_list_is_long_enough(
    position: int, count: int, size: int
) -> None:
    position %= count
    places = window(position, count, size)
    assert position in places
    assert len(places) == min(size, count)
    assert 0 <= places.start <= places.stop <= count
