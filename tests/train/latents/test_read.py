"""Windows are slices of the clip, from disk or from a bucket, in any process."""

import io
import pickle
import tarfile
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader
from torch.utils.data import Dataset as TorchDataset

from dataset_tools.errors import FormatError
from dataset_tools.reader import Dataset
from tests.train.latents.films import FRAMES, PREPROCESSING
from train.example import read_example
from train.latents.read import LatentCache, Window
from train.latents.stack import stack_windows


def whole(cache: LatentCache, key: str) -> dict[str, np.ndarray]:
    """A clip's arrays, by tarfile and numpy."""
    for path in Path(cache.folder.url).glob("*.tar"):
        with tarfile.open(path) as archive:
            names = [name for name in archive.getnames() if name.startswith(key)]
            if names:
                return {n[9:]: np.load(io.BytesIO(archive.extractfile(n).read()), allow_pickle=False) for n in names}
    raise AssertionError(key)


@pytest.fixture(scope="module")
def films(made) -> Dataset:
    return Dataset(Path(made.folder.url).parents[1])


@pytest.fixture
def cache(made, films) -> LatentCache:
    return LatentCache(films, made.record.hash)


@pytest.mark.parametrize(("start", "frames"), [(0, FRAMES), (0, 1), (2, 2), (FRAMES - 1, 1)])
@pytest.mark.parametrize("target", ["plain", "boxed"])
def test_a_window_is_a_slice_of_the_clip(cache, films, start, frames, target) -> None:
    for place, key in enumerate(films.keys):
        arrays, window = whole(cache, key), cache.window(place, start, frames, target)
        assert (window.key, window.start) == (key, start)
        assert np.array_equal(window.moments, arrays[f"{target}.npy"][start : start + frames])
        assert np.array_equal(window.image_latents, arrays["image.npy"][start])
        assert np.array_equal(window.embedding, arrays["embedding.npy"][start])
        assert window.noise_strength == arrays["noise_strength.npy"][start]


def test_the_labels_of_a_window_are_those_of_the_example(cache, films) -> None:
    window, example = cache.window(2, 1, 3), read_example(films[2], 1, 3, PREPROCESSING.most_objects)
    for name, value in vars(window.labels).items():
        assert np.array_equal(value, getattr(example, name), equal_nan=name != "objects"), name


def test_clips_go_by_place_or_key_and_places_are_those_of_the_part_that_was_given(made, films) -> None:
    part = LatentCache(films[3:], made.record.hash)
    assert len(part) == 2 and part.frames(0) == FRAMES
    assert part.window(0, 0, 2).key == part.window("00000003", 0, 2).key == "00000003"
    assert len(LatentCache(films.split("val"), made.record.hash)) == 0


@pytest.mark.parametrize(("start", "frames"), [(0, FRAMES + 1), (-1, 2), (FRAMES, 1), (1, 0)])
def test_frames_that_a_clip_lacks_are_refused(cache, start, frames) -> None:
    with pytest.raises(FormatError, match=f"clip 00000001: it has {FRAMES} frames; frames {start} to"):
        cache.window(1, start, frames)


def test_a_clip_that_is_not_there_is_named(cache) -> None:
    for clip in ("00000099", "nonsense", "١٢٣٤٥٦٧٨"):
        with pytest.raises(FormatError, match="has no clip"):
            cache.window(clip, 0, 1)
    with pytest.raises(IndexError):
        cache.window(5, 0, 1)


def same(first: Window, second: Window) -> bool:
    return np.array_equal(first.moments, second.moments) and first.key == second.key


def test_a_cache_is_pickled_with_and_without_open_files(cache) -> None:
    before = pickle.loads(pickle.dumps(cache))
    window = cache.window(0, 0, 2)
    assert same(before.window(0, 0, 2), window)
    assert same(pickle.loads(pickle.dumps(cache)).window(0, 0, 2), window)
    cache.close()
    assert same(cache.window(0, 0, 2), window)


class Windows(TorchDataset):
    """Windows of two frames, as a loader asks for them."""

    def __init__(self, cache: LatentCache) -> None:
        self.cache = cache

    def __len__(self) -> int:
        return len(self.cache)

    def __getitem__(self, place: int) -> Window:
        return self.cache.window(place, 1, 2)


def test_a_worker_of_a_loader_reads_the_same(cache) -> None:
    cache.window(0, 0, 1)
    options = {"batch_size": 2, "collate_fn": stack_windows}
    here = list(DataLoader(Windows(cache), **options))
    there = list(DataLoader(Windows(cache), num_workers=1, multiprocessing_context="forkserver", **options))
    assert [len(batch.moments) for batch in there] == [2, 2, 1]
    for mine, theirs in zip(here, there, strict=True):
        for name, value in vars(mine).items():
            assert torch.equal(value.nan_to_num(), getattr(theirs, name).nan_to_num()), name


def test_more_shards_than_may_be_open_are_read(cache, monkeypatch) -> None:
    monkeypatch.setattr("train.latents.ranges.MOST_OPEN", 1)
    for place in (0, 2, 4, 1, 3, 0):
        assert cache.window(place, 0, 1).key == f"{place:08d}"
    assert len(cache._ranges._open) == 1


def overwrite(cache: LatentCache, member: str, data: bytes, at: int = 0, key: int = 2) -> None:
    """Put bytes over a member's own, from its npy header on."""
    shard, _, places = cache._find(f"{key:08d}")
    with open(f"{cache.folder.url}/{shard}", "r+b") as file:
        file.seek(places[member][0] + at)
        file.write(data)


@pytest.fixture
def mine(made, own) -> LatentCache:
    return LatentCache(own, made.record.hash)


@pytest.mark.parametrize("member", ["plain.npy", "image.npy", "noise_strength.npy", "embedding.npy", "labels.npy"])
@pytest.mark.parametrize(
    ("at", "data"),
    [
        (-512, bytes(512)),  # tar's header
        (0, bytes(8)),  # npy's
        (0, b"\x93NUMPY\x01\x00v\x00{'descr': '|O', 'fortran_order': False, 'shape': (5,), }"),
        (0, b"\x93NUMPY\x01\x00v\x00{'descr': '<f2', 'fortran_order': False, 'shape': (9, 9999999), }"),
    ],
)
def test_a_damaged_member_is_named_with_its_clip_and_shard(mine, member, at, data) -> None:
    overwrite(mine, member, data, at)
    with pytest.raises(FormatError) as caught:
        mine.window("00000002", 0, 2)
    assert all(word in str(caught.value) for word in ("posetraj-train-000001.tar", "clip 00000002", member))
    assert mine.window("00000003", 0, 2).key == "00000003"


def test_a_shard_that_goes_away_or_is_cut_is_named(mine) -> None:
    path = Path(mine.folder.url) / "posetraj-train-000001.tar"
    path.write_bytes(path.read_bytes()[:2000])
    with pytest.raises(FormatError, match="posetraj-train-000001.tar, clip 00000002: it ends before"):
        mine.window(2, 0, 2)
    mine.close()
    path.unlink()
    with pytest.raises(FormatError, match="posetraj-train-000001.tar, clip 00000002: it is missing"):
        mine.window(2, 0, 2)


def index_of(dataset: Dataset) -> Path:
    return next(Path(dataset.url).glob("latents/*/index/posetraj-train-000001.jsonl"))


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda lines: lines[:1], "lists 1 clips where 2 belong"),
        (lambda lines: [lines[0].replace("boxed", "other"), lines[1]], "other members"),
        (lambda lines: [lines[0].replace("00000002", "00000009"), lines[1]], "lacks clip 00000002"),
        (lambda lines: [lines[0].replace('"plain.npy": [512,', '"plain.npy": [99999999,'), lines[1]], "outside"),
        (lambda lines: ["nonsense", lines[1]], "line 1"),
    ],
)
def test_an_index_that_does_not_fit_is_refused(made, own, change, sentence) -> None:
    path = index_of(own)
    path.write_text("\n".join(change(path.read_text().splitlines())) + "\n")
    with pytest.raises(FormatError, match=sentence):
        LatentCache(own, made.record.hash)


def test_an_index_that_points_elsewhere_is_found_when_it_is_read(made, own) -> None:
    path = index_of(own)
    lines = path.read_text().splitlines()
    path.write_text("\n".join([lines[0].replace('"plain.npy": [512,', '"plain.npy": [1024,'), lines[1]]) + "\n")
    with pytest.raises(FormatError, match="clip 00000002: plain.npy: "):
        LatentCache(own, made.record.hash).window(2, 0, 2)


def test_a_missing_index_is_named(made, own) -> None:
    index_of(own).unlink()
    with pytest.raises(FormatError, match="posetraj-train-000001.jsonl: it is missing; run posetraj cache-latents"):
        LatentCache(own, made.record.hash)
