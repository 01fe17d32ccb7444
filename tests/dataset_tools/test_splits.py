"""Splits, shards and pools as pure functions of hashes."""

from collections import Counter, defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataset_tools.errors import PoseTrajError
from dataset_tools.splits import DEFAULT_SHARES, pools, shard_plan, split_of

THREE = {"train": 0.5, "val": 0.25, "test": 0.25}
unit_sets = st.sets(st.text("0123456789abcdef", min_size=4, max_size=8), min_size=3, max_size=60)


def test_ten_thousand_clips_are_the_beginning_of_twenty_thousand():
    assert shard_plan(7, 20_000, DEFAULT_SHARES, 100)[:10_000] == shard_plan(7, 10_000, DEFAULT_SHARES, 100)


def test_the_plan_gives_each_clip_the_split_that_it_has_alone():
    plan = shard_plan(3, 300, THREE, 10)
    assert [place.split for place in plan] == [split_of(3, clip, THREE) for clip in range(300)]


def test_ranks_count_up_within_a_split_and_fill_one_shard_after_the_other():
    by_split = defaultdict(list)
    for place in shard_plan(0, 2_000, THREE, 16):
        by_split[place.split].append(place)
    for places in by_split.values():
        assert [place.rank for place in places] == list(range(len(places)))
        assert all(place.shard == place.rank // 16 for place in places)


def test_splits_come_near_their_shares():
    counts = Counter(place.split for place in shard_plan(1, 20_000, DEFAULT_SHARES, 100))
    for split, share in DEFAULT_SHARES.items():
        deviation = (20_000 * share * (1 - share)) ** 0.5
        assert abs(counts[split] - 20_000 * share) < 5 * deviation


def test_another_seed_splits_otherwise():
    assert shard_plan(1, 200, THREE, 10) != shard_plan(2, 200, THREE, 10)


def test_the_order_in_which_shares_are_written_does_not_matter():
    turned = dict(reversed(THREE.items()))
    assert shard_plan(1, 200, THREE, 10) == shard_plan(1, 200, turned, 10)


def test_a_split_without_a_share_gets_no_clip():
    assert {place.split for place in shard_plan(1, 2_000, {"train": 0.5, "test": 0.5, "val": 0}, 10)} == {
        "train",
        "test",
    }


@pytest.mark.parametrize(
    "shares",
    [{}, {"train": 0.9}, {"train": 1.5, "val": -0.5}, {"train": 0.5, "dev": 0.5}, {"train": float("nan")}],
)
def test_shares_that_are_no_fractions_of_the_splits_are_refused(shares):
    with pytest.raises(PoseTrajError, match="sum to 1"):
        split_of(0, 0, shares)


def test_an_empty_shard_size_is_refused():
    with pytest.raises(PoseTrajError, match="1 or more clips per shard"):
        shard_plan(0, 10, THREE, 0)


@given(unit_sets)
def test_every_split_with_a_share_gets_a_unit_and_every_unit_one_split(units):
    chosen = pools(units, DEFAULT_SHARES)
    assert set(chosen) == units and set(chosen.values()) == {"train", "val", "test"}


@given(unit_sets, st.randoms())
def test_pools_do_not_depend_on_the_order_or_repetition_of_the_units(units, random):
    shuffled = list(units) * 2
    random.shuffle(shuffled)
    assert pools(shuffled, THREE) == pools(units, THREE)


@given(unit_sets, unit_sets)
def test_more_units_move_a_unit_only_where_a_split_had_been_filled_by_hand(units, others):
    alone = {unit: split_of_hash(unit) for unit in units | others}
    few, many = pools(units, THREE), pools(units | others, THREE)
    for unit in units:
        assert few[unit] == many[unit] or alone[unit] in (few[unit], many[unit])


def split_of_hash(unit: str) -> str:
    """The split of a unit among so many that none has to be moved."""
    return pools([unit, *(f"filler-{k}" for k in range(60))], THREE)[unit]


def test_without_a_val_share_there_is_no_val_pool():
    assert set(pools([f"object-{k}" for k in range(50)], {"train": 0.5, "test": 0.5}).values()) == {
        "train",
        "test",
    }


def test_a_single_object_suffices_when_one_split_has_all():
    assert pools(["only"], {"train": 1.0}) == {"only": "train"}


def test_fewer_units_than_splits_are_refused_with_the_remedy():
    with pytest.raises(PoseTrajError, match="2 different objects cannot fill .* add objects, or give"):
        pools(["a", "b", "a"], DEFAULT_SHARES)
