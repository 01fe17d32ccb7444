"""Random draws depend on their names alone."""

from collections import Counter

from blender_gen.rng import generator, stratified_choice


def test_streams_are_reproducible_and_independent():
    assert generator(1, "a", 2).random() == generator(1, "a", 2).random()
    draws = {generator(seed, name, k).random() for seed in (0, 1) for name in "ab" for k in range(50)}
    assert len(draws) == 200


def test_names_do_not_run_together():
    assert generator(1, "a", 12).random() != generator(11, "a", 2).random()


def test_every_block_follows_the_weights():
    weights = {"x": 3.0, "y": 1.0, "z": 0.0, "w": 1.0}
    for block in range(5):
        chosen = Counter(stratified_choice(7, "f", 20 * block + k, weights) for k in range(20))
        assert chosen == {"x": 12, "y": 4, "w": 4}


def test_the_order_in_which_weights_are_written_does_not_matter():
    forward, backward = {"x": 3.0, "y": 1.0}, {"y": 1.0, "x": 3.0}
    assert [stratified_choice(7, "f", k, forward) for k in range(40)] == [
        stratified_choice(7, "f", k, backward) for k in range(40)
    ]


def test_the_order_within_a_block_differs_between_factors():
    weights = {"x": 1.0, "y": 1.0}
    first = [stratified_choice(7, "f", k, weights) for k in range(40)]
    second = [stratified_choice(7, "g", k, weights) for k in range(40)]
    assert first != second


def test_shares_finer_than_a_block_are_kept_over_the_blocks():
    weights = {"x": 97.0, "y": 2.0, "z": 1.0}
    chosen = Counter(stratified_choice(7, "f", k, weights) for k in range(4000))
    assert all(abs(chosen[name] - 40 * weight) <= 4 for name, weight in weights.items())


def test_options_of_the_same_weight_come_as_often():
    weights = dict.fromkeys("abcdefghijk", 1.0)
    chosen = Counter(stratified_choice(7, "f", k, weights) for k in range(2200))
    assert all(abs(chosen[name] - 200) <= 3 for name in weights)
