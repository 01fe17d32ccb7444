"""The render worker: `worker.py JOB OUT` or `worker.py --serve THREADS`, in Python with bpy or after `blender -b -P`.

A job is a JSON file of matrices and settings that `blender_gen.job` writes; nothing here draws or decides anything.
"""

import os
import sys

# An installed Blender runs this file alone; its own packages go before ours.
sys.path.append(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))

from blender_gen.blender.serve import serve  # noqa: E402
from blender_gen.blender.threads import import_bpy  # noqa: E402


def main(arguments: list[str]) -> int:
    """Render one job, or serve jobs until stdin closes; return the exit status."""
    if len(arguments) != 2:
        print("usage: worker.py JOB.json OUT_FOLDER | worker.py --serve THREADS", file=sys.stderr)
        return 2
    if arguments[0] == "--serve":
        import_bpy(int(arguments[1]))
        serve(_handle)
        return 0
    from blender_gen.blender.render import read_job, render_job

    print(render_job(read_job(arguments[0]), arguments[1]))
    return 0


def _handle(request: dict) -> dict:
    from blender_gen.blender.devices import available_devices
    from blender_gen.blender.render import read_job, render_job

    if request.get("hello"):
        import bpy

        return {"devices": available_devices(), "blender": bpy.app.version_string}
    return render_job(read_job(request["job"]), request["out"])


if __name__ == "__main__":
    after_dashes = sys.argv[sys.argv.index("--") + 1 :] if "--" in sys.argv else sys.argv[1:]
    sys.exit(main(after_dashes))
