"""The ledger and the list of objects belong to a dataset."""

import json
import shutil

import pytest

from dataset_tools.validate import validate


@pytest.fixture
def golden(shared, tmp_path):
    """A copy of the golden dataset that may be changed."""
    copy = tmp_path / "golden"
    shutil.copytree(shared / "golden", copy)
    for path in [copy, *copy.rglob("*")]:
        path.chmod(0o755)
    return copy


def faults(folder) -> str:
    report = validate(folder, progress=False)
    assert all(not clip.faults for clip in report.clips)
    return " | ".join(fault.message for fault in report.faults)


def test_the_golden_records_are_good(golden):
    assert faults(golden) == ""


@pytest.mark.parametrize("name", ["ledger.jsonl", "objects.jsonl"])
def test_a_missing_record_is_named(golden, name):
    (golden / name).unlink()
    assert name in faults(golden)


def test_a_clip_that_no_line_calls_done_is_named(golden):
    lines = (golden / "ledger.jsonl").read_text().splitlines()
    (golden / "ledger.jsonl").write_text("\n".join(line for line in lines if '"clip": 3' not in line) + "\n")
    assert "the first 00000003" in faults(golden)


def test_an_object_that_was_not_accepted_but_shows_is_named(golden):
    lines = [json.loads(line) for line in (golden / "objects.jsonl").read_text().splitlines()]
    lines[0]["state"] = "rejected"
    (golden / "objects.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert "accepted no 'crate'" in faults(golden)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "is not JSON"),
        ("[]", "is not a table"),
        ('{"clip": true, "attempt": 0}', "has clip True"),
        (
            '{"clip": 9, "attempt": 0, "try": 0, "state": "lost", "reason": "", "seconds": 0, '
            '"worker": "w", "device": ""}',
            "has the state 'lost'",
        ),
    ],
)
def test_a_line_that_is_not_sound_is_named(golden, line, said):
    with (golden / "ledger.jsonl").open("a") as file:
        file.write(line + "\n")
    assert said in faults(golden)
