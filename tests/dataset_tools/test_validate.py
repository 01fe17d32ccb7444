"""Whole datasets: the golden one is good, each corruption of it is named, and damage never ends the run."""

import json
import re
import shutil
from pathlib import Path

import pytest

from dataset_tools import index as index_module
from dataset_tools.checks import check_clip
from dataset_tools.manifest import read_manifest
from dataset_tools.reader import Dataset
from dataset_tools.validate import Report, format_report, validate
from tests.dataset_tools.clip_parts import Parts, changed_dataset, take_apart
from tests.dataset_tools.corruptions import CORRUPTIONS, KINDS, Corruption

FIRST_OF_KIND = [next(c for c in CORRUPTIONS if c.kind == kind) for kind in KINDS]


@pytest.fixture(scope="module")
def golden(shared: Path) -> Path:
    return shared / "golden"


@pytest.fixture(scope="module")
def golden_parts(golden: Path) -> list[Parts]:
    return [take_apart(clip) for clip in Dataset(golden)]


@pytest.fixture
def copy(golden: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(golden, tmp_path / "copy"))


def named(report: Report) -> set[str]:
    return {clip.key for clip in report.faulty}


def checks_of(report: Report) -> set[str]:
    return {fault.check for fault in report.faults}


def rewrite(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_the_golden_dataset_is_good(golden: Path) -> None:
    report = validate(golden, progress=False)
    assert report.ok, format_report(report)
    assert [clip.key for clip in report.clips] == list(Dataset(golden).keys)


def test_several_workers_give_the_same_report(golden: Path) -> None:
    assert validate(golden, workers=2, progress=False) == validate(golden, workers=1, progress=False)


def test_one_shard_alone_is_good(golden: Path) -> None:
    report = validate(golden / "posetraj-train-000000.tar", progress=False)
    assert report.ok, format_report(report)
    assert len(report.clips) == 2


@pytest.mark.parametrize("corruption", FIRST_OF_KIND, ids=str)
def test_a_corrupted_dataset_names_every_corrupted_clip(golden: Path, tmp_path: Path, corruption: Corruption) -> None:
    changed = changed_dataset(golden, tmp_path / "out", corruption.change)
    report = validate(tmp_path / "out", progress=False)
    assert changed
    assert named(report) == set(changed), format_report(report)
    assert not report.faults, "only the contents are wrong, not the hashes or the index"


@pytest.mark.slow
@pytest.mark.parametrize("corruption", CORRUPTIONS, ids=str)
def test_every_variant_of_a_corruption_is_named(golden_parts: list[Parts], corruption: Corruption) -> None:
    found = _verdicts(golden_parts, corruption)
    assert found
    assert all(found.values()), found


@pytest.mark.slow
@pytest.mark.parametrize("corruption", CORRUPTIONS, ids=str)
def test_variants_are_named_without_depth_normals_and_flow(golden: Path, corruption: Corruption) -> None:
    parts = [take_apart(clip, without=("depth", "normals", "flow")) for clip in Dataset(golden)]
    found = _verdicts(parts, corruption)
    if corruption.kind == "stale depth":
        assert not found
    elif "objects moved along" in corruption.variant and "labels alone" not in corruption.variant:
        pytest.skip("all that the camera sees is right; only a floor with a clear pattern could tell, see test_scenes")
    else:
        assert all(found.values()), found


def _verdicts(parts: list[Parts], corruption: Corruption) -> dict[str, tuple]:
    """Faults of each clip that the corruption can change."""
    changed = {}
    for number, clip in enumerate(parts):
        other = corruption.change(clip, parts[(number + 1) % len(parts)])
        if other is not None:
            changed[clip.key] = check_clip(other.clip()).faults
    return changed


def test_a_folder_without_manifest_is_unfinished(copy: Path) -> None:
    (copy / "dataset.json").unlink()
    report = validate(copy, progress=False)
    assert not report.ok
    assert checks_of(report) == {"unfinished"}


def test_a_place_without_anything_is_a_fault_and_no_error(tmp_path: Path) -> None:
    assert not validate(tmp_path / "nowhere", progress=False).ok
    assert not validate(tmp_path / "nowhere.tar", progress=False).ok


def test_another_hash_size_or_count_is_named_with_the_shard(copy: Path) -> None:
    record = read_manifest(str(copy)).splits["val"][0]
    for old, new in (
        (record.sha256, "0" * 64),
        (f'"bytes": {record.bytes}', f'"bytes": {record.bytes + 512}'),
    ):
        text = (copy / "dataset.json").read_text()
        rewrite(copy / "dataset.json", old, new)
        report = validate(copy, progress=False)
        assert checks_of(report) == {"shard"}
        assert record.name in report.faults[0].message
        (copy / "dataset.json").write_text(text)
    rewrite(copy / "dataset.json", '"num_clips": 5', '"num_clips": 6')
    assert checks_of(validate(copy, progress=False)) == {"manifest", "keys"}


def test_a_flipped_byte_in_a_shard_is_named_and_the_other_clips_are_checked(copy: Path) -> None:
    shard = copy / "posetraj-train-000000.tar"
    place, size = Dataset(copy)[0].index_entry.members["depth.npz"]
    data = bytearray(shard.read_bytes())
    data[place + size // 2] ^= 0xFF
    shard.write_bytes(data)
    report = validate(copy, progress=False)
    assert checks_of(report) == {"shard"}
    assert named(report) == {Dataset(copy)[0].key}
    assert len(report.clips) == 5


def test_a_truncated_shard_is_named_and_its_whole_clips_are_checked(copy: Path) -> None:
    shard = copy / "posetraj-train-000000.tar"
    second = Dataset(copy)[1].index_entry.members["video.mp4"][0]
    shard.write_bytes(shard.read_bytes()[: second + 1000])
    report = validate(copy, progress=False)
    assert "shard" in checks_of(report)
    assert len(report.clips) == 4
    assert not named(report)


def test_a_missing_shard_is_named(copy: Path) -> None:
    (copy / "posetraj-val-000000.tar").unlink()
    report = validate(copy, progress=False)
    assert any("posetraj-val-000000.tar" in fault.message for fault in report.faults)
    assert len(report.clips) == 4


def test_a_shard_that_the_manifest_does_not_list_is_named(copy: Path) -> None:
    shutil.copy(copy / "posetraj-val-000000.tar", copy / "posetraj-val-000001.tar")
    report = validate(copy, progress=False)
    assert checks_of(report) == {"manifest"}
    assert "posetraj-val-000001.tar" in report.faults[0].message


def test_a_missing_index_is_no_fault_and_a_wrong_one_is(copy: Path) -> None:
    path = copy / index_module.index_path("posetraj-train-000000.tar")
    line = path.read_text()
    path.unlink()
    assert validate(copy, progress=False).ok
    path.write_text(line.replace('"egg"', '"ham"', 1))
    report = validate(copy, progress=False)
    assert {fault.check for clip in report.faulty for fault in clip.faults} == {"index"}
    path.write_text("".join(reversed(line.splitlines(keepends=True))))
    assert checks_of(validate(copy, progress=False)) == {"shard"}


def test_an_object_in_two_splits_is_named(golden: Path, tmp_path: Path) -> None:
    same = "ab" * 32

    def change(clip: Parts, other: Parts) -> Parts:
        objects = [{**item, "sha256": same} for item in clip.meta["objects"][:1]] + clip.meta["objects"][1:]
        return clip.with_meta(objects=objects)

    changed_dataset(golden, tmp_path / "out", change)
    report = validate(tmp_path / "out", progress=False)
    assert checks_of(report) == {"splits"}
    assert same[:12] in report.faults[0].message


def test_a_clip_that_differs_from_the_others_is_named(golden: Path, tmp_path: Path) -> None:
    def change(clip: Parts, other: Parts) -> Parts | None:
        if clip.key != "00000002":
            return None
        return clip.with_meta(seed=8, qa={**clip.meta["qa"], "floor_gap_m": 0.0})

    changed_dataset(golden, tmp_path / "out", change)
    report = validate(tmp_path / "out", progress=False)
    assert named(report) == {"00000002"}
    text = format_report(report)
    assert "seed 8" in text and "floor_gap_m" in text


def test_clips_out_of_order_are_named(golden: Path, tmp_path: Path) -> None:
    changed_dataset(golden, tmp_path / "out", lambda clip, other: None)
    shard, keys = tmp_path / "out" / "posetraj-train-000000.tar", (b"00000000", b"00000002")
    data = shard.read_bytes()
    for name in json.loads((tmp_path / "out" / "dataset.json").read_text())["members"]:
        assert b"00000000." + name.encode() in data
    swapped = re.sub(rb"0000000[02]\.", lambda m: keys[m[0] == b"00000000."] + b".", data)
    assert len(swapped) == len(data)
    shard.write_bytes(_with_checksums(swapped))
    report = validate(shard, progress=False)
    assert "keys" in checks_of(report)


def _with_checksums(tar: bytes) -> bytes:
    """A tar whose header checksums are made anew."""
    data, position = bytearray(tar), 0
    while any(data[position : position + 512]):
        header = data[position : position + 512]
        total = sum(header[:148]) + sum(header[156:]) + 8 * 32
        data[position + 148 : position + 156] = b"%06o\0 " % total
        position += 512 + -(-int(bytes(header[124:135]), 8) // 512) * 512
    return bytes(data)


@pytest.mark.parametrize("member", ["video.mp4", "labels.npz", "meta.json", "masks.npz", "depth.npz", "flow.npz"])
@pytest.mark.parametrize("content", [b"", b"no such thing", b"PK\x03\x04" + bytes(100)])
def test_a_clip_that_cannot_be_read_is_a_fault_of_that_clip(
    golden_parts: list[Parts], member: str, content: bytes
) -> None:
    clip = golden_parts[0]
    broken = Parts(clip.key, {**clip.members, member: content}, clip.meta, clip.labels, clip.planes)
    report = check_clip(broken.clip())
    assert any(fault.check == "unreadable" for fault in report.faults)
    assert any(member in fault.message for fault in report.faults)


def test_the_text_names_each_faulty_clip_once_with_a_sentence_per_fault(golden: Path, tmp_path: Path) -> None:
    corruption = next(c for c in CORRUPTIONS if c.kind == "mirrored")
    changed_dataset(golden, tmp_path / "out", corruption.change)
    report = validate(tmp_path / "out", progress=False)
    text = format_report(report)
    for clip in report.clips:
        assert text.count(f"clip {clip.key}") == 1
        assert all(fault.message in text for fault in clip.faults)
    assert text.splitlines()[-1].startswith(f"{tmp_path / 'out'}: 5 of 5 clips are faulty")
    assert "all 5 clips are good" in format_report(validate(golden, progress=False))
