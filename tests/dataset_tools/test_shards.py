"""Writing shards."""

import json
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from dataset_tools.errors import FormatError
from dataset_tools.index import index_path, read_index
from dataset_tools.reader import Dataset
from dataset_tools.shards import read_shard_record, shard_name, write_shard

META = json.dumps({"camera": "still", "objects": []}).encode()
NAMES = ("video.mp4", "labels.npz", "meta.json")


def clip(key: str) -> tuple[str, dict[str, bytes]]:
    return key, {"meta.json": META, "labels.npz": b"labels of " + key.encode(), "video.mp4": b"v" * 600}


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_packing_the_golden_clips_gives_the_golden_shards_byte_for_byte(shared, tmp_path):
    golden = Dataset(shared / "golden")
    for split, record in golden.manifest.shards:
        clips = [
            (c.key, {name: c.read(name) for name in c.members}) for c in golden if c.shard == record.name
        ]
        number = int(record.name[-10:-4])
        assert write_shard(tmp_path, split, number, clips, golden.manifest.members) == record
        for name in (record.name, index_path(record.name)):
            assert (tmp_path / name).read_bytes() == (shared / "golden" / name).read_bytes()


def test_members_from_files_give_the_same_bytes_as_members_in_memory(tmp_path):
    key, contents = clip("00000003")
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    from_memory = write_shard(tmp_path / "a", "train", 0, [(key, contents)], NAMES)
    from_files = write_shard(
        tmp_path / "b", "train", 0, [(key, {name: tmp_path / name for name in NAMES})], NAMES
    )
    assert from_memory == from_files


def test_members_lie_in_the_schema_order_whatever_order_they_come_in(tmp_path):
    write_shard(tmp_path, "val", 2, [clip("00000001"), clip("00000000")], reversed(NAMES))
    with tarfile.open(tmp_path / "posetraj-val-000002.tar") as archive:
        members = archive.getmembers()
    assert [member.name for member in members] == [f"{k:08d}.{name}" for k in (1, 0) for name in NAMES]
    assert {(m.uid, m.gid, m.uname, m.gname, m.mtime, m.mode) for m in members} == {(0, 0, "", "", 0, 0o644)}


def test_the_index_points_at_the_bytes_of_each_member(tmp_path):
    record = write_shard(tmp_path, "test", 0, [clip("00000001"), clip("00000002")], NAMES)
    data = (tmp_path / record.name).read_bytes()
    for entry in read_index((tmp_path / index_path(record.name)).read_bytes(), len(data)):
        for name, (offset, size) in entry.members.items():
            assert data[offset : offset + size] == clip(entry.key)[1][name]


def test_clips_are_taken_one_by_one(tmp_path):
    taken = []

    def clips() -> Iterator[tuple[str, dict[str, bytes]]]:
        for number in range(3):
            taken.append((number, (tmp_path / "posetraj-train-000000.tar").exists()))
            yield clip(f"{number:08d}")

    write_shard(tmp_path, "train", 0, clips(), NAMES)
    assert taken == [(0, False), (1, False), (2, False)]


@pytest.mark.parametrize("earlier", [False, True])
def test_a_shard_that_fails_half_way_leaves_everything_as_it_was(tmp_path, earlier):
    if earlier:
        write_shard(tmp_path, "train", 0, [clip("00000009")], NAMES)
    before = {name: (tmp_path / name).read_bytes() for name in files(tmp_path)}

    def clips() -> Iterator[tuple[str, dict[str, bytes]]]:
        yield clip("00000000")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_shard(tmp_path, "train", 0, clips(), NAMES)
    assert {name: (tmp_path / name).read_bytes() for name in files(tmp_path)} == before


def test_nothing_but_the_shard_and_its_index_is_left(tmp_path):
    write_shard(tmp_path, "train", 1, [clip("00000000")], NAMES)
    assert files(tmp_path) == ["index/posetraj-train-000001.jsonl", "posetraj-train-000001.tar"]


def test_every_clip_must_have_the_same_members(tmp_path):
    more, fewer = clip("00000000"), clip("00000001")
    more[1]["depth.npz"] = b""
    del fewer[1]["labels.npz"]
    for wrong in (more, fewer):
        with pytest.raises(
            FormatError, match=f"clip {wrong[0]} has the members .* every clip of this dataset has"
        ):
            write_shard(tmp_path, "train", 0, [wrong], NAMES)


def test_a_clip_cannot_come_twice(tmp_path):
    with pytest.raises(FormatError, match="clip 00000000 was given twice"):
        write_shard(tmp_path, "train", 0, [clip("00000000"), clip("00000000")], NAMES)


@pytest.mark.parametrize("key", ["0", "../00000000", "000000000", "0000000x"])
def test_a_key_is_eight_digits(tmp_path, key):
    with pytest.raises(FormatError, match="eight digits"):
        write_shard(tmp_path, "train", 0, [clip(key)], NAMES)


@pytest.mark.parametrize(("split", "shard"), [("dev", 0), ("train", -1), ("train", 1_000_000), ("../x", 0)])
def test_a_shard_has_a_split_and_six_digits(split, shard):
    assert shard_name("train", 12) == "posetraj-train-000012.tar"
    with pytest.raises(FormatError, match="there is no shard"):
        shard_name(split, shard)


def test_the_record_of_a_shard_on_disk_is_the_one_that_writing_gave(tmp_path):
    record = write_shard(tmp_path, "train", 0, [clip("00000000"), clip("00000004")], NAMES)
    index = tmp_path / index_path(record.name)
    written = index.read_bytes()
    index.unlink()
    assert read_shard_record(tmp_path / record.name) == record
    assert index.read_bytes() == written


def test_a_damaged_shard_on_disk_has_no_record(tmp_path):
    record = write_shard(tmp_path, "train", 0, [clip("00000000"), clip("00000004")], NAMES)
    path = tmp_path / record.name
    path.write_bytes(path.read_bytes()[:3000])
    with pytest.raises(FormatError, match="truncated"):
        read_shard_record(path)
