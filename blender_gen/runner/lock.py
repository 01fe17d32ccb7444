"""One run at a time on an output folder."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dataset_tools.errors import PoseTrajError


@contextmanager
def folder_lock(path: Path) -> Iterator[None]:
    """Hold the lock file while the body runs; the kernel lets go of it however the process ends.

    Raises:
        PoseTrajError: another process holds it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise PoseTrajError(
                f"another run is working on {path.parent.parent}; wait for it, or choose another --out"
            ) from None
        yield
