"""A stop that is asked for by a signal and made at the end of a step."""

import signal
from types import FrameType, TracebackType
from typing import Self


class Stopped(KeyboardInterrupt):
    """A run that was asked to stop has stopped, and says where."""


class StopRequest:
    """While it is entered, SIGTERM and SIGINT are noted; a second SIGINT stops at once."""

    def __init__(self) -> None:
        self.asked = False
        self._before: dict[int, object] = {}

    def __enter__(self) -> Self:
        for number in (signal.SIGTERM, signal.SIGINT):
            self._before[number] = signal.signal(number, self._note)
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _note(self, number: int, frame: FrameType | None) -> None:
        if self.asked and number == signal.SIGINT:
            raise KeyboardInterrupt
        self.asked = True

    def stopped(self, where: str) -> Stopped:
        """Return the error to raise once what must be kept is kept."""
        return Stopped(f"saved and stopped at {where}")
