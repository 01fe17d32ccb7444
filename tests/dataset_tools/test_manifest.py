"""The manifest `dataset.json`."""

import json

import fsspec
import pytest

from dataset_tools.errors import FormatError
from dataset_tools.manifest import Manifest, ShardRecord, from_json, read_manifest, to_json, write_manifest

MANIFEST = Manifest(
    kind="real",
    generator={"version": "1"},
    config={"clips_per_shard": 2},
    seed=3,
    num_clips=2,
    frames=16,
    fps=29.97,
    width=64,
    height=48,
    members=("video.mp4", "labels.npz", "meta.json"),
    unrenderable=(1,),
    splits={
        "test": (ShardRecord("posetraj-test-000000.tar", 1, 10240, "ab"),),
        "train": (ShardRecord("posetraj-train-000000.tar", 1, 10240, "cd"),),
    },
)


def changed(**fields: object) -> str:
    return json.dumps(json.loads(to_json(MANIFEST)) | fields)


def test_a_manifest_comes_back_as_it_was_written(tmp_path):
    path = write_manifest(tmp_path, MANIFEST)
    assert path == tmp_path / "dataset.json"
    assert read_manifest(tmp_path) == read_manifest(path) == read_manifest(f"file://{tmp_path}/") == MANIFEST
    assert [file.name for file in tmp_path.iterdir()] == ["dataset.json"]


def test_the_golden_manifest_is_written_byte_for_byte_as_it_was(shared):
    text = (shared / "golden" / "dataset.json").read_text()
    assert to_json(read_manifest(shared / "golden")) == text


def test_shards_are_listed_train_first():
    assert [split for split, _ in MANIFEST.shards] == ["train", "test"]


def test_a_manifest_is_read_from_any_file_system():
    with fsspec.open("memory://manifest-test/dataset.json", "w") as file:
        file.write(to_json(MANIFEST))
    assert read_manifest("memory://manifest-test") == MANIFEST


def test_a_folder_without_a_manifest_is_unfinished(tmp_path):
    for url in (tmp_path, tmp_path / "nothing", "memory://nothing-here"):
        with pytest.raises(FormatError, match="not finished; run the same generate command again"):
            read_manifest(url)


def test_another_version_is_refused_by_name():
    with pytest.raises(FormatError, match="format 'posetraj/2'; this program reads 'posetraj/1'"):
        from_json(changed(format="posetraj/2"))


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '"x"', "[" * 100_000, b"\xff\x00"])
def test_what_is_no_manifest_is_refused(text):
    with pytest.raises(FormatError, match="dataset.json"):
        from_json(text)


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "imagined"},
        {"seed": "3"},
        {"seed": True},
        {"num_clips": -1},
        {"members": "video.mp4"},
        {"members": [3]},
        {"unrenderable": [True]},
        {"splits": []},
        {"splits": {"dev": []}},
        {"splits": {"train": {}}},
        {"splits": {"train": [{"name": "posetraj-train-000000.tar"}]}},
    ],
)
def test_fields_of_another_type_are_refused(fields):
    with pytest.raises(FormatError, match="dataset.json"):
        from_json(changed(**fields))


@pytest.mark.parametrize("name", list(json.loads(to_json(MANIFEST))))
def test_a_missing_field_is_named(name):
    table = json.loads(to_json(MANIFEST))
    del table[name]
    with pytest.raises(FormatError, match="None" if name == "format" else f"lacks '{name}'"):
        from_json(json.dumps(table))


@pytest.mark.parametrize(
    "name",
    [
        "../posetraj-train-000000.tar",
        "/posetraj-train-000000.tar",
        "posetraj-val-000000.tar",
        "posetraj-train-0.tar",
        "posetraj-train-000000.tar\n",
        "https://elsewhere/posetraj-train-000000.tar",
    ],
)
def test_a_shard_outside_of_the_dataset_or_of_another_split_is_refused(name):
    record = {"name": name, "clips": 1, "bytes": 1, "sha256": ""}
    with pytest.raises(FormatError, match="no sound shard of train"):
        from_json(changed(splits={"train": [record]}))
