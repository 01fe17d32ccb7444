"""Records go through `objects.jsonl` and come back the same."""

import json
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from blender_gen.objects.record import ObjectRecord
from blender_gen.objects.report import format_intake

NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
ROWS = st.lists(st.tuples(NUMBERS, NUMBERS, NUMBERS, NUMBERS), min_size=4, max_size=4).map(tuple)


def record(**changes) -> ObjectRecord:
    values = {
        "asset_id": "car", "file": "cars/car.glb", "state": "accepted", "reason": None, "sha256": "ab" * 32,
        "name": "car", "category": "vehicle", "source": "unknown", "licence": "CC0-1.0", "author": "Ann",
        "unit": "ab" * 32, "symmetric": False, "front_known": True, "front_axis": "-Y",
    }  # fmt: skip
    return ObjectRecord(**{**values, **changes})


@given(name=st.text(), box=st.tuples(NUMBERS, NUMBERS, NUMBERS), matrix=ROWS, warnings=st.lists(st.text()).map(tuple))
def test_a_line_gives_the_record_back_exactly(name, box, matrix, warnings):
    original = record(name=name, box_size=box, object_from_asset=matrix, warnings=warnings)
    line = original.to_line()
    assert "\n" not in line
    assert ObjectRecord.from_line(line) == original


def test_the_line_says_nothing_of_this_machine():
    line = record(path=Path("/somewhere/cars/car.glb")).to_line()
    assert "somewhere" not in line and "path" not in json.loads(line)


def test_keys_that_a_later_version_adds_are_left_out():
    values = {**json.loads(record().to_line()), "colour": "red"}
    assert ObjectRecord.from_json(values) == record()


def test_the_report_names_each_file_its_verdict_and_reason():
    report = format_intake(
        [
            record(imported_dims=(1.0, 2.0, 3.0), triangles=1200, warnings=("unlit material",)),
            record(file="flat.glb", state="rejected", reason="zero thickness"),
            record(file="tail.stl", front_known=False),
        ]
    )
    lines = report.splitlines()
    assert lines[0].startswith("accepted  cars/car.glb") and "-Y" in lines[0] and "unlit material" in lines[0]
    assert lines[1].startswith("rejected  flat.glb") and lines[1].endswith("zero thickness")
    assert "front  ?" in lines[2]
    assert lines[-1].startswith("2 of 3 files accepted; the front of 1 is not known")


def test_the_report_steers_no_terminal():
    report = format_intake([record(file="\x1b[31mred\x07.glb", state="rejected", reason="\x1b]0;title\x07")])
    assert not any(ord(letter) < 32 for letter in report.replace("\n", ""))
