"""The finishing worker: turns a render into a checked clip, in a process of its own beside Blender's."""

import shutil
from pathlib import Path
from typing import Any

from blender_gen.blender.serve import serve
from blender_gen.finish import finish_clip, read_render
from blender_gen.spec import ClipSpec


def handle(request: dict[str, Any]) -> dict[str, Any]:
    """Finish one clip: read the render, write the members to the folder `out` if the self-check accepts them.

    The folder appears under its name only when it is complete. The render's files are removed.
    """
    if request.get("hello"):
        return {}
    spec = ClipSpec.from_json(request["spec"])
    render, out = Path(request["render"]), Path(request["out"])
    rendered = read_render(spec, render)
    shutil.rmtree(render)
    about = {"blender": request["blender"]}
    finished = finish_clip(spec, rendered, tuple(request["members"]), about, request["min_frames_seen"])
    if not finished.verdict.reasons:
        unfinished = out.with_name(out.name + ".tmp")
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(parents=True)
        for name, data in finished.members.items():
            (unfinished / name).write_bytes(data)
        shutil.rmtree(out, ignore_errors=True)  # a try that was killed before it could answer left it
        unfinished.rename(out)
    return {"reasons": list(finished.verdict.reasons), "figures": finished.verdict.figures}


if __name__ == "__main__":
    serve(handle)
