"""The ledger is appended to, read back, and survives a kill in the middle of a line."""

import json

from blender_gen.runner.ledger import LedgerEntry, append, next_attempts, read, unrenderable_clips


def entry(clip: int, attempt: int, state: str, reason: str = "") -> LedgerEntry:
    return LedgerEntry(clip, attempt, 0, state, reason, 0.5, "w0", "cpu")


def test_lines_have_the_keys_of_the_format(tmp_path):
    append(tmp_path / "ledger.jsonl", entry(3, 1, "rejected", "too small"))
    (line,) = (tmp_path / "ledger.jsonl").read_text().splitlines()
    assert list(json.loads(line)) == ["clip", "attempt", "try", "state", "reason", "seconds", "worker", "device"]


def test_what_was_appended_is_read_back(tmp_path):
    entries = [entry(0, 0, "rejected", "ein Grund: ü"), entry(0, 1, "done")]
    for item in entries:
        append(tmp_path / "ledger.jsonl", item)
    assert read(tmp_path / "ledger.jsonl") == entries
    assert read(tmp_path / "absent.jsonl") == []


def test_separators_of_other_alphabets_do_not_split_a_line(tmp_path):
    odd = entry(0, 0, "rejected", "a\u2028b\u0085c")
    append(tmp_path / "ledger.jsonl", odd)
    assert read(tmp_path / "ledger.jsonl") == [odd]


def test_a_line_that_was_cut_short_is_dropped_and_the_file_can_go_on(tmp_path):
    path = tmp_path / "ledger.jsonl"
    append(path, entry(0, 0, "done"))
    with path.open("a") as file:
        file.write('{"clip": 1, "att')
    assert read(path) == [entry(0, 0, "done")]
    append(path, entry(1, 0, "done"))
    assert read(path) == [entry(0, 0, "done"), entry(1, 0, "done")]


def test_rejected_attempts_are_not_made_again_and_failed_ones_are():
    entries = [entry(0, 0, "rejected"), entry(0, 1, "rejected"), entry(1, 0, "failed"), entry(2, 0, "done")]
    assert next_attempts(entries) == {0: 2}


def test_clips_that_could_not_be_rendered_are_listed():
    entries = [entry(4, 0, "rejected", "unrenderable: SIGSEGV"), entry(2, 0, "rejected", "hull"), entry(4, 1, "done")]
    assert unrenderable_clips(entries, num_clips=5) == (4,)
    assert unrenderable_clips(entries, num_clips=4) == ()
