"""The clips' self-check figures, read in the background, and clips in the order of them, worst first."""

import threading
from array import array
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np

from dataset_tools.errors import FormatError
from dataset_tools.reader import Dataset
from dataset_tools.stats.self_check import HIGHER_IS_BETTER, LOWER_IS_BETTER

ANY_FIGURE = "any figure"
ORDERS = (ANY_FIGURE, *sorted(HIGHER_IS_BETTER | LOWER_IS_BETTER))
"""What clips can be ordered by: one figure, or the one in which a clip stands worst among all clips."""
READERS = 8
"""Clips read at the same time; a local disk needs one or two, a store far away more."""
BATCH = 64
ROUNDING = 1e-6
"""Figures nearer to zero than this are equally good: what is left is rounding."""


@dataclass(frozen=True)
class SelfChecks:
    """The figures of a dataset's clips: by name, (clips,) f64 in the dataset's order, NaN where a clip has none.

    `unreadable` counts the clips whose meta data could not be read.
    """

    figures: Mapping[str, np.ndarray]
    unreadable: int = 0

    def badness(self, order: str) -> np.ndarray:
        """(clips,) f64: the larger the worse, NaN where nothing is known, for one of ORDERS.

        A figure's badness is its value, negated where higher is better. Under ANY_FIGURE it is the largest
        share of clips, over all figures, that are better than this one.
        """
        if order != ANY_FIGURE:
            values = np.where(np.abs(self.figures[order]) < ROUNDING, 0.0, self.figures[order])
            return -values if order in HIGHER_IS_BETTER else values
        shares = [_share_better(self.badness(name)) for name in self.figures]
        return np.fmax.reduce(shares)

    def worst_first(self, indices: Sequence[int], order: str) -> tuple[int, ...]:
        """Those clips, worst first; clips that are equally bad stay in their order, unknown ones come last."""
        numbers = np.asarray(indices, np.intp)
        badness = self.badness(order)[numbers]
        ranked = np.argsort(np.where(np.isnan(badness), np.inf, -badness), kind="stable")
        return tuple(numbers[ranked].tolist())


def _share_better(badness: np.ndarray) -> np.ndarray:
    known = np.sort(badness[~np.isnan(badness)])
    share = np.searchsorted(known, badness, side="left") / max(1, known.size)
    return np.where(np.isnan(badness), np.nan, share)


@dataclass
class SelfCheckReader:
    """Reads the figures of all clips once, on threads of its own, when first asked to.

    `done` is None until all are read. Listeners are called from the reading thread, now and then and at the end.
    """

    dataset: Dataset
    read: int = 0
    done: SelfChecks | None = None
    _listeners: list[Callable[[], None]] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _thread: threading.Thread | None = None
    _stopped: threading.Event = field(default_factory=threading.Event)

    def start(self) -> None:
        """Begin to read, unless that has begun; returns at once."""
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="self-checks", daemon=True)
                self._thread.start()

    def stop(self) -> None:
        """Read no further."""
        self._stopped.set()

    def listen(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Have `listener` called on progress; the function returned ends that."""
        with self._lock:
            self._listeners.append(listener)

        def leave() -> None:
            with self._lock:
                self._listeners.remove(listener)

        return leave

    @property
    def progress(self) -> str:
        """A text that says how far it is; "" before the start and after the end."""
        if self._thread is None or self.done is not None:
            return ""
        return f"reading self-checks: {self.read:,} of {len(self.dataset):,} clips"

    def _run(self) -> None:
        count = len(self.dataset)
        figures = {name: array("d", [float("nan")]) * count for name in ORDERS[1:]}
        unreadable = 0
        with ThreadPoolExecutor(READERS, thread_name_prefix="self-checks") as pool:
            for start in range(0, count, BATCH):
                if self._stopped.is_set():
                    return
                numbers = range(start, min(start + BATCH, count))
                for index, found in zip(numbers, pool.map(self._figures, numbers), strict=True):
                    unreadable += found is None
                    for name, value in (found or {}).items():
                        figures[name][index] = value
                self.read = numbers.stop
                self._tell()
        self.done = SelfChecks({name: np.frombuffer(values) for name, values in figures.items()}, unreadable)
        self._tell()

    def _figures(self, index: int) -> dict[str, float] | None:
        try:
            table = self.dataset[index].meta.get("qa")
        except (FormatError, OSError):
            return None
        known = table if isinstance(table, dict) else {}
        return {
            name: float(known[name])
            for name in ORDERS[1:]
            if isinstance(known.get(name), int | float) and np.isfinite(known[name])
        }

    def _tell(self) -> None:
        with self._lock:
            listeners = tuple(self._listeners)
        for listener in listeners:
            listener()
