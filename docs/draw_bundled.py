"""Draw the sheet of bundled objects: some variants of each kind, rendered by the worker that renders clips.

python docs/draw_bundled.py                                   # docs/images/bundled.jpg, 3 variants of each kind
python docs/draw_bundled.py --kinds car bus --variants 6 --out sheet.png
"""

import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import trimesh
import tyro
from PIL import Image, ImageDraw, ImageFont

from blender_gen.blender_command import blender_command
from blender_gen.bundled import write_bundled
from blender_gen.bundled.kinds import KINDS
from blender_gen.cameras import CameraSpec
from blender_gen.cameras.still import Still
from blender_gen.config import RenderConfig
from blender_gen.exr import read_colour
from blender_gen.job import render_job
from blender_gen.objects import ObjectRecord, asset_paths, intake
from blender_gen.scenes import SceneSpec
from blender_gen.scenes.backdrop import Backdrop
from blender_gen.scenes.floor import Floor
from blender_gen.scenes.light import Gradient, Light, Sun
from blender_gen.spec import ClipSpec, ObjectSpec
from blender_gen.stills import render_pictures
from blender_gen.tone import to_8_bit
from blender_gen.trajectories import TrajectorySpec
from blender_gen.trajectories.facing import Fixed
from blender_gen.trajectories.line import Line
from blender_gen.trajectories.profiles import Constant
from blender_gen.worker_process import WorkerProcess
from dataset_tools.errors import PoseTrajError
from dataset_tools.geometry import project_world, transform

LABEL_PX = 26
TIME_LIMIT_S = 600.0
FILLED = 0.88  # of the cell, by the object
GREY = (0.46, 0.46, 0.47)
SCENE = SceneSpec(
    environment="sun",
    floor="plain",
    backdrop="open",
    light=Light(
        radiance=1.0,
        sky=Gradient(horizon=(0.85, 0.88, 0.92), zenith=(0.7, 0.8, 0.95)),
        sun=Sun(azimuth_rad=1.35, elevation_rad=0.85, share=0.5, angle_rad=0.2, colour=(1.05, 1.0, 0.92)),
    ),
    ground=Floor(colours=(GREY, GREY), scale_m=1.0, rotation_rad=0.0, roughness=0.9, haze_m=60.0),
    around=Backdrop(),
)


@dataclass(frozen=True)
class Arguments:
    """What the sheet shows."""

    out: Path = Path(__file__).parent / "images" / "bundled.jpg"
    kinds: tuple[str, ...] = tuple(KINDS)
    variants: int = 3
    seed: int = 10
    columns: int = 6
    cell_px: int = 200
    samples: int = 24
    azimuth_deg: float = 32.0
    """Direction from the object to the camera, from its front towards its left."""
    elevation_deg: float = 20.0


def main(arguments: Arguments) -> None:
    """Write, take in and render the objects, and lay the pictures out."""
    with tempfile.TemporaryDirectory(prefix="posetraj-bundled-") as scratch:
        folder = Path(scratch) / "objects"
        write_bundled(folder, arguments.seed, arguments.variants)
        for file in folder.glob("*.glb"):
            if file.stem.rpartition("_")[0] not in arguments.kinds:
                file.unlink()
        records = sorted(intake([folder]), key=lambda record: (arguments.kinds.index(record.unit), record.file))
        cells = list(_rendered(records, Path(scratch), arguments))
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    _sheet(cells, [record.unit for record in records], arguments.columns).save(arguments.out, quality=88)


def _rendered(records: Iterable[ObjectRecord], scratch: Path, arguments: Arguments) -> Iterator[np.ndarray]:
    """Render each object's picture (H,W,3), 8 bits."""
    worker = WorkerProcess(blender_command(None), scratch / "blender.log")
    try:
        for record in records:
            if not record.accepted:
                raise PoseTrajError(f"{record.file} was rejected: {record.reason}")
            out = scratch / record.file
            job = render_job(_portrait(record, arguments), asset_paths([record]), threads=2, frames=[0])
            render_pictures(worker, job, out, record.file, TIME_LIMIT_S)
            yield to_8_bit(read_colour(out / "colour_0000.exr"))
    finally:
        worker.close()


def _portrait(record: ObjectRecord, arguments: Arguments) -> ClipSpec:
    """A clip whose first frame shows the object as large as fits."""
    middle = record.box_size[2] / 2
    path = TrajectorySpec(Line(0.01), (0.0, 0.0), 0.0, False, Constant(), Fixed(0.0), height_m=middle)
    view = Still(np.radians(arguments.azimuth_deg), np.radians(arguments.elevation_deg))
    clip = ClipSpec(
        seed=0,
        clip=0,
        attempt=0,
        split="train",
        render=RenderConfig(
            arguments.cell_px, arguments.cell_px, frames=2, fps=8, samples=arguments.samples, clean_plate=False
        ),
        track_points=64,
        objects=(
            ObjectSpec(
                **{name: getattr(record, name) for name in ObjectSpec.__dataclass_fields__ if name != "trajectory"},
                trajectory=path,
            ),
        ),
        camera=CameraSpec(view, focal_widths=2.0, target=(0.0, 0.0, middle), distance_m=3.0),
        scene=SCENE,
    )
    for _ in range(3):
        clip = replace(clip, camera=_closer(clip, record))
    return clip


def _closer(clip: ClipSpec, record: ObjectRecord) -> CameraSpec:
    """The clip's camera, moved so that the object fills the cell and stands in its middle."""
    start = clip.timestamps[:1]
    asset = trimesh.load_scene(record.path).to_mesh().vertices
    points = transform(clip.world_from_object(start)[0, 0] @ record.object_from_asset_matrix, asset)
    pose = clip.world_from_camera(start)[0]
    px, _ = project_world(points, pose, clip.intrinsics)
    low, high = px.min(axis=0), px.max(axis=0)
    size, off = (high - low).max() / clip.render.width, (low + high) / 2 - clip.render.width / 2
    camera = clip.camera
    shift = pose[:3, :2] @ (off * camera.distance_m / clip.intrinsics[0, 0])
    return replace(
        camera, distance_m=camera.distance_m * size / FILLED, target=tuple((np.array(camera.target) + shift).tolist())
    )


def _sheet(cells: list[np.ndarray], kinds: list[str], columns: int) -> Image.Image:
    """Lay equal cells (H,W,3) out in rows, the kind's name under the cells that show it."""
    height, width = cells[0].shape[:2]
    rows = -(-len(cells) // columns)
    sheet = Image.new("RGB", (columns * width, rows * (height + LABEL_PX)), "white")
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(15)
    spans: dict[tuple[int, str], list[int]] = {}
    for number, (cell, kind) in enumerate(zip(cells, kinds, strict=True)):
        row, column = divmod(number, columns)
        sheet.paste(Image.fromarray(cell), (column * width, row * (height + LABEL_PX)))
        spans.setdefault((row, kind), []).append(column)
    for (row, kind), span in spans.items():
        x = (min(span) + max(span) + 1) / 2 * width
        draw.text((x, row * (height + LABEL_PX) + height + LABEL_PX / 2), kind, (40, 40, 40), font, anchor="mm")
    return sheet


if __name__ == "__main__":
    main(tyro.cli(Arguments))
