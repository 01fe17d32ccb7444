"""A stop that is asked for by a signal and made at the end of a step."""

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import resource_tracker
from types import FrameType, TracebackType
from typing import Self

STOPS = (signal.SIGTERM, signal.SIGINT)
SAME_ASKING_S = 1.0
"""Within so many seconds signals are one asking: launchers pass on what their processes also get from the terminal."""


class Stopped(KeyboardInterrupt):
    """A run that was asked to stop has stopped, and says where."""


@contextmanager
def deaf_children() -> Iterator[None]:
    """Processes that begin while it is entered hear neither SIGTERM nor SIGINT, nor do processes of theirs.

    Terminals and schedulers send them to all, and a step that is to be finished needs those who read its clips.
    """
    resource_tracker.ensure_running()  # beginning it later would end with a mask of its own
    before = signal.pthread_sigmask(signal.SIG_BLOCK, STOPS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class StopRequest:
    """While it is entered, SIGTERM and SIGINT are noted; a SIGINT a second or more later stops at once."""

    def __init__(self) -> None:
        self.asked = False
        self._since = 0.0
        self._before: dict[int, object] = {}

    def __enter__(self) -> Self:
        for number in STOPS:
            self._before[number] = signal.signal(number, self._note)
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _note(self, number: int, frame: FrameType | None) -> None:
        now = time.monotonic()
        if self.asked and number == signal.SIGINT and now - self._since > SAME_ASKING_S:
            raise KeyboardInterrupt
        self.asked, self._since = True, self._since if self.asked else now

    def stopped(self, where: str) -> Stopped:
        """Return the error to raise once what must be kept is kept."""
        return Stopped(f"saved and stopped at {where}")
