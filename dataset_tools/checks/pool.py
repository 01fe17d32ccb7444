"""A function over many items in several processes, where an item that ends its process harms no other."""

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from typing import Any


def each_result(function: Callable[[Any], Any], items: Sequence[Any], workers: int) -> Iterator[tuple[int, Any]]:
    """(position, function(item)) of every item, as they come; None for an item that ends its process.

    With `workers` 1 or less all runs in this process. When a process ends (killed, out of memory, a crash in a
    library), what was under way is done again, each item in a process of its own. `function` must be picklable and
    raise nothing.
    """
    if workers <= 1 or len(items) <= 1:
        yield from enumerate(map(function, items))
        return
    left = dict(enumerate(items))
    with _pool(min(workers, len(items))) as pool:
        futures = {pool.submit(function, item): position for position, item in left.items()}
        for future in as_completed(futures):
            try:
                result = future.result()
            except BrokenProcessPool:
                continue
            del left[futures[future]]
            yield futures[future], result
    for position, item in left.items():
        with _pool(1) as pool:
            try:
                result = pool.submit(function, item).result()
            except BrokenProcessPool:
                result = None
        yield position, result


def _pool(workers: int) -> ProcessPoolExecutor:
    """Fresh interpreters: a fork would inherit the locks of whatever threads the caller runs."""
    return ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn"))
