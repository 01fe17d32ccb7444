"""Readers that know nothing of this project take the shards as they are."""

import hashlib
import io
import json
import shutil
from collections.abc import Iterable
from pathlib import Path

import datasets
import numpy as np
import pytest
import webdataset

from dataset_tools import Dataset
from dataset_tools.shards import write_shard
from dataset_tools.splits import shard_plan

CLIPS = 44
MEMBERS = ("video.mp4", "labels.npz", "masks.npz", "meta.json")
SHARES = {"train": 0.8, "val": 0.1, "test": 0.1}


@pytest.fixture(scope="module")
def golden(shared, tmp_path_factory) -> Path:
    """A copy of the golden dataset."""
    folder = tmp_path_factory.mktemp("golden")
    for path in (shared / "golden").glob("*.tar"):
        shutil.copyfile(path, folder / path.name)
    return folder


@pytest.fixture(scope="module")
def many(shared, tmp_path_factory) -> Path:
    """44 clips in shards of ten, written by this project from the golden clips under new keys.

    They lack the large optional members, because `datasets` turns each array into lists, number by number.
    """
    folder = tmp_path_factory.mktemp("many")
    sources = list(Dataset(shared / "golden"))
    plan = shard_plan(5, CLIPS, SHARES, 10)
    for split, shard in sorted({(place.split, place.shard) for place in plan}):
        numbers = [clip for clip, place in enumerate(plan) if (place.split, place.shard) == (split, shard)]
        clips = [(f"{number:08d}", renumbered(sources[number % 5], number, split)) for number in numbers]
        write_shard(folder, split, shard, clips, MEMBERS)
    return folder


def renumbered(clip, number: int, split: str) -> dict[str, bytes]:
    members = {name: clip.read(name) for name in MEMBERS}
    members["meta.json"] = json.dumps(clip.meta | {"clip": number, "split": split}).encode()
    return members


def shards(folder: Path, split: str = "*") -> list[str]:
    return sorted(str(path) for path in folder.glob(f"posetraj-{split}-*.tar"))


def digest(*contents: bytes) -> str:
    return hashlib.sha256(b"".join(contents)).hexdigest()


def expected(folder: Path) -> dict[str, str]:
    """{key: hash of video and labels} by our own reader."""
    clips = [clip for shard in shards(folder) for clip in Dataset(shard)]
    return {clip.key: digest(clip.read("video.mp4"), clip.read("labels.npz")) for clip in clips}


def check_samples(samples: Iterable[dict], folder: Path) -> None:
    """Hold what `datasets` gives, which opens npz and JSON files by itself, against our own reader."""
    clips = {clip.key: clip for shard in shards(folder) for clip in Dataset(shard)}
    seen = []
    for sample in samples:
        clip = clips[sample["__key__"]]
        seen.append(clip.key)
        assert sample["video.mp4"]["bytes"] == clip.read("video.mp4")
        assert sample["meta.json"] == clip.meta
        assert set(sample["labels.npz"]) == set(clip.labels)
        for name, array in clip.labels.items():
            np.testing.assert_array_equal(np.array(sample["labels.npz"][name], array.dtype), array)
        np.testing.assert_array_equal(np.array(sample["masks.npz"]["masks"], np.uint8), clip.masks)
    assert sorted(seen) == sorted(clips)


@pytest.mark.parametrize("name", ["golden", "many"])
def test_webdataset_reads_every_clip(name, request):
    folder = request.getfixturevalue(name)
    found = {}
    for sample in webdataset.WebDataset(shards(folder), shardshuffle=False):
        found[sample["__key__"]] = digest(sample["video.mp4"], sample["labels.npz"])
        assert json.loads(sample["meta.json"])["clip"] == int(sample["__key__"])
    assert found == expected(folder)
    assert len(found) == (5 if name == "golden" else CLIPS)


def test_webdataset_decodes_the_arrays_and_meta_data_by_itself(many):
    decode_npz = webdataset.handle_extension("npz", lambda data: dict(np.load(io.BytesIO(data))))
    stream = webdataset.WebDataset(shards(many, "train"), shardshuffle=False).decode(decode_npz)
    sample = next(iter(stream))
    assert sample["meta.json"]["split"] == "train"
    assert sample["labels.npz"]["box_corners_px"].shape[2:] == (8, 2)
    assert sample["masks.npz"]["masks"].dtype == np.uint8


@pytest.mark.parametrize("streaming", [True, False])
@pytest.mark.parametrize("name", ["golden", "many"])
def test_datasets_reads_every_clip(name, streaming, request, tmp_path):
    folder = request.getfixturevalue(name)
    rows = datasets.load_dataset(
        "webdataset",
        data_files={"everything": shards(folder)},
        split="everything",
        streaming=streaming,
        cache_dir=str(tmp_path / "cache"),
    )
    check_samples(rows.cast_column("video.mp4", datasets.Video(decode=False)), folder)
