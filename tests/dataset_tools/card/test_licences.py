"""Licences told from the names that catalogues, repositories and object stores give them."""

import pytest

from dataset_tools.stats.licences import licence_of


@pytest.mark.parametrize(
    ("said", "name", "hub"),
    [
        ("CC0-1.0", "CC0-1.0", "cc0-1.0"),
        ("cc0", "CC0-1.0", "cc0-1.0"),
        ("Creative Commons Zero v1.0 Universal", "CC0-1.0", "cc0-1.0"),
        ("http://creativecommons.org/publicdomain/zero/1.0/", "CC0-1.0", "cc0-1.0"),
        ("CC-BY-4.0", "CC-BY-4.0", "cc-by-4.0"),
        ("CC BY 3.0", "CC-BY-3.0", "cc-by-3.0"),
        ("by", "CC-BY", "cc"),
        ("Creative Commons - Attribution", "CC-BY", "cc"),
        ("https://creativecommons.org/licenses/by-sa/4.0/legalcode.en", "CC-BY-SA-4.0", "cc-by-sa-4.0"),
        ("CC Attribution-NonCommercial-ShareAlike", "CC-BY-NC-SA", "cc"),
        ("by-nc-nd 4.0", "CC-BY-NC-ND-4.0", "cc-by-nc-nd-4.0"),
        ("MIT License", "MIT", "mit"),
    ],
)
def test_a_licence_is_known_by_its_many_names(said, name, hub):
    licence = licence_of(said)
    assert (licence.name, licence.hub, licence.recognised) == (name, hub, True)
    assert licence_of(licence.name) == licence


@pytest.mark.parametrize("said", ["", "unknown", "Unknown", "n/a", "None", None, 7, ["CC0"]])
def test_what_says_nothing_is_unknown_and_never_free(said):
    licence = licence_of(said)
    assert (licence.name, licence.hub) == ("unknown", "unknown")
    assert licence.attribution and not licence.recognised


@pytest.mark.parametrize("said", ["Standard", "byline", "CC-BY-4.0 OR MIT", "CC BY 4.0 (modified)", "not CC0", "cc"])
def test_what_is_not_recognised_keeps_its_words_and_is_never_free(said):
    licence = licence_of(said)
    assert (licence.name, licence.hub) == (said, "other")
    assert licence.attribution and not licence.recognised


def test_licences_say_what_they_ask_for():
    assert licence_of("CC0").asks == "nothing"
    assert licence_of("CC-BY-4.0").asks == "attribution"
    assert licence_of("by-nc-sa").asks == "attribution, no commercial use, share alike"
    assert "derivatives" in licence_of("by-nd").asks
    assert "ask" in licence_of("").asks and "read it" in licence_of("Standard").asks
