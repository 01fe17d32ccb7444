from itertools import islice

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from train.order import ClipOrder, Share

sizes = st.lists(st.integers(0, 9), min_size=1, max_size=8).filter(any).map(tuple)
seeds = st.integers(0, 2**31)


@given(sizes, seeds, st.integers(1, 20), st.integers(0, 3))
def test_an_epoch_visits_each_clip_once(shards, seed, window, epoch) -> None:
    order = ClipOrder(shards, seed, window)
    visits = [order.visit(epoch * len(order) + index) for index in range(len(order))]
    assert sorted(visit.clip for visit in visits) == list(range(len(order)))
    assert {visit.epoch for visit in visits} == {epoch}
    assert [visit.index for visit in visits] == list(range(len(order)))


@given(sizes, seeds, st.integers(1, 20), st.integers(0, 50))
def test_any_position_can_be_asked_first(shards, seed, window, position) -> None:
    walked = ClipOrder(shards, seed, window)
    for before in range(position):
        walked.visit(before)
    assert ClipOrder(shards, seed, window).visit(position) == walked.visit(position)


def test_epochs_and_seeds_have_orders_of_their_own() -> None:
    def clips(seed: int, epoch: int) -> list[int]:
        order = ClipOrder((50, 50), seed)
        return [order.visit(epoch * 100 + index).clip for index in range(100)]

    assert len({tuple(clips(seed, epoch)) for seed in range(3) for epoch in range(3)}) == 9


def test_a_window_reads_from_few_shards() -> None:
    order = ClipOrder((10,) * 100, 1, window=20)
    for start in range(0, 1000, 20):
        assert len({order.visit(start + k).clip // 10 for k in range(20)}) == 2


@given(st.integers(1, 5), st.integers(1, 4), st.integers(0, 6))
def test_processes_take_each_position_once_however_many_they_are(world, batch, steps) -> None:
    start = 3 * world * batch
    taken = [list(islice(Share(rank, world, batch).positions(start), steps * batch)) for rank in range(world)]
    assert sorted(sum(taken, [])) == list(range(start, start + steps * world * batch))


def test_a_run_goes_on_with_another_number_of_processes() -> None:
    order = ClipOrder((7, 5, 9), 4)
    alone = [order.visit(p).clip for p in islice(Share(0, 1, 2).positions(0), 40)]
    seen = [order.visit(p).clip for p in islice(Share(0, 1, 2).positions(0), 8)]
    halves = [list(islice(Share(rank, 2, 2).positions(8), 16)) for rank in range(2)]
    for step in range(8):
        for half in halves:
            seen += [order.visit(p).clip for p in half[step * 2 : step * 2 + 2]]
    assert seen == alone


def test_what_is_random_about_an_example_hangs_on_its_position_alone() -> None:
    order = ClipOrder((4, 4), 7)
    draws = [order.generator(position).random(3) for position in range(24)]
    assert np.array_equal(draws[17], ClipOrder((4, 4), 7).generator(17).random(3))
    assert len({draw.tobytes() for draw in draws}) == 24


def test_far_positions_cost_no_more_than_near_ones() -> None:
    order = ClipOrder((1000,) * 1000, 0)
    assert order.visit(10**15).epoch == 10**9


@pytest.mark.parametrize(
    "bad",
    [{"shard_sizes": ()}, {"shard_sizes": (0,)}, {"shard_sizes": (3,), "window": 0}, {"shard_sizes": (3,), "seed": -1}],
)
def test_no_order_of_nothing(bad) -> None:
    with pytest.raises(ValueError, match="no order"):
        ClipOrder(**{"seed": 0, **bad})


def test_sources_draw_apart() -> None:
    first, second = (ClipOrder((50, 50), 0, source=source) for source in range(2))
    assert [first.visit(k).clip for k in range(20)] != [second.visit(k).clip for k in range(20)]
    assert not {first.generator(k).random() for k in range(50)} & {second.generator(k).random() for k in range(50)}


def test_of_a_missing_shard_other_clips_are_near_at_hand() -> None:
    order = ClipOrder((1000,) * 10, 0)
    missing = [position for position in range(0, 10_000, 7) if order.visit(position).clip < 1000]
    turns = [next(t for t in range(99) if order.visit(order.another(p, t)).clip >= 1000) for p in missing]
    assert missing and 0 < max(turns) <= 5
