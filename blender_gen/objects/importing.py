"""Imports in child Blender processes: one request a file, a limit on time and memory, a child that dies is replaced."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from blender_gen.objects.safety.refusal import ObjectRefused
from blender_gen.worker_process import WorkerDied, WorkerProcess, WorkerTimeout
from dataset_tools.errors import PoseTrajError

START_SECONDS = 300.0
WORKER = Path(__file__).resolve().parents[1] / "blender" / "intake_worker.py"


class BlenderUnusable(PoseTrajError):
    """Blender does not start here; the message holds its last words."""


@dataclass(frozen=True)
class ImportLimits:
    """What one import may take: seconds, and bytes of address space beyond what Blender itself maps."""

    seconds: float = 120.0
    memory_bytes: int = 8 * 2**30


def worker_command(blender: Path | None = None) -> tuple[str, ...]:
    """Return the command of an intake worker: this Python with bpy, or an installed Blender."""
    if blender is None:
        return (sys.executable, str(WORKER))
    options = ("-b", "--factory-startup", "--disable-autoexec", "--python-exit-code", "1", "-P", str(WORKER))
    return (str(blender), *options)


class Importer:
    """A child Blender that imports one file after another."""

    def __init__(self, command: Sequence[str], limits: ImportLimits, log: Path) -> None:
        self._limits = limits
        self._child = WorkerProcess(command, log)
        self._started: int | None = None  # process id of the child that is known to answer
        self._build = ""

    def build(self) -> str:
        """Return the build of Blender and of the import code: results of equal builds are equal.

        Raises:
            BlenderUnusable: Blender does not start.
        """
        if self._started is None or self._child.pid != self._started:
            try:
                self._build = str(self._child.request({"build": True}, START_SECONDS)["build"])
            except (WorkerDied, WorkerTimeout) as error:
                raise BlenderUnusable(
                    f"Blender does not start ({error}); `posetraj doctor` says what is missing"
                ) from error
            self._started = self._child.pid
        return self._build

    def facts(self, path: Path, front_axis: str) -> Mapping[str, Any]:
        """Import a file and return what was measured: the keys of `ObjectRecord` from `box_size` to `warnings`.

        Raises:
            ObjectRefused: it gives no object that can be rendered.
            ImportStopped: Blender crashed, ran out of memory, or took too long.
            BlenderUnusable: Blender does not start.
        """
        self.build()  # a child that starts anew does so before the file's time runs
        request = {
            "path": str(path.absolute()),
            "front_axis": front_axis,
            "memory_bytes": self._limits.memory_bytes,
        }
        try:
            answer = self._child.request(request, self._limits.seconds)
        except WorkerTimeout as error:
            raise ImportStopped(f"the import took more than {self._limits.seconds:g} s") from error
        except WorkerDied as error:
            memory = self._limits.memory_bytes / 2**30
            how = str(error).partition(":")[0]  # what follows is Blender's log, which differs from run to run
            raise ImportStopped(
                f"Blender crashed while importing it, or it needs more than {memory:g} GiB ({how})"
            ) from error
        if not answer["ok"]:
            refusal = ObjectRefused if answer.get("refused") else ImportStopped
            raise refusal(str(answer["error"]))
        return answer["facts"]

    def close(self) -> None:
        """End the child."""
        self._child.close()


class ImportStopped(ObjectRefused):
    """An import that did not come to an end: the same file may do better with more time or memory."""
