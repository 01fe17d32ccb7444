"""Progress of making a cache: a bar on a terminal, a plain line now and then elsewhere."""

import sys
import time

from tqdm import tqdm

SECONDS_BETWEEN_LINES = 30.0


class Progress:
    """Counts finished clips aloud."""

    def __init__(self, total: int, done: int, what: str = "latents") -> None:
        self._terminal = sys.stderr.isatty()
        self._bar = tqdm(total=total, initial=done, unit="clip", desc=what, disable=not self._terminal)
        self._total, self._done, self._first, self._what = total, done, done, what
        self._started = self._spoken = time.monotonic()

    def advance(self) -> None:
        """One more clip is finished."""
        self._done += 1
        self._bar.update()
        now = time.monotonic()
        if not self._terminal and (now - self._spoken > SECONDS_BETWEEN_LINES or self._done == self._total):
            self._spoken = now
            rate = (self._done - self._first) / max(now - self._started, 1e-9)
            left = (self._total - self._done) / rate / 60
            line = f"{self._what}: {self._done}/{self._total} clips, {rate:.2f} clips/s, {left:.0f} min left"
            print(line, file=sys.stderr, flush=True)

    def close(self) -> None:
        """Take the bar away."""
        self._bar.close()
