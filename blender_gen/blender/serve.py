"""The worker's side of the pipe: one JSON request a line on stdin, one JSON answer a line on stdout.

Standard library only, so that it runs in Blender's own Python as well as in ours.
"""

import ctypes
import json
import os
import signal
import sys
import traceback
from collections.abc import Callable
from typing import Any

PR_SET_PDEATHSIG = 1


class Refused(Exception):
    """The request itself cannot be met, however often it is tried; the message says why."""


def serve(handle: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    """Answer requests until stdin closes.

    Whatever else writes to stdout (Blender does, much) lands in stderr, which is emptied before each request so that
    a long-lived worker's log holds its last request alone. The process dies with its parent.
    """
    _die_with_parent()
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    for line in sys.stdin:
        _empty_log()
        try:
            answer = {"ok": True, **handle(json.loads(line))}
        except Refused as error:
            answer = {"ok": False, "refused": True, "error": str(error)}
        except Exception as error:
            traceback.print_exc()
            answer = {"ok": False, "refused": False, "error": f"{type(error).__name__}: {error}"}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


def _die_with_parent() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def _empty_log() -> None:
    try:
        os.ftruncate(2, 0)
    except OSError:  # a terminal or a pipe has no length
        return
