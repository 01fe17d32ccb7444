import pytest

from train.recipe import Optimiser
from train.schedule import learning_rate

CHOSEN = Optimiser(lr=2.0, warmup=4, last_lr=0.1)


def test_the_rate_rises_evenly_and_falls_as_half_a_cosine() -> None:
    rates = [learning_rate(CHOSEN, step, 24) for step in range(25)]
    assert rates[:5] == pytest.approx([0.5, 1.0, 1.5, 2.0, 2.0])
    assert rates[14] == pytest.approx(1.1), "the middle between the peak and the end"
    assert rates[24] == pytest.approx(0.2)
    assert rates[4:] == sorted(rates[4:], reverse=True)


def test_a_run_may_be_all_warm_up_or_have_none() -> None:
    assert learning_rate(CHOSEN, 2, 3) == pytest.approx(1.5)
    assert learning_rate(Optimiser(lr=2.0, warmup=0), 0, 10) == 2.0
