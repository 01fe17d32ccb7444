"""Whom to name: licences counted by clip, attribution where it is asked for, loud words for what is unknown."""

import re

import pytest

from dataset_tools.card import card_html, card_markdown, describe
from dataset_tools.card.credits import to_name
from dataset_tools.card.markdown import objects_markdown
from dataset_tools.errors import FormatError
from dataset_tools.stats import collect, format_statistics, open_dataset
from tests.dataset_tools.card.conftest import card_of
from tests.dataset_tools.stats_clips import clip_of, labels_of, meta_of, poses

CC_BY = {"licence": "CC-BY-4.0", "author": "A. Maker", "source": "https://example.org/shoe", "name": "shoe"}
FREE = {"licence": "CC0-1.0", "author": "B", "source": "procedural", "name": "crate"}
MUTE = {"licence": "unknown", "author": "unknown", "source": "unknown", "name": "thing"}


def with_objects(*facts):
    """Change a clip's meta data so that its objects have these facts, again and again."""

    def change(number, meta):
        for n, item in enumerate(meta["objects"]):
            fact = facts[(number + n) % len(facts)]
            item.update(fact, asset_id=fact["name"])

    return change


def test_clips_are_counted_once_for_each_licence_that_they_show():
    labels = labels_of(poses([[0.0, 9.0], [90.0, 9.0]]))
    clips = [
        clip_of(labels, meta_of([CC_BY, {"licence": "cc by 4.0"}])),
        clip_of(labels, meta_of([CC_BY, FREE]), 1),
        clip_of(labels, meta_of([FREE, {}]), 2),
    ]
    assert collect(clips).licences == {"CC-BY-4.0": 2, "CC0-1.0": 2, "unknown": 1}


def test_every_object_that_asks_for_it_is_named_with_author_source_and_licence(written):
    card = card_of(written(4, with_objects(CC_BY, FREE)))
    assert [credit.asset_id for credit in to_name(card.credits)] == ["shoe"]
    readme, page = card_markdown(card), card_html(card)
    assert "**shoe by A. Maker**, <https://example.org/shoe>, CC-BY-4.0" in readme
    assert '<b>shoe by A. Maker</b> · <a href="https://example.org/shoe"' in page
    assert re.search(r"\| CC-BY-4.0 \| \d \| 1 \| attribution \|", readme)
    assert "LICENCE UNKNOWN" not in readme + page
    assert "- cc-by-4.0\n" in readme and "- cc0-1.0\n" in readme


def test_no_object_to_name_is_left_out_of_the_list_however_many_there_are(written):
    def change(number, meta):
        meta["objects"] = [
            {**item, **CC_BY, "asset_id": f"shoe {number} {n}"} for n, item in enumerate(meta["objects"])
        ]

    card = card_of(written(12, change))
    shown = {credit.asset_id for credit in card.credits}
    assert len(shown) > 12
    assert card_html(card).count("<b>shoe by A. Maker</b>") == len(shown)
    assert objects_markdown(card).count("| shoe | 1 |") == len(shown)


def test_an_unknown_licence_is_flagged_loudly(written):
    card = card_of(written(4, with_objects(MUTE, FREE)))
    readme, page = card_markdown(card), card_html(card)
    assert "> ⚠️ **LICENCE UNKNOWN: " in readme and "| ⚠️ **unknown** |" in readme
    assert re.search(r'<ul class="findings alarms"><li>LICENCE UNKNOWN: \d clips? shows? ', page)
    assert "**thing, author not told**" in readme
    assert page.index("LICENCE UNKNOWN") < page.index("<img ")
    assert re.search(r"^  - LICENCE UNKNOWN: \d clips? shows? ", format_statistics(card.statistics), re.MULTILINE)


def test_a_licence_that_is_not_recognised_or_asks_for_more_is_flagged(written):
    odd, strict = {**FREE, "licence": "House rules"}, {**CC_BY, "licence": "CC-BY-NC-4.0"}
    readme = card_markdown(card_of(written(4, with_objects(odd, strict))))
    assert "Licence 'House rules' is not recognised" in readme
    assert "CC-BY-NC-4.0 asks for more than attribution (no commercial use)" in readme
    assert "license_name: see-licences-and-attribution" in readme


def test_what_clips_do_not_tell_of_an_object_is_taken_from_the_list_of_objects(written):
    told = {
        "asset_id": "shoe",
        "file": "s.glb",
        "state": "accepted",
        "reason": None,
        "author": "C. Maker",
        "source": "s",
    }
    refused = [
        {"asset_id": "", "file": f"bad_{n}.glb", "state": "rejected", "reason": f"bad_{n}.glb has {n} vertices"}
        for n in range(3)
    ]
    folder = written(2, with_objects({**CC_BY, "author": "unknown", "source": ""}), [told, *refused])
    card = card_of(folder)
    assert card.credits[0].named == "shoe by C. Maker" and card.credits[0].source == "s"
    assert card.intake.reasons == {"… has … vertices": 3}
    assert "| … has … vertices | 3 |" in card_markdown(card)
    assert "Files of objects rejected because" in card_html(card)


@pytest.mark.parametrize("line", ["{", "[]", '{"asset_id": "a"}', '{"state": "maybe"}', "[" * 100_000])
def test_a_line_that_is_no_objects_is_named(written, line):
    folder = written(1)
    (folder / "objects.jsonl").write_text("\n" + line + "\n")
    dataset = open_dataset(folder)
    with pytest.raises(FormatError, match="line 2 of .*objects.jsonl"):
        describe(dataset, collect(dataset))
