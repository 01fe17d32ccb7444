"""Reading datasets: from folders, file systems and single shards, by offset and lazily."""

import io
import json
import multiprocessing
import pickle
import shutil
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path

import fsspec
import numpy as np
import pytest

from dataset_tools import Clip, Dataset, npz
from dataset_tools.errors import FormatError
from dataset_tools.index import IndexEntry, index_path, write_index
from dataset_tools.manifest import Manifest, ShardRecord, write_manifest
from dataset_tools.schema import LABELS, MEMBERS
from dataset_tools.shards import shard_name, write_shard


@pytest.fixture
def golden(shared) -> Dataset:
    return Dataset(shared / "golden")


@pytest.fixture
def copied(shared, tmp_path) -> Path:
    """A copy of the golden dataset that may be changed."""
    folder = tmp_path / "golden"
    shutil.copytree(shared / "golden", folder, copy_function=shutil.copyfile)
    for path in (folder, folder / "index"):
        path.chmod(0o755)
    return folder


def contents(clip: Clip) -> dict[str, bytes]:
    return {name: clip.read(name) for name in clip.members}


def manifest_of(records: dict[str, list[ShardRecord]], **fields: object) -> Manifest:
    plain = Manifest("synthetic", {}, {}, 0, 0, 16, 8, 64, 48, ("video.mp4", "labels.npz", "meta.json"), {})
    return replace(plain, splits={split: tuple(shards) for split, shards in records.items()}, **fields)


def test_golden_reads_unchanged(golden):
    assert len(golden) == golden.manifest.num_clips == 5
    assert golden.keys == ("00000000", "00000002", "00000004", "00000001", "00000003")
    assert [clip.split for clip in golden] == ["train", "train", "train", "val", "test"]
    for clip in golden:
        assert set(clip.members) == set(golden.manifest.members)
        assert (
            clip.meta["clip"] == int(clip.key)
            and clip.meta["split"] == clip.split
            and clip.kind == "synthetic"
        )
        assert clip.video().shape == (12, 112, 192, 3)


def test_golden_has_every_array_of_the_schema_in_its_type_and_order(golden):
    for clip in golden:
        assert list(clip.labels) == [field.name for field in LABELS]
        assert [clip.labels[field.name].dtype for field in LABELS] == [
            np.dtype(field.dtype) for field in LABELS
        ]
        for member in MEMBERS:
            if member.array:
                plane = getattr(clip, member.array.name)
                assert plane.dtype == np.dtype(member.array.dtype) and plane.ndim == len(member.array.shape)


def test_clips_can_be_counted_from_the_end_and_cut(golden):
    assert golden[-1].key == "00000003"
    assert golden[1:4].keys == ("00000002", "00000004", "00000001")
    with pytest.raises(IndexError):
        golden[5]


def test_a_split_is_a_view(golden):
    assert golden.split("train").keys == ("00000000", "00000002", "00000004")
    assert golden.split("val")[0].key == "00000001" and golden.split("test").manifest is golden.manifest
    assert len(golden.split("train").split("val")) == 0
    with pytest.raises(FormatError, match="no split 'dev'; splits are train, val, test"):
        golden.split("dev")


def test_every_place_that_fsspec_reaches_reads_the_same(golden, shared, tmp_path, monkeypatch):
    memory = fsspec.filesystem("memory")
    memory.put(str(shared / "golden"), "/golden-copy", recursive=True)
    monkeypatch.chdir(shared)
    for url in (
        str(shared / "golden"),
        f"file://{shared}/golden",
        f"{shared}/golden/",
        "golden",
        "memory://golden-copy",
    ):
        dataset = Dataset(url)
        assert dataset.keys == golden.keys
        assert contents(dataset[3]) == contents(golden[3])


def test_a_relative_path_stays_what_it_was_when_the_folder_is_left(golden, shared, tmp_path, monkeypatch):
    monkeypatch.chdir(shared)
    dataset = Dataset("golden")
    monkeypatch.chdir(tmp_path)
    assert dataset[0].meta == golden[0].meta


def test_one_shard_is_a_dataset_without_a_manifest(shared, tmp_path):
    name = "posetraj-train-000000.tar"
    shutil.copyfile(shared / "golden" / name, tmp_path / name)
    for url in (shared / "golden" / name, tmp_path / name, f"file://{tmp_path}/{name}"):
        dataset = Dataset(url)
        assert dataset.manifest is None and dataset.keys == ("00000000", "00000002")
        assert [clip.split for clip in dataset] == ["train", "train"]
        assert dataset[1].labels["track_px"].shape == (12, 512, 2)


def test_a_shard_under_a_name_of_its_own_belongs_to_no_split(shared, tmp_path):
    shutil.copyfile(shared / "golden" / "posetraj-val-000000.tar", tmp_path / "mine.tar")
    dataset = Dataset(tmp_path / "mine.tar")
    assert dataset[0].split == "" and dataset[0].shard == "mine.tar" and len(dataset.split("val")) == 0


def test_without_index_files_everything_reads_the_same(golden, copied):
    shutil.rmtree(copied / "index")
    rebuilt = Dataset(copied)
    assert [clip.index_entry for clip in rebuilt] == [clip.index_entry for clip in golden]
    assert contents(rebuilt[4]) == contents(golden[4])


def test_wildcards_in_a_folder_name_are_plain_letters(golden, copied):
    copied.rename(copied.parent / "run [1]*?")
    dataset = Dataset(copied.parent / "run [1]*?")
    assert dataset.keys == golden.keys and dataset[0].meta == golden[0].meta


def test_a_folder_without_a_manifest_is_refused(copied):
    (copied / "dataset.json").unlink()
    with pytest.raises(FormatError, match="not finished"):
        Dataset(copied)


def test_a_shard_that_is_missing_is_named(copied):
    name = "posetraj-val-000000.tar"
    (copied / name).unlink()
    dataset = Dataset(copied)
    with pytest.raises(FormatError, match=f"{name} is missing"):
        dataset.split("val")[0].read("video.mp4")
    (copied / index_path(name)).unlink()
    with pytest.raises(FormatError, match=f"{name}: there is no such file"):
        Dataset(copied)


def test_an_index_entry_outside_of_the_file_is_refused_when_opening(copied):
    path = copied / "index" / "posetraj-val-000000.jsonl"
    line = json.loads(path.read_text())
    line["members"]["flow.npz"][1] += 10**6
    path.write_text(json.dumps(line) + "\n")
    with pytest.raises(
        FormatError, match="posetraj-val-000000.tar: line 1 of the index .* outside of the shard"
    ):
        Dataset(copied)
    with pytest.raises(FormatError, match="over the limit|outside of the shard"):
        Dataset(copied / "posetraj-val-000000.tar")


def test_an_index_that_points_at_another_member_is_refused_when_reading(copied):
    path = copied / "index" / "posetraj-val-000000.jsonl"
    line = json.loads(path.read_text())
    line["members"]["depth.npz"] = line["members"]["flow.npz"]
    line["members"]["masks.npz"][1] -= 1
    line["members"]["normals.npz"][0] += 512
    path.write_text(json.dumps(line) + "\n")
    clip = Dataset(copied).split("val")[0]
    assert clip.flow.shape == (11, 112, 192, 2)
    for name in ("depth.npz", "masks.npz"):
        with pytest.raises(FormatError, match=f"points 00000001.{name} at something else; delete its index"):
            clip.read(name)
    with pytest.raises(FormatError):
        clip.read("normals.npz")


def test_an_index_with_fewer_clips_than_the_manifest_says_is_refused(copied):
    path = copied / "index" / "posetraj-train-000000.jsonl"
    path.write_text(path.read_text().splitlines()[0] + "\n")
    with pytest.raises(FormatError, match="lists 1 clips and the manifest 2"):
        Dataset(copied)


def test_a_truncated_shard_is_refused(copied):
    path = copied / "posetraj-val-000000.tar"
    path.write_bytes(path.read_bytes()[:500_000])
    clip = Dataset(copied).split("val")[0]
    assert clip.depth.shape == (12, 112, 192)
    with pytest.raises(FormatError, match="ends before the end of 00000001.flow.npz"):
        clip.read("flow.npz")


def test_ten_thousand_clips_open_from_index_files_alone(tmp_path):
    records = []
    for shard in range(100):
        name = shard_name("train", shard)
        members = {"video.mp4": (512, 9000), "labels.npz": (10_240, 50_000), "meta.json": (60_928, 900)}
        entries = [
            IndexEntry(f"{shard * 100 + k:08d}", ("car",), ("vehicle",), ("line",), "still", members)
            for k in range(100)
        ]
        write_index(tmp_path / index_path(name), entries)
        records.append(ShardRecord(name, 100, 10**7, "0" * 64))
    write_manifest(tmp_path, manifest_of({"train": records}, num_clips=10_000))
    dataset = Dataset(tmp_path)
    assert not list(tmp_path.glob("*.tar"))
    assert (
        len(dataset) == 10_000
        and dataset[9_999].key == "00009999"
        and dataset[4321].index_entry.camera == "still"
    )


def test_members_are_read_only_when_asked_for_and_arrays_once(golden, monkeypatch):
    read = []
    original = Clip.read
    monkeypatch.setattr(Clip, "read", lambda clip, member: read.append(member) or original(clip, member))
    clip = golden[0]
    assert read == []
    assert clip.depth is clip.depth and clip.labels is clip.labels and clip.meta is clip.meta
    assert sorted(read) == ["depth.npz", "labels.npz", "meta.json"]


def test_one_array_of_the_labels_is_what_all_of_them_hold(golden):
    clip = golden[0]
    for name, array in golden[0].labels.items():
        np.testing.assert_array_equal(clip.label(name), array)
    assert "labels" not in vars(clip)
    bare = Clip.from_members(clip.key, {**{name: clip.read(name) for name in clip.members}, "labels.npz": npz.save({})})
    with pytest.raises(FormatError, match="lacks center_px"):
        bare.label("center_px")


def test_a_range_of_frames_is_that_part_of_the_video(golden):
    np.testing.assert_array_equal(golden[2].video(5, 10), golden[2].video()[5:10])
    part, whole = golden[2].video_yuv(5, 10), golden[2].video_yuv(0, 12)
    for name, plane in vars(part).items():
        np.testing.assert_array_equal(plane, getattr(whole, name)[5:10])


def centres_of(dataset: Dataset, index: int) -> np.ndarray:
    return dataset[index].labels["center_px"]


def test_a_dataset_travels_to_worker_processes(golden):
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as workers:
        found = list(workers.map(centres_of, [golden] * 5, range(5)))
    for index, centres in enumerate(found):
        np.testing.assert_array_equal(centres, golden[index].labels["center_px"])


def test_a_pickled_clip_reads_on(golden):
    clip = pickle.loads(pickle.dumps(golden[1]))
    assert contents(clip) == contents(golden[1]) and clip.index_entry == golden[1].index_entry


def test_a_clip_that_is_not_packed_yet_reads_by_the_same_code(golden):
    packed = golden[3]
    clip = Clip.from_members(packed.key, contents(packed), split="val")
    assert (clip.key, clip.split, clip.shard, clip.index_entry) == ("00000001", "val", "", None)
    assert clip.meta == packed.meta and clip.members == packed.members
    np.testing.assert_array_equal(clip.masks, packed.masks)
    np.testing.assert_array_equal(clip.video(2, 5), packed.video(2, 5))


def test_a_clip_with_names_that_no_shard_holds_is_refused():
    for key, name in (("1", "video.mp4"), ("00000001", "../video.mp4")):
        with pytest.raises(FormatError, match="not of the form KEY.member"):
            Clip.from_members(key, {name: b""})


def real_clip(clip: Clip) -> tuple[str, dict[str, bytes]]:
    """The clip as if it had been filmed: without what only a renderer knows."""
    known = {field.name for field in LABELS if "real" in field.required}
    labels = {name: array for name, array in clip.labels.items() if name in known}
    meta = clip.meta | {"kind": "real", "center_source": "mask"}
    return clip.key, {
        "video.mp4": clip.read("video.mp4"),
        "labels.npz": npz.save(labels),
        "meta.json": json.dumps(meta).encode(),
    }


def test_a_real_dataset_names_the_synthetic_fields_that_it_lacks(golden, tmp_path):
    names = ("video.mp4", "labels.npz", "meta.json")
    record = write_shard(tmp_path, "train", 0, [real_clip(clip) for clip in golden], names)
    write_manifest(tmp_path, manifest_of({"train": [record]}, kind="real", num_clips=5))
    dataset = Dataset(tmp_path)
    assert dataset.manifest.kind == dataset[0].kind == "real"
    clip = dataset[2]
    clip.require("center_px", "intrinsics", "track_visible")
    with pytest.raises(FormatError, match=r"clip 00000004 \(real\) lacks depth, world_from_object; "):
        clip.require("center_px", "depth", "world_from_object")
    for name in ("masks", "depth", "normals", "flow"):
        assert not clip.has(name)
        with pytest.raises(FormatError, match=f"clip 00000004 .* lacks {name}"):
            getattr(clip, name)
    with pytest.raises(
        FormatError, match="clip 00000004 has no flow.npz; it has video.mp4, labels.npz, meta.json"
    ):
        clip.read("flow.npz")


def test_a_field_that_the_format_does_not_know_is_refused(golden):
    with pytest.raises(FormatError, match="no clip has a field dpeth; fields are timestamps, "):
        golden[0].require("depth", "dpeth")


@pytest.mark.parametrize("meta", [b"", b"{", b"[]", b"{}", b'{"kind": 3}', b"\xff", b"[" * 100_000])
def test_meta_data_that_are_no_table_are_refused_by_clip(meta):
    with pytest.raises(FormatError, match="meta.json of clip 00000001"):
        _ = Clip.from_members("00000001", {"meta.json": meta}).meta


def test_damaged_members_are_named_with_their_clip():
    pickled = io.BytesIO()
    np.savez(pickled, masks=np.array([{}], object))
    clip = Clip.from_members(
        "00000001",
        {
            "meta.json": b'{"kind": "synthetic"}',
            "masks.npz": pickled.getvalue(),
            "labels.npz": b"PK",
            "video.mp4": b"",
            "depth.npz": npz.save({"other": np.zeros(3)}),
        },
    )
    with pytest.raises(FormatError, match="masks.npz of clip 00000001: .*no pickles"):
        _ = clip.masks
    with pytest.raises(FormatError, match="labels.npz of clip 00000001: "):
        _ = clip.labels
    with pytest.raises(FormatError, match="depth.npz of clip 00000001 has no array 'depth'"):
        _ = clip.depth
    with pytest.raises(FormatError, match="video.mp4 of clip 00000001: "):
        clip.video()
