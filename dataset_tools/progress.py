"""Progress of a long run over clips: a bar on a terminal, a plain line now and then elsewhere."""

import sys
import time

from tqdm import tqdm

SECONDS_BETWEEN_LINES = 30.0


class Progress:
    """Counts finished clips aloud, `done` of `total` to begin with; `what` names the work."""

    def __init__(self, total: int, done: int, what: str) -> None:
        self._terminal = sys.stderr.isatty()
        self._bar = tqdm(total=total, initial=done, unit="clip", desc=what, disable=not self._terminal)
        self._total, self._done, self._first, self._what = total, done, done, what
        self._started = self._spoken = time.monotonic()
        self._rejected = 0

    def advance(self) -> None:
        """One more clip is finished."""
        self._done += 1
        self._bar.update()
        now = time.monotonic()
        if not self._terminal and (now - self._spoken > SECONDS_BETWEEN_LINES or self._done == self._total):
            self._spoken = now
            rate = (self._done - self._first) / max(now - self._started, 1e-9)
            left = (self._total - self._done) / rate / 60
            speed = f"{rate:.2f} clips/s" if rate >= 1 else f"{60 * rate:.1f} clips a minute"
            rejected = f", {self._rejected} attempts rejected" if self._rejected else ""
            self.say(f"{self._what}: {self._done}/{self._total} clips, {speed}, {left:.0f} min left{rejected}")

    def rejected(self) -> None:
        """An attempt was rejected or failed."""
        self._rejected += 1
        self._bar.set_postfix(rejected=self._rejected)

    def say(self, line: str) -> None:
        """Write a line without harm to the bar."""
        tqdm.write(line, file=sys.stderr)

    def close(self) -> None:
        """Take the bar away."""
        self._bar.close()
