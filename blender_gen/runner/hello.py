"""The first word with a worker: a broken installation must not be taken for a bad clip."""

from typing import Any

from blender_gen.worker_process import WorkerDied, WorkerProcess, WorkerTimeout
from dataset_tools.errors import PoseTrajError

START_LIMIT_S = 300.0


class RunStopped(PoseTrajError):
    """The run cannot go on; the message says why and what to do."""


def hear_from(worker: WorkerProcess, what: str) -> dict[str, Any]:
    """Start a worker and return its answer to a greeting.

    Raises:
        RunStopped: it does not start, or says that it does not work; `what` names it.
    """
    try:
        answer = worker.request({"hello": True}, START_LIMIT_S)
    except (WorkerDied, WorkerTimeout) as error:
        raise RunStopped(f"{what} does not start ({error}); run posetraj doctor") from error
    if not answer["ok"]:
        raise RunStopped(f"{what} does not work here ({answer['error']}); run posetraj doctor")
    return answer
