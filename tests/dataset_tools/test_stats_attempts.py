"""The ledger: reasons grouped, accepted shares by what was drawn, and lines that are none."""

import json

import pytest

from dataset_tools.errors import FormatError
from dataset_tools.stats.attempts import Drawn, Line, Verdicts, read_ledger, summarise

CAR = Drawn(("line",), "still", ("car",))
PAIR = Drawn(("line", "s_curve"), "orbit", ("car", "bus"))


def test_reasons_are_grouped_without_their_numbers():
    lines = [
        Line(0, 0, "rejected", "the video is 39.5 dB from the render (bound 40 dB)", 3.0),
        Line(1, 0, "rejected", "the video is 38 dB from the render (bound 40 dB) + a thing stands 1.2e-03 m off", 5.0),
        Line(1, 1, "failed", "no answer in 1800 s", 7.0),
        Line(1, 1, "failed", "no answer in 3600 s", 9.0),
    ]
    attempts = summarise(lines, {})
    assert attempts.reasons == {"the video is … dB from the render (bound … dB)": 2, "a thing stands … m off": 1}
    assert attempts.failures == {"no answer in … s": 2}
    assert (attempts.accepted, attempts.rejected, attempts.failed) == (0, 2, 2)
    assert attempts.median_seconds is None
    assert attempts.worker_hours == pytest.approx(24 / 3600)


def test_the_names_of_a_clips_own_objects_do_not_split_a_reason():
    drawn = {0: PAIR, 1: Drawn(("line",), "orbit", ("bus_2", "car"))}
    said = "no paths in 200 draws keep the boxes of {} apart + the carpet stays"
    lines = [
        Line(0, 0, "rejected", said.format("car, bus"), 1.0),
        Line(1, 0, "rejected", said.format("bus_2, car"), 1.0),
    ]
    reasons = summarise(lines, drawn).reasons
    assert reasons == {"no paths in … draws keep the boxes of …, … apart": 2, "the carpet stays": 2}


def test_a_rejected_attempt_counts_for_what_the_finished_clip_shows():
    lines = [Line(0, 0, "done", "", 2.0), Line(1, 0, "rejected", "dark", 4.0), Line(1, 1, "done", "", 8.0)]
    attempts = summarise(lines, {0: CAR, 1: PAIR})
    assert attempts.by["family"] == {"line": Verdicts(2, 1), "s_curve": Verdicts(1, 1)}
    assert attempts.by["camera"] == {"still": Verdicts(1, 0), "orbit": Verdicts(1, 1)}
    assert attempts.by["objects"] == {"1": Verdicts(1, 0), "2": Verdicts(1, 1)}
    assert attempts.by["asset"] == {"car": Verdicts(2, 1), "bus": Verdicts(1, 1)}
    assert attempts.by["family"]["s_curve"].share == 0.5
    assert attempts.median_seconds == 5.0


def test_objects_that_were_drawn_anew_are_not_blamed_for_earlier_attempts():
    lines = [Line(0, attempt, "rejected", "dark", 1.0) for attempt in range(3)] + [Line(0, 3, "done", "", 1.0)]
    attempts = summarise(lines, {0: CAR})
    assert attempts.by["asset"] == {"car": Verdicts(1, 0)}
    assert attempts.by["family"] == {"line": Verdicts(1, 3)}


def test_a_clip_with_two_objects_of_a_family_counts_once_for_it():
    attempts = summarise([Line(0, 0, "done", "", 1.0)], {0: Drawn(("line", "line"), "still", ("car", "car"))})
    assert attempts.by["family"] == {"line": Verdicts(1, 0)} and attempts.by["asset"] == {"car": Verdicts(1, 0)}


def test_a_ledger_is_read_as_it_lies_and_its_absence_is_none(tmp_path):
    assert read_ledger(str(tmp_path / "ledger.jsonl")) is None
    line = {
        "clip": 4,
        "attempt": 1,
        "try": 0,
        "state": "done",
        "reason": "",
        "seconds": 2,
        "worker": "w",
        "device": "d",
    }
    (tmp_path / "ledger.jsonl").write_text(json.dumps(line) + "\n\n")
    assert list(read_ledger(str(tmp_path / "ledger.jsonl"))) == [Line(4, 1, "done", "", 2)]


@pytest.mark.parametrize(
    "line",
    ["{", "[1]", "[" * 100_000, '{"clip": 1}', '{"clip": 1, "attempt": 0, "state": "lost", "reason": "", "seconds": 1}',
     '{"clip": "1", "attempt": 0, "state": "done", "reason": "", "seconds": 1}',
     '{"clip": 1, "attempt": 0, "state": "done", "reason": null, "seconds": 1}',
     '{"clip": 1, "attempt": 0, "state": "done", "reason": "", "seconds": NaN}'],
)  # fmt: skip
def test_a_line_that_is_no_ledgers_is_named(tmp_path, line):
    (tmp_path / "ledger.jsonl").write_text("\n" + line)
    with pytest.raises(FormatError, match="line 2 of .*ledger.jsonl"):
        list(read_ledger(str(tmp_path / "ledger.jsonl")))
