"""Start Blender's thread pool at a size: a pool larger than a render uses spins in wait and burns the other cores."""

import contextlib
import os


def import_bpy(threads: int) -> None:
    """Import bpy with a pool for `threads` threads.

    The pool (oneTBB) takes its size from the CPUs that the process may run on when it starts. All are allowed again
    afterwards. An installed Blender has its pool already (`blender -t`); there this changes nothing.
    """
    if not hasattr(os, "sched_setaffinity"):
        import bpy  # noqa: F401

        return
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, sorted(allowed)[:threads])
    try:
        import bpy  # noqa: F401
    finally:
        for task in os.listdir("/proc/self/task"):
            with contextlib.suppress(ProcessLookupError):  # the thread ended meanwhile
                os.sched_setaffinity(int(task), allowed)
