"""The runner's side of the pipe: a child process that answers JSON requests, with a time limit, and can be replaced."""

import json
import os
import queue
import shutil
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

LEFT_OUT = {"OCIO"}
"""Of the environment: other colours than Blender's own would make another dataset of the same seed."""


class WorkerDied(Exception):
    """The child ended, or was killed, before it answered."""


class WorkerTimeout(Exception):
    """The child did not answer within the time limit and was killed."""


class WorkerProcess:
    """A child started by `command` on first use; after a death the next request starts a fresh one.

    What the child puts into the folder of temporary files lies beside its log, and goes with the child.
    """

    def __init__(self, command: Sequence[str], log: Path, environment: Mapping[str, str] | None = None) -> None:
        self._command = list(command)
        self._log = log
        self._temporary = log.absolute().with_suffix(".tmp")
        own = {name: value for name, value in os.environ.items() if name not in LEFT_OUT}
        self._environment = {**own, "TMPDIR": str(self._temporary), **(environment or {})}
        self._process: subprocess.Popen[str] | None = None
        self._closed = False
        self._answers: queue.SimpleQueue[str] = queue.SimpleQueue()

    @property
    def pid(self) -> int | None:
        """Process id of the running child, or None."""
        return self._process.pid if self._process else None

    def request(self, message: Mapping[str, Any], timeout_s: float) -> dict[str, Any]:
        """Send one request and wait for its answer.

        Raises:
            WorkerDied: the child ended first; the message holds the last line of its log.
            WorkerTimeout: no answer in time; the child was killed.
        """
        process = self._process or self._start()
        try:
            process.stdin.write(json.dumps(message) + "\n")
            process.stdin.flush()
            line = self._answers.get(timeout=timeout_s)
        except queue.Empty:
            self.kill()
            raise WorkerTimeout(f"no answer within {timeout_s:.0f} s") from None
        except (BrokenPipeError, OSError):
            line = ""
        if not line:
            status = process.wait()
            self._process = None
            self._clean_up()
            raise WorkerDied(f"the worker ended with {_describe(status)}: {self.last_log_line()}")
        return json.loads(line)

    def last_log_line(self) -> str:
        """Return the last line that the child wrote to its log, or an empty string."""
        try:
            lines = self._log.read_text(encoding="utf-8", errors="replace").replace("\0", "").split("\n")
        except OSError:
            return ""
        return next((line.strip() for line in reversed(lines) if line.strip()), "")

    def kill(self) -> None:
        """Kill the child, if there is one, and wait for it; the next request starts a fresh one."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()
            self._clean_up()

    def close(self) -> None:
        """Kill the child for good: every later request finds it dead."""
        self._closed = True
        self.kill()

    def _clean_up(self) -> None:
        shutil.rmtree(self._temporary, ignore_errors=True)

    def _start(self) -> subprocess.Popen[str]:
        if self._closed:
            raise WorkerDied("the worker was closed")
        self._temporary.mkdir(parents=True, exist_ok=True)
        with self._log.open("ab") as log:
            try:
                process = subprocess.Popen(
                    self._command,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=log,
                    env=self._environment,
                    text=True,
                    start_new_session=True,
                )
            except OSError as error:
                raise WorkerDied(f"cannot start {self._command[0]}: {error.strerror}") from error
        self._process = process
        if self._closed:  # by another thread, meanwhile
            self.kill()
            raise WorkerDied("the worker was closed")
        self._answers = queue.SimpleQueue()
        threading.Thread(target=_forward, args=(process, self._answers), daemon=True).start()
        return process


def _forward(process: subprocess.Popen[str], answers: "queue.SimpleQueue[str]") -> None:
    for line in process.stdout:
        answers.put(line)
    answers.put("")


def _describe(status: int) -> str:
    return f"signal {signal.Signals(-status).name}" if status < 0 else f"exit status {status}"
