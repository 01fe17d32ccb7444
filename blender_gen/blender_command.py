"""How a render worker is started."""

import sys
from pathlib import Path

import blender_gen.blender


def blender_command(blender: Path | None) -> list[str]:
    """Return the command that starts a serving render worker, in the bpy module or in an installed Blender."""
    worker = str(Path(blender_gen.blender.__file__).parent / "worker.py")
    if blender is None:
        return [sys.executable, worker, "--serve"]
    return [
        str(blender),
        "-b",
        "--factory-startup",
        "--disable-autoexec",
        "--python-exit-code",
        "1",
        "-P",
        worker,
        "--",
        "--serve",
    ]
