"""The index of a shard: written, read with care, rebuilt from the tar."""

import io
import json
import tarfile

import pytest

from dataset_tools.errors import FormatError
from dataset_tools.index import (
    IndexEntry,
    entry_from_meta,
    index_path,
    read_index,
    rebuild_index,
    write_index,
)
from dataset_tools.schema import SPLITS

ENTRY = IndexEntry(
    "00000007", ("car", "egg"), ("vehicle", "food"), ("line", "line"), "orbit", {"a.b": (512, 9)}
)
META = {
    "camera": "orbit",
    "objects": [
        {"asset_id": "car", "category": "vehicle", "family": "line"},
        {"asset_id": "egg", "category": "food", "family": "line"},
    ],
}


def changed(**fields: object) -> bytes:
    return (json.dumps(json.loads(ENTRY.to_line()) | fields) + "\n").encode()


def packed(name: str, content: bytes) -> bytes:
    """A tar of one file."""
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        info = tarfile.TarInfo(name)
        info.size = len(content)
        archive.addfile(info, io.BytesIO(content))
    return data.getvalue()


def golden_shards(shared):
    return [path for split in SPLITS for path in sorted((shared / "golden").glob(f"posetraj-{split}-*.tar"))]


def test_an_index_comes_back_as_it_was_written(tmp_path):
    other = IndexEntry("00000008", (), (), (), "still", {})
    write_index(tmp_path / "index" / "x.jsonl", [ENTRY, other])
    assert read_index((tmp_path / "index" / "x.jsonl").read_bytes()) == (ENTRY, other)


def test_the_golden_index_is_written_byte_for_byte_as_it_was(shared, tmp_path):
    for shard in golden_shards(shared):
        data = (shared / "golden" / index_path(shard.name)).read_bytes()
        write_index(tmp_path / "x.jsonl", read_index(data, shard.stat().st_size))
        assert (tmp_path / "x.jsonl").read_bytes() == data


def test_the_golden_index_is_rebuilt_from_the_tars(shared):
    for shard in golden_shards(shared):
        with open(shard, "rb") as file:
            rebuilt = rebuild_index(file, shard.stat().st_size)
        assert rebuilt == read_index((shared / "golden" / index_path(shard.name)).read_bytes())


def test_an_entry_shows_what_the_meta_data_say():
    entry = entry_from_meta("00000007", {"a.b": (512, 9)}, json.dumps(META).encode())
    assert entry == ENTRY


@pytest.mark.parametrize(
    "meta",
    [
        b"{",
        b"[]",
        b"{}",
        b'{"camera": 3, "objects": []}',
        b'{"camera": "x", "objects": [1]}',
        b"\xff",
        b"[" * 100_000,
    ],
)
def test_meta_data_without_what_the_index_shows_are_refused(meta):
    with pytest.raises(FormatError, match="clip 00000007 lacks what the index shows"):
        entry_from_meta("00000007", {}, meta)


@pytest.mark.parametrize(
    "members",
    [
        {"video.mp4": [512, 4097]},
        {"video.mp4": [5000, 1]},
        {"video.mp4": [0, 10]},
        {"video.mp4": [-512, 10]},
        {"video.mp4": [512, -1]},
        {"video.mp4": [512.0, 1]},
        {"video.mp4": [True, 1]},
        {"video.mp4": [512]},
        {"video.mp4": None},
        {"video.mp4": [512, 10**12]},
        {"../x": [512, 1]},
        {"": [512, 1]},
        ["video.mp4"],
    ],
)
def test_members_that_lie_outside_of_the_shard_or_nowhere_are_refused(members):
    with pytest.raises(FormatError, match="line 1 of the index .* delete the file to have it rebuilt"):
        read_index(changed(members=members), shard_bytes=4608)


@pytest.mark.parametrize(
    "fields",
    [
        {"key": "7"},
        {"key": 7},
        {"key": "../00007"},
        {"camera": None},
        {"families": "line"},
        {"asset_ids": [1]},
    ],
)
def test_an_entry_with_fields_of_another_type_is_refused(fields):
    with pytest.raises(FormatError, match="line 1 of the index"):
        read_index(changed(**fields))


@pytest.mark.parametrize("line", [b"{}", b"[]", b"x", b"\xff\xfe", b"null", b"1" * 10_000])
def test_a_line_that_is_no_entry_is_refused_with_its_number(line):
    with pytest.raises(FormatError, match="line 2 of the index"):
        read_index(ENTRY.to_line().encode() + line + b"\n")


def test_a_member_of_unreasonable_size_is_refused_even_where_the_shard_is_said_to_be_that_large():
    with pytest.raises(FormatError, match="over the limit of 1073741824"):
        read_index(changed(members={"video.mp4": [512, 10**12]}), shard_bytes=10**13)


def test_a_clip_that_comes_twice_is_refused():
    with pytest.raises(FormatError, match="clip 00000007 is in the index twice"):
        read_index(ENTRY.to_line().encode() * 2)


def test_a_clip_without_meta_data_cannot_be_indexed():
    data = packed("00000001.video.mp4", b"x")
    with pytest.raises(FormatError, match="clip 00000001 has no meta.json"):
        rebuild_index(io.BytesIO(data), len(data))


def test_meta_data_of_unreasonable_size_are_not_read():
    data = packed("00000001.meta.json", bytes((16 << 20) + 1))
    with pytest.raises(FormatError, match="at most"):
        rebuild_index(io.BytesIO(data), len(data))
