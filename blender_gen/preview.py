"""A sheet of first frames with boxes and paths drawn: what a long run is going to make, seen before it starts."""

import shutil
import sys
import tempfile
from pathlib import Path

import numpy as np

from blender_gen.blender_command import blender_command
from blender_gen.cameras import FramingError
from blender_gen.config import DatasetConfig
from blender_gen.draw import CannotPlace, clip_spec
from blender_gen.exr import read_colour
from blender_gen.job import render_job
from blender_gen.labels import box_labels, clip_geometry
from blender_gen.runner.generate import RunSettings
from blender_gen.runner.layout import Layout
from blender_gen.runner.scene_files import check_scene_files
from blender_gen.runner.share_out import usual_time_limit_s
from blender_gen.runner.slot import MAX_ATTEMPTS
from blender_gen.runner.sources import ObjectSources, gather_objects
from blender_gen.spec import ClipSpec
from blender_gen.stills import render_pictures, tiled
from blender_gen.tone import to_8_bit
from blender_gen.worker_process import WorkerDied, WorkerProcess, WorkerTimeout
from dataset_tools.drawing import Layers, draw_frame
from dataset_tools.errors import PoseTrajError

COLUMNS = 4
GAP_PX = 8


def write_preview(out: Path, config: DatasetConfig, run: RunSettings, count: int) -> Path:
    """Render the first frame of the first `count` clips into ``OUT/preview.png`` and return its path.

    Clips are first attempts: the run may still redraw one that its self-check rejects. Nothing else is written there.
    `run.workers` says how many files are imported at once, and how many threads render.

    Raises:
        PoseTrajError: the objects cannot be used or a frame cannot be rendered.
    """
    if count < 1:
        raise PoseTrajError(f"a preview of {count} clips cannot be; ask for 1 or more")
    check_scene_files(config, run.scene_files)
    with tempfile.TemporaryDirectory(prefix="posetraj-preview-") as scratch:
        tiles = _first_frames(Layout(Path(scratch)), config, run, count)
    path = out / "preview.png"
    try:
        out.mkdir(parents=True, exist_ok=True)
        tiled(tiles, COLUMNS, GAP_PX).save(path)
    except OSError as error:
        raise PoseTrajError(f"cannot write {path}: {error.strerror}; choose another --out") from error
    return path


def _first_frames(layout: Layout, config: DatasetConfig, run: RunSettings, count: int) -> list[np.ndarray]:
    sources = gather_objects(layout, config, run)
    worker = WorkerProcess(blender_command(run.blender, run.workers), layout.logs / "preview-blender.log")
    limit_s = run.time_limit_s or usual_time_limit_s(config.render, run.workers)
    tiles = []
    try:
        for clip in range(count):
            spec = _first_spec(config, sources, clip)
            scratch = layout.jobs / f"preview-{clip:08d}"
            job = render_job(spec, sources.assets, run.device, run.workers, frames=[0], scene_files=run.scene_files)
            render_pictures(worker, job, scratch, f"the preview of clip {clip}", limit_s)
            frame = to_8_bit(read_colour(scratch / "colour_0000.exr"))
            tiles.append(draw_frame(frame, box_labels(clip_geometry(spec)), 0, Layers(boxes=True, paths=True), scale=2))
            shutil.rmtree(scratch)
            print(f"preview: {clip + 1}/{count}", file=sys.stderr)
    except (WorkerDied, WorkerTimeout) as error:
        raise PoseTrajError(f"the preview stopped: {error}; run posetraj doctor") from error
    finally:
        worker.close()
    return tiles


def _first_spec(config: DatasetConfig, sources: ObjectSources, clip: int) -> ClipSpec:
    """Return the first attempt at a clip for which there is a place."""
    for attempt in range(MAX_ATTEMPTS):
        try:
            return clip_spec(config, sources.pools, clip, attempt)
        except (CannotPlace, FramingError) as error:
            last = error
    raise last
