import json

import pytest

from dataset_tools.clip import Clip
from dataset_tools.inspect.facts import facts_html, notice_html, render_again_command, spec_json

EVIL = "<img src=x onerror=alert(1)>'\"&"


def altered(clip: Clip, **meta) -> Clip:
    members = {name: clip.read(name) for name in clip.members}
    members["meta.json"] = json.dumps({**clip.meta, **meta}).encode()
    return Clip.from_members(clip.key, members, clip.split)


def test_texts_of_a_dataset_are_escaped(golden) -> None:
    things = [{**entry, "name": EVIL, "licence": EVIL, "author": EVIL} for entry in golden[0].meta["objects"]]
    page = facts_html(altered(golden[0], objects=things, camera=EVIL, qa={EVIL: EVIL}), f"/data/{EVIL}", [EVIL])
    assert "<img" not in page
    assert "&lt;img src=x" in page
    assert "<img" not in notice_html(EVIL)


def test_the_command_is_one_word_for_each_argument_whatever_the_folder_is_called(golden) -> None:
    import shlex

    command = render_again_command(golden[0], "s3://my bucket/a'b")
    assert shlex.split(command) == [
        "posetraj", "render-clip", "s3://my bucket/a'b", golden[0].key, "--out", f"clip-{golden[0].key}",
    ]  # fmt: skip


def test_what_a_clip_lacks_is_said(golden) -> None:
    assert "This synthetic clip has no depth." in facts_html(golden[0], "d", ["no depth"])
    assert "has no" not in facts_html(golden[0], "d")


@pytest.mark.parametrize("qa", [None, [], "text", {"psnr": float("nan")}])
def test_facts_of_any_self_check_can_be_shown(golden, qa) -> None:
    assert golden[0].key in facts_html(altered(golden[0], qa=qa), "d")


def test_the_recipe_is_indented_json_and_absent_where_there_is_none(golden) -> None:
    recipe = {"seed": 3, "path": [1, 2]}
    assert json.loads(spec_json(altered(golden[0], spec=json.dumps(recipe)))) == recipe
    assert spec_json(altered(golden[0], spec="")) is None
    assert spec_json(altered(golden[0], spec="{no json")) == b"{no json"
