import json

import pytest

from blender_gen.config import DatasetConfig
from blender_gen.runner.layout import Layout
from blender_gen.runner.ledger import LedgerEntry, append
from blender_gen.runner.machine import Machine
from blender_gen.runner.state import check_run, has_begun, open_run
from dataset_tools.errors import PoseTrajError
from tests.blender_gen.objects_for_tests import record

CPU = Machine("0", "4.5", "1", "CPU")


@pytest.fixture
def layout(tmp_path) -> Layout:
    found = Layout(tmp_path)
    found.work.mkdir()
    return found


def begin(layout: Layout, *done: int, device: str = "cpu") -> None:
    open_run(layout, DatasetConfig(), CPU, [record("crate")])
    for clip in done:
        append(layout.ledger, LedgerEntry(clip, 0, 0, "done", "", 1.0, "w0", device))


def test_a_run_has_begun_once_a_clip_was_tried(layout) -> None:
    begin(layout)
    assert not has_begun(layout)
    append(layout.ledger, LedgerEntry(0, 0, 0, "rejected", "hull", 1.0, "w0", "cpu"))
    assert has_begun(layout)


def test_the_objects_are_written_until_then_and_kept_from_then_on(layout) -> None:
    begin(layout)
    open_run(layout, DatasetConfig(seed=1), CPU, [record("other")])
    begin(layout, 0)
    open_run(layout, DatasetConfig(), CPU, [record("later")])
    assert json.loads(layout.objects.read_text())["asset_id"] == "crate"


@pytest.mark.parametrize("num_clips", [3, 4, 100])
def test_a_run_may_end_with_any_number_that_keeps_its_first_clips(layout, num_clips) -> None:
    begin(layout, 0, 1, 2, 5)
    check_run(layout, DatasetConfig(), num_clips, CPU)


def test_finished_clips_in_a_row_are_not_given_up(layout) -> None:
    begin(layout, 0, 1, 2, 5)
    with pytest.raises(PoseTrajError, match="the first 3 clips .* ask for 3 or more"):
        check_run(layout, DatasetConfig(), 2, CPU)


@pytest.mark.parametrize(
    ("config", "machine", "said"),
    [
        (DatasetConfig(seed=1), CPU, "other settings .seed: 0 there, 1 here"),
        (DatasetConfig(), Machine("0", "5.2", "1", "CPU"), "other builds .blender: 4.5 there"),
        (DatasetConfig(), Machine("0", "4.5", "1", "CUDA"), "device: CPU there, CUDA here"),
    ],
)
def test_clips_of_one_dataset_have_one_origin(layout, config, machine, said) -> None:
    begin(layout, 0)
    with pytest.raises(PoseTrajError, match=said):
        check_run(layout, config, 5, machine)


def test_the_number_of_devices_may_change(layout) -> None:
    begin(layout, 0)
    check_run(layout, DatasetConfig(), 5, Machine("0", "4.5", "1", "CPU", 3))


def test_a_run_without_its_working_folder_is_refused(layout) -> None:
    begin(layout, 0)
    layout.run_file.unlink()
    with pytest.raises(PoseTrajError, match=r"whose .work folder is gone"):
        check_run(layout, DatasetConfig(), 5, CPU)
