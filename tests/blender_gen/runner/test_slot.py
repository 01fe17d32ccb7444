"""A slot whose Blender fails: tries, attempts, the ledger and the end."""

import stat
import sys
from pathlib import Path

import pytest

from blender_gen.config import DatasetConfig
from blender_gen.objects.safety.files import check_file
from blender_gen.objects.safety.refusal import Limits
from blender_gen.runner.clip_maker import MakerSettings
from blender_gen.runner.hello import RunStopped
from blender_gen.runner.layout import Layout
from blender_gen.runner.ledger import LedgerEntry, next_attempts, unrenderable_clips
from blender_gen.runner.slot import MAX_ATTEMPTS, MAX_TRIES, Slot
from tests.blender_gen.blender import studio
from tests.blender_gen.objects_for_tests import record

CRASHES = """#!{python}
import json, os, sys
for line in sys.stdin:
    if "hello" not in json.loads(line):
        print("Segmentation fault, or so", file=sys.stderr)
        sys.stderr.flush()
        os.abort()
    print(json.dumps({{"ok": True, "devices": {{"CPU": ["CPU"]}}, "blender": "none"}}), flush=True)
"""


@pytest.fixture
def crate(tmp_path) -> Path:
    (tmp_path / "objects").mkdir()
    return studio.box(tmp_path / "objects", "crate", (1.0, 0.5, 0.4)).path


def slot_with(tmp_path: Path, crate: Path, program: str, entries: list[LedgerEntry]) -> Slot:
    """A slot whose Blender is `program`, with one object for every split."""
    blender = tmp_path / "blender"
    blender.write_text(program.format(python=sys.executable))
    blender.chmod(blender.stat().st_mode | stat.S_IXUSR)
    sha256 = check_file(crate, crate.parent, Limits()).sha256
    known = record("crate", (1.0, 0.5, 0.4))
    known = known.from_json({**{k: v for k, v in vars(known).items() if k != "path"}, "sha256": sha256})
    settings = MakerSettings(device="CPU", threads=1, time_limit_s=20, blender=blender)
    config = DatasetConfig(objects_per_clip={"1": 1.0})
    pools = {split: [known] for split in ("train", "val", "test")}
    (tmp_path / "out").mkdir()
    return Slot("w0", Layout(tmp_path / "out"), config, pools, {sha256: crate}, settings, entries.append)


def test_three_crashes_make_an_attempt_unrenderable_and_twenty_such_attempts_stop_the_run(tmp_path, crate):
    entries: list[LedgerEntry] = []
    slot = slot_with(tmp_path, crate, CRASHES, entries)
    slot.start()
    with pytest.raises(RunStopped, match=r"clip 7 was rejected 20 times, last because unrenderable: .*SIGABRT"):
        slot.make(7, 0)
    assert [entry.state for entry in entries] == MAX_ATTEMPTS * (MAX_TRIES * ["failed"] + ["rejected"])
    assert [entry.try_ for entry in entries[:3]] == [0, 1, 2]
    assert next_attempts(entries) == {7: MAX_ATTEMPTS}
    assert unrenderable_clips(entries, num_clips=8) == (7,)


def test_a_blender_that_does_not_start_stops_the_run_before_the_first_clip(tmp_path, crate):
    slot = slot_with(tmp_path, crate, "#!/nowhere/python\n", [])
    with pytest.raises(RunStopped, match="Blender does not start"):
        slot.start()


def test_an_object_that_changed_since_the_intake_stops_the_run(tmp_path, crate):
    slot = slot_with(tmp_path, crate, CRASHES, [])
    crate.write_bytes(crate.read_bytes()[:-4] + b"\0\0\0\1")
    with pytest.raises(RunStopped, match="crate.glb has changed"):
        slot.make(0, 0)


def test_a_stopped_slot_starts_nothing_more(tmp_path, crate):
    slot = slot_with(tmp_path, crate, CRASHES, [])
    slot.start()
    slot.stop()
    with pytest.raises(RunStopped, match="stopped"):
        slot.make(0, 0)
