"""Work in several processes goes on when one of them ends."""

import os
import signal
from pathlib import Path

import pytest

from dataset_tools.checks.pool import each_result


def square(item: int) -> int:
    return item * item


def square_or_die(item: tuple[int, str]) -> int:
    """Notes that it was called, and ends its process for the number 3."""
    number, folder = item
    with open(Path(folder) / str(number), "a") as file:
        file.write("called\n")
    if number == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return number * number


@pytest.mark.parametrize("workers", [0, 1, 3])
def test_every_item_has_its_result_at_its_position(workers: int) -> None:
    assert sorted(each_result(square, range(7), workers)) == [(i, i * i) for i in range(7)]


def test_no_items_give_no_results() -> None:
    assert list(each_result(square, [], 2)) == []


def test_an_item_that_ends_its_process_gives_none_and_all_others_their_result(tmp_path: Path) -> None:
    items = [(number, str(tmp_path)) for number in range(6)]
    results = dict(each_result(square_or_die, items, 2))
    assert results == {number: None if number == 3 else number * number for number in range(6)}
    assert len((tmp_path / "3").read_text().splitlines()) == 2, "once among others and once alone"
