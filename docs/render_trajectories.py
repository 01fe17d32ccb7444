"""Render the strips of docs/trajectories.md: six moments of a bundled object on each family's path.

Run it from the top of the repository, with Blender: ``python docs/render_trajectories.py``. It takes a minute or two.
"""

import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from draw_trajectories import FOLDER, example
from PIL import Image

from blender_gen.blender_command import blender_command
from blender_gen.cameras import CameraSpec, Shot, frame
from blender_gen.cameras.still import Still
from blender_gen.composite import read_frames
from blender_gen.config import PRESETS, DatasetConfig, override
from blender_gen.draw import clip_spec
from blender_gen.job import render_job
from blender_gen.objects import ObjectRecord
from blender_gen.rng import generator
from blender_gen.runner.generate import RunSettings
from blender_gen.runner.layout import Layout
from blender_gen.runner.sources import ObjectSources, gather_objects
from blender_gen.scenes import draw_scene
from blender_gen.spec import ClipSpec
from blender_gen.stills import render_pictures, tiled
from blender_gen.tone import to_8_bit
from blender_gen.trajectories import FAMILIES
from blender_gen.worker_process import WorkerProcess
from dataset_tools.geometry import box_corners, transform

FRAMES, COLUMNS, GAP_PX = 6, 3, 4
OBJECTS: Mapping[str, str] = {
    "s_curve": "car_00",
    "ellipse": "car_02",
    "figure_eight": "boat_01",
    "spline": "car_03",
    "line": "plane_02",
    "turntable": "chair_02",
    "tumble": "chair_01",
    "helix": "plane_01",
}
USUAL_OBJECT = "car_01"
SCENES = (("studio", "concrete"), ("sunset", "tiles"), ("city", "wood"), ("courtyard", "checker"), ("forest", "grass"))
CAMERA = Still(azimuth_rad=-1.35, elevation_rad=0.55)
FOCAL_WIDTHS, MARGIN = 1.2, 0.05
QUALITY = 86
TIME_LIMIT_S = 600.0


def strip_spec(family: str, record: ObjectRecord, scene: tuple[str, str]) -> ClipSpec:
    """The clip of the family's example, seen by a still camera that holds all of it."""
    config = override(
        DatasetConfig(render=replace(PRESETS["draft"], frames=FRAMES, fps=FRAMES - 1)),
        {"splits": {"train": 1.0}, "families": {family: 1.0}, "objects_per_clip": {"1": 1.0}},
    )
    spec = clip_spec(config, {"train": [record]}, 0, 0)
    trajectory = example(family, record.box_size)
    corners = transform(trajectory.build(spec.duration_s).pose(spec.timestamps)[:, None], box_corners(record.box_size))
    aspect = spec.render.height / spec.render.width
    shot = Shot(corners, spec.timestamps, spec.duration_s, FOCAL_WIDTHS, aspect, MARGIN)
    framing = frame(CAMERA.view(spec.timestamps, spec.duration_s), shot)
    return replace(
        spec,
        objects=(replace(spec.objects[0], trajectory=trajectory),),
        camera=CameraSpec(CAMERA, FOCAL_WIDTHS, framing.target, framing.distance_m),
        scene=draw_scene(generator(0, "page", family), *scene),
    )


def render(spec: ClipSpec, sources: ObjectSources, worker: WorkerProcess, folder: Path) -> Image.Image:
    """The frames of a clip, in rows."""
    render_pictures(worker, render_job(spec, sources.assets), folder, spec.objects[0].asset_id, TIME_LIMIT_S)
    return tiled(to_8_bit(read_frames(folder, FRAMES)), COLUMNS, GAP_PX)


def main() -> None:
    """Render all strips into the page's folder of images."""
    with tempfile.TemporaryDirectory(prefix="posetraj-page-") as scratch:
        layout = Layout(Path(scratch) / "dataset")
        config = DatasetConfig(splits={"train": 1.0})
        sources = gather_objects(layout, config, RunSettings(num_clips=1))
        records = {Path(record.file).stem: record for record in sources.pools["train"]}
        worker = WorkerProcess(blender_command(None), Path(scratch) / "blender.log")
        try:
            for number, family in enumerate(FAMILIES):
                record = records[OBJECTS.get(family, USUAL_OBJECT)]
                spec = strip_spec(family, record, SCENES[number % len(SCENES)])
                strip = render(spec, sources, worker, Path(scratch) / family)
                strip.save(FOLDER / f"{family}.jpg", quality=QUALITY, optimize=True)
                print(family, spec.objects[0].trajectory.facing.name)
        finally:
            worker.close()


if __name__ == "__main__":
    main()
