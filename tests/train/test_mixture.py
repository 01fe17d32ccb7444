from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from train.mixture import BLOCK, Mixture, Turn, by_size

weights = st.lists(st.floats(0.1, 10.0), min_size=1, max_size=5).map(tuple)


@given(weights, st.integers(0, 1000), st.integers(0, 3))
def test_each_source_walks_its_own_line_without_gaps(shares, seed, block) -> None:
    mixture = Mixture(shares, seed)
    turns = [mixture.turn(block * BLOCK + place) for place in range(BLOCK)]
    for source, count in enumerate(mixture.counts):
        own = [turn.position for turn in turns if turn.source == source]
        assert own == list(range(block * count, (block + 1) * count))


@given(weights)
def test_shares_are_exact_to_one_turn_in_a_block(shares) -> None:
    found = Counter(Mixture(shares, 3).turn(place).source for place in range(BLOCK))
    for source, weight in enumerate(shares):
        assert abs(found[source] - BLOCK * weight / sum(shares)) <= 1


def test_one_source_has_every_turn() -> None:
    assert [Mixture((2.0,), 0).turn(place) for place in (0, 1, 12345)] == [Turn(0, 0), Turn(0, 1), Turn(0, 12345)]


@pytest.mark.parametrize("bad", [(), (0.0, 1.0), (-1.0,), (float("nan"),), (1.0, 1e-6)])
def test_weights_that_give_no_turn_are_refused(bad) -> None:
    with pytest.raises(ValueError, match=r"weight"):
        Mixture(bad, 0)


@pytest.mark.parametrize("clips", [(10_000, 4), (1, 10_000, 1), (3, 4), (7,)])
def test_a_small_source_beside_a_large_one_has_turns_all_the_same(clips) -> None:
    counts = Mixture(by_size(clips), 0).counts
    assert min(counts) >= 1 and counts.index(max(counts)) == clips.index(max(clips))
