"""Meta data against the schema."""

import copy
import json

import pytest

from dataset_tools.checks.meta import check_meta
from tests.dataset_tools.checks.scenes import Scene, Solid, line, make


@pytest.fixture(scope="module")
def made() -> dict:
    tiny = Scene((Solid("box", (1, 1, 1), line(2, (0, 0), (0, 0), 0.5)),), frames=2, width=32, height=20, focal=30)
    return json.loads(make(tiny).pack()["meta.json"])


@pytest.fixture
def meta(made: dict) -> dict:
    return copy.deepcopy(made)


def messages(meta: dict, split: str = "train") -> str:
    return "\n".join(fault.message for fault in check_meta(meta, "00000000", split).faults)


def test_good_meta_data_pass_packed_or_not(meta: dict) -> None:
    assert messages(meta) == ""
    assert messages(meta, split="") == ""


def test_every_key_is_needed_and_no_other_is_allowed(meta: dict) -> None:
    for name in meta:
        assert f"lacks '{name}'" in messages({key: value for key, value in meta.items() if key != name})
    assert "unknown key 'extra'" in messages({**meta, "extra": 1})
    for name in meta["objects"][0]:
        item = {key: value for key, value in meta["objects"][0].items() if key != name}
        assert f"lacks '{name}'" in messages({**meta, "objects": [item]})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("seed", None), ("seed", True), ("seed", 1.5), ("camera", None), ("camera", 3), ("objects", {}),
        ("objects", []), ("spec", {}), ("qa", []), ("qa", {"gap": None}), ("qa", {"gap": float("nan")}),
        ("qa", {"gap": True}),
        ("frames", 0), ("fps", -1), ("kind", "toy"), ("split", "val"), ("clip", 1), ("format", "posetraj/2"),
    ],
)  # fmt: skip
def test_wrong_types_and_values_are_named(meta: dict, name: str, value) -> None:
    found = messages({**meta, name: value})
    assert (name if name != "objects" else "object") in found


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("sha256", "12"), ("sha256", "Z" * 64), ("front_known", 1), ("rotation_deg", None), ("category", None),
        ("object_from_asset", [[1.0]]),
        ("object_from_asset", [[1.0, 0, 0, 0], [0, 2.0, 0, 0], [0, 0, 1.0, 0], [0, 0, 0, 1.0]]),
    ],
)  # fmt: skip
def test_wrong_facts_of_an_object_are_named(meta: dict, name: str, value) -> None:
    meta["objects"][0][name] = value
    assert name in messages(meta)


def test_an_object_that_is_no_table_is_named(meta: dict) -> None:
    assert "object 0" in messages({**meta, "objects": ["car"]})
