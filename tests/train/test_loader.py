"""Batches from the golden dataset: the same whatever the workers, ranks and where a run began."""

import shutil
from itertools import islice

import numpy as np
import pytest
import torch

from dataset_tools.errors import FormatError
from dataset_tools.reader import Dataset
from tests.train.runs import clip_of
from train.colours import in_colours
from train.example import Cut
from train.loader import Examples, Source, batches, collate
from train.mixture import Mixture
from train.order import ClipOrder, Share

CUT = Cut(frames=5, most_objects=2)


def examples(dataset: Dataset, **options) -> Examples:
    sizes = tuple(record.clips for _, record in dataset.manifest.shards)
    return Examples([Source(dataset, ClipOrder(sizes, 3))], Mixture((1.0,), 3), CUT, **options)


@pytest.fixture(scope="module")
def golden(shared) -> Dataset:
    return Dataset(shared / "golden")


def taken(loader, count: int) -> list[torch.Tensor]:
    return [(batch.positions, batch.pictures(), batch.centres_px) for batch in islice(iter(loader), count)]


def same(first, second) -> bool:
    return len(first) == len(second) and all(
        torch.equal(a.nan_to_num(-1.0), b.nan_to_num(-1.0)) if a.is_floating_point() else torch.equal(a, b)
        for one, other in zip(first, second, strict=True)
        for a, b in zip(one, other, strict=True)
    )


def test_a_batch_stacks_examples(golden) -> None:
    batch = next(iter(batches(examples(golden), Share(0, 1, 3))))
    assert batch.pictures().shape == (3, 5, 3, 112, 192) and batch.pictures().dtype == torch.uint8
    assert batch.centres_px.shape == (3, 5, 2, 2) and batch.corners_px.shape == (3, 5, 2, 8, 2)
    assert batch.world_from_camera.dtype == torch.float64 and batch.has_camera.all()
    assert batch.positions.tolist() == [0, 1, 2] and batch.skipped == 0
    assert batch.to("cpu").fps.tolist() == [8.0] * 3


def test_workers_change_nothing(golden) -> None:
    alone = taken(batches(examples(golden), Share(0, 1, 2)), 4)
    assert same(alone, taken(batches(examples(golden), Share(0, 1, 2), workers=2), 4))


def test_a_run_goes_on_in_the_middle_of_an_epoch(golden) -> None:
    whole = taken(batches(examples(golden), Share(0, 1, 2)), 6)
    rest = taken(batches(examples(golden), Share(0, 1, 2), start=6), 3)
    assert same(whole[3:], rest), "position 6 lies in the second epoch of five clips"


def test_two_processes_see_what_one_sees(golden) -> None:
    alone = taken(batches(examples(golden), Share(0, 1, 4)), 2)
    halves = [taken(batches(examples(golden), Share(rank, 2, 2)), 2) for rank in range(2)]
    joined = [
        tuple(torch.cat(parts) for parts in zip(left, right, strict=True)) for left, right in zip(*halves, strict=True)
    ]
    assert same(alone, joined)


def test_every_clip_comes_once_an_epoch(golden) -> None:
    found = examples(golden)
    order = ClipOrder(tuple(record.clips for _, record in golden.manifest.shards), 3)
    for epoch in range(2):
        clips = {order.visit(epoch * 5 + index).clip for index in range(5)}
        assert clips == set(range(5))
    first, again = found[1].example, found[6].example
    assert not torch.equal(in_colours(first), in_colours(again))


@pytest.fixture
def damaged(golden, tmp_path) -> Dataset:
    """The golden dataset with a clip's video overwritten."""
    shutil.copytree(golden.url, tmp_path / "golden")
    clip = golden[1]
    offset, size = clip.index_entry.members["video.mp4"]
    path = tmp_path / "golden" / clip.shard
    path.chmod(0o644)
    with open(path, "r+b") as file:
        file.seek(offset)
        file.write(bytes(size))
    return Dataset(tmp_path / "golden")


def test_a_clip_that_cannot_be_read_is_named(damaged) -> None:
    with pytest.raises(FormatError, match=rf"{damaged[1].shard}, clip {damaged[1].key}: "):
        [examples(damaged)[position] for position in range(5)]


def test_a_clip_that_cannot_be_read_is_skipped_if_asked_for_and_counted(damaged) -> None:
    found = [examples(damaged, skip_unreadable=True)[position] for position in range(5)]
    assert sum(item.skipped for item in found) == 1


def test_a_clip_without_boxes_is_named_where_boxes_are_to_be_drawn() -> None:
    clip = clip_of(7)
    source = Source([clip], ClipOrder((1,), 3), target="boxed")
    with pytest.raises(FormatError, match="clip 00000007 .* lacks box_corners_px, center_depth"):
        source.example(clip, CUT, source.order.generator(0))


def test_a_shard_that_is_missing_is_named(golden, tmp_path) -> None:
    shutil.copytree(golden.url, tmp_path / "golden")
    name = golden[0].shard
    (tmp_path / "golden" / name).unlink()
    with pytest.raises(FormatError, match=f"{name} is missing|{name}"):
        [examples(Dataset(tmp_path / "golden"))[position] for position in range(5)]


def test_clips_of_different_sizes_make_no_batch(golden) -> None:
    found = [examples(golden)[position] for position in range(2)]
    from dataclasses import replace

    small = replace(found[0], example=replace(found[0].example, video=np.zeros((5, 50, 192, 3), np.uint8)))
    with pytest.raises(FormatError, match="different sizes"):
        collate([small, found[1]])


class StoreError(Exception):
    """As stores have them: with arguments that pickling does not know."""

    def __init__(self, *, endpoint: str) -> None:
        super().__init__(f"cannot connect to {endpoint}")


@pytest.mark.parametrize("workers", [0, 1])
def test_an_error_of_a_store_names_the_clip(workers) -> None:
    found = Examples([Source(Unreachable(), ClipOrder((3,), 3))], Mixture((1.0,), 3), CUT, skip_unreadable=True)
    with pytest.raises(FormatError, match=r"memory/shard, clip 00000007: StoreError: cannot connect to s3"):
        next(iter(batches(found, Share(0, 1, 1), workers=workers)))


class Unreachable:
    """Clips in a store that does not answer."""

    shard = "shard"
    key = "00000007"
    kind = "synthetic"

    def __getitem__(self, number: int) -> "Unreachable":
        return self

    def __len__(self) -> int:
        return 3

    def shard_url(self, name: str) -> str:
        return f"memory/{name}"

    def label(self, name: str) -> None:
        raise StoreError(endpoint="s3")
