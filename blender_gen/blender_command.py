"""How a render worker is started."""

import sys
from pathlib import Path

import blender_gen.blender


def blender_command(blender: Path | None, threads: int = 1) -> list[str]:
    """Return the command that starts a serving render worker, in the bpy module or in an installed Blender.

    Args:
        threads: the most CPU threads that a job will ask for.
    """
    worker = str(Path(blender_gen.blender.__file__).parent / "worker.py")
    if blender is None:
        return [sys.executable, worker, "--serve", str(threads)]
    return [
        str(blender),
        "-b",
        "-t",
        str(threads),
        "--factory-startup",
        "--disable-autoexec",
        "--python-exit-code",
        "1",
        "-P",
        worker,
        "--",
        "--serve",
        str(threads),
    ]
