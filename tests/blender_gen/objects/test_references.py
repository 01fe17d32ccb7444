"""Whatever a reference says, the file that is followed lies inside the folder."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blender_gen.objects.safety.references import check_contained, find_uri
from blender_gen.objects.safety.refusal import Limits, ObjectRefused

PARTS = st.sampled_from(["..", ".", "%2e%2e", "%2E.", "in", "secret", "/", "\\", "%2f", "%5c", "%252e", "~", "C:", ""])


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    root = tmp_path_factory.mktemp("root")
    (root / "secret").write_text("outside")
    (root / "asset" / "in").mkdir(parents=True)
    (root / "asset" / "in" / "secret").write_text("inside")
    (root / "asset" / "secret").write_text("inside")
    return root / "asset"


@given(parts=st.lists(PARTS, max_size=8))
def test_a_uri_is_refused_or_leads_to_a_file_inside_the_folder(folder, parts):
    try:
        found = find_uri("".join(parts), folder, "external buffer", Limits())
    except ObjectRefused:
        return
    assert found.read_text() == "inside"


@given(name=st.text(alphabet=st.characters(blacklist_categories=("Cs",)), min_size=1, max_size=20))
def test_a_name_with_a_parent_part_is_never_contained(name):
    for reference in (f"../{name}", f"{name}/..", f"a/../{name}", f"..\\{name}"):
        with pytest.raises(ObjectRefused):
            check_contained(reference)


def test_the_reason_shows_a_long_reference_cut_short():
    with pytest.raises(ObjectRefused) as refusal:
        check_contained("http://" + "a" * 1000)
    assert len(str(refusal.value)) < 200 and re.search(r"\.\.\.", str(refusal.value))
