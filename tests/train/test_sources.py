import shutil

import pytest

from dataset_tools.errors import PoseTrajError
from dataset_tools.reader import Dataset
from tests.train.small import write_small
from train.example import Cut
from train.recipe import Recipe
from train.resample import Film
from train.sources import open_sources

PLAIN = Recipe(cut=Cut(frames=5))


def test_clips_to_learn_from_and_held_out_ones_are_apart(small) -> None:
    opened = open_sources([str(small)], PLAIN, 3, resample=False)
    (source,), (held_out,) = opened.sources, opened.held_out
    assert {clip.split for clip in source.clips} == {"train"} and {clip.split for clip in held_out} == {"val"}
    assert source.order.shard_sizes == (2, 1) and source.order.seed == 3 and source.film is None
    assert opened.film == Film(64, 32, 8.0)


def test_datasets_that_differ_in_size_are_refused_in_a_sentence(small, shared) -> None:
    with pytest.raises(PoseTrajError) as caught:
        open_sources([str(small), str(shared / "golden")], PLAIN, 0, resample=False)
    said = str(caught.value)
    assert "64x32 at 8 fps" in said and "192x112 at 8 fps" in said and "--resample" in said
    assert len(said.splitlines()) == 1


def test_datasets_that_differ_in_rate_are_refused_too(small, shared, tmp_path) -> None:
    fast = write_small(shared / "golden", tmp_path / "fast", film=Film(64, 32, 16.0))
    with pytest.raises(PoseTrajError, match="at 8 fps; .* at 16 fps"):
        open_sources([str(small), str(fast)], PLAIN, 0, resample=False)


def test_datasets_are_made_like_the_first_if_asked_for(small, shared) -> None:
    opened = open_sources([str(small), str(shared / "golden")], PLAIN, 0, resample=True)
    assert [source.film for source in opened.sources] == [None, Film(64, 32, 8.0)]


def test_clips_too_short_for_a_stage_are_refused_before_it_begins(small, shared, tmp_path) -> None:
    with pytest.raises(PoseTrajError, match="have 12 frames and the stage plain takes 14; choose fewer with --frames"):
        open_sources([str(small)], Recipe(), 0, resample=False)
    fast = write_small(shared / "golden", tmp_path / "fast", film=Film(64, 32, 32.0))
    with pytest.raises(PoseTrajError, match="fast have 12 frames .* takes 17, 5 at 8 fps; choose fewer"):
        open_sources([str(small), str(fast)], PLAIN, 0, resample=True)


def test_boxes_are_not_learned_from_real_clips(small, real) -> None:
    boxed = Recipe(target="boxed", cut=Cut(frames=5))
    open_sources([str(small)], boxed, 0, resample=False)
    with pytest.raises(PoseTrajError, match="real holds real clips, without 3-D boxes"):
        open_sources([str(real)], boxed, 0, resample=False)


def test_a_lone_shard_is_refused(small) -> None:
    with pytest.raises(PoseTrajError, match="is one shard; train from the folder"):
        open_sources([str(small / Dataset(small)[0].shard)], PLAIN, 0, resample=False)


def test_a_missing_shard_is_named(small, tmp_path) -> None:
    shutil.copytree(small, tmp_path / "made")
    name = "posetraj-train-000001.tar"
    for lost in (f"{name}", f"index/{name.removesuffix('.tar')}.jsonl"):
        (tmp_path / "made" / lost).unlink()
    with pytest.raises(PoseTrajError, match=name):
        open_sources([str(tmp_path / "made")], PLAIN, 0, resample=False)


def test_clips_whose_size_the_networks_cannot_take_are_refused(small, shared, tmp_path) -> None:
    odd = write_small(shared / "golden", tmp_path / "odd", film=Film(60, 32, 8.0))
    with pytest.raises(PoseTrajError, match="60x32; the networks take multiples of 8"):
        open_sources([str(odd)], PLAIN, 0, resample=False)
    assert open_sources([str(small), str(odd)], PLAIN, 0, resample=True).film == Film(64, 32, 8.0)


def test_datasets_that_differ_in_length_are_refused_and_taken_if_asked_for(small, shared, tmp_path) -> None:
    short = write_small(shared / "golden", tmp_path / "short", frames=8)
    with pytest.raises(PoseTrajError, match="12 frames of 64x32 at 8 fps; .* 8 frames of 64x32"):
        open_sources([str(small), str(short)], PLAIN, 0, resample=False)
    opened = open_sources([str(small), str(short)], PLAIN, 0, resample=True)
    assert [source.film for source in opened.sources] == [None, None]


def test_each_dataset_has_draws_of_its_own(small, real) -> None:
    opened = open_sources([str(small), str(real)], PLAIN, 3, resample=False)
    assert [source.order.source for source in opened.sources] == [0, 1]


def test_a_rate_that_the_networks_cannot_be_told_is_refused(small, shared, tmp_path) -> None:
    slow = write_small(shared / "golden", tmp_path / "slow", film=Film(64, 32, 0.5))
    with pytest.raises(PoseTrajError, match="at 0.5 fps; the networks are told rates of 1 and more"):
        open_sources([str(slow)], PLAIN, 0, resample=False)
    assert open_sources([str(slow)], Recipe(learns="vae", cut=Cut(5)), 0, resample=False).film.fps == 0.5
