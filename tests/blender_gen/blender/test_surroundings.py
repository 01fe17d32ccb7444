"""Every light, floor and backdrop in the real worker: lit sanely, without a hole, with labels in closed form."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import OpenEXR
import pytest
from PIL import Image

from blender_gen.blender_command import blender_command
from blender_gen.config import RenderConfig
from blender_gen.finish import Rendered, read_render
from blender_gen.job import render_job
from blender_gen.rng import generator
from blender_gen.scenes import BACKDROPS, ENVIRONMENTS, FLOORS, SceneSpec, draw_scene, scan_hdris, scan_textures
from blender_gen.scenes.backdrop import Backdrop, Wall
from blender_gen.scenes.light import Sun
from blender_gen.spec import ClipSpec
from blender_gen.worker_process import WorkerProcess
from tests.blender_gen.blender import studio
from tests.blender_gen.blender.closed_form import cast, pixel_rays

pytestmark = pytest.mark.blender

RENDER = RenderConfig(width=128, height=72, frames=2, fps=8, samples=4)
FOCAL = 1.1 * RENDER.width
BOX = (0.7, 0.5, 0.4)
WHITE = (1.0, 1.0, 1.0)
GREY = ((0.3, 0.3, 0.3), (0.3, 0.3, 0.3))
FLOOR_REACH_M = 4000.0


class Stage:
    """A serving worker and one box; renders the box in a scene."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.box = studio.box(folder, "box", BOX)
        self.worker = WorkerProcess(blender_command(None), folder / "log")
        self.count = 0

    def ask(self, spec: ClipSpec, files: dict | None = None) -> tuple[dict, Path]:
        self.count += 1
        out = self.folder / f"render{self.count}"
        out.mkdir()
        job = render_job(spec, {studio.content_hash(self.box): self.box.path}, "CPU")
        job["scene"]["files"] = {name: str(path) for name, path in (files or {}).items()}
        (out / "job.json").write_text(json.dumps(job))
        return self.worker.request({"job": str(out / "job.json"), "out": str(out)}, 600), out

    def render(self, spec: ClipSpec, files: dict | None = None) -> Rendered:
        answer, out = self.ask(spec, files)
        assert answer["ok"], answer
        return read_render(spec, out)

    def clip(self, scene: SceneSpec, elevation: float = 0.35, azimuth: float = 0.2) -> ClipSpec:
        spec = studio.clip(
            [studio.object_spec(self.box, sweep_rad=0.2)],
            RENDER,
            distance_m=3.5,
            elevation_rad=elevation,
            azimuth_rad=azimuth,
        )
        return replace(spec, scene=scene)


@pytest.fixture(scope="module")
def stage(tmp_path_factory):
    stage = Stage(tmp_path_factory.mktemp("surroundings"))
    yield stage
    stage.worker.close()


def luminance(frames: np.ndarray) -> np.ndarray:
    return frames @ np.array([0.2126, 0.7152, 0.0722])


def camera(spec: ClipSpec) -> np.ndarray:
    return spec.world_from_camera(spec.timestamps)[0]


def assert_floor_is_the_plane(spec: ClipSpec, rendered: Rendered) -> None:
    """The floor's depth is that of z = 0 and its normal that of a plane, however it is painted."""
    right = cast(camera(spec), pixel_rays(RENDER.width, RENDER.height, FOCAL), [])
    seen = (rendered.masks[0] == 0) & np.isfinite(right.depth)
    assert seen.sum() > 1000
    assert np.abs(rendered.depth[0][seen] / right.depth[seen] - 1).max() <= 1e-3
    up = camera(spec)[:3, :3].T @ [0.0, 0.0, 1.0]
    assert np.array_equal(np.unique(rendered.normals[0][seen], axis=0), np.rint(127 * up)[None])


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_every_environment_lights_a_grey_floor_sanely(stage, environment):
    for seed in (0, 1):
        scene = draw_scene(generator(seed, "light", environment), environment, "plain")
        scene = replace(scene, ground=replace(scene.ground, colours=GREY))
        rendered = stage.render(stage.clip(scene))
        assert 60 <= luminance(rendered.frames).mean() <= 190


@pytest.mark.parametrize("floor", FLOORS)
def test_every_floor_is_the_plane_in_the_labels_and_shows_something_in_colour(stage, floor):
    scene = draw_scene(generator(2, floor), "sun", floor)
    spec = stage.clip(scene)
    rendered = stage.render(spec)
    assert_floor_is_the_plane(spec, rendered)
    shown = luminance(rendered.frames)
    assert 35 <= shown.mean() <= 200
    assert np.ptp(shown[0][rendered.masks[0] == 0]) > 12


def test_floors_differ(stage):
    scenes = [replace(draw_scene(generator(3), "area", "plain"), floor=floor) for floor in FLOORS]
    frames = [stage.render(stage.clip(scene)).frames[0].astype(float) for scene in scenes]
    for first in range(len(frames)):
        for second in range(first):
            assert np.abs(frames[first] - frames[second]).mean() > 1.0


@pytest.mark.parametrize("environment", ["area", "sky", "sun"])
def test_a_floor_shines_as_brightly_as_the_scene_says(stage, environment):
    """Seen from above: a floor of albedo a under light of radiance R shows a R, before the tone curve's knee."""
    scene = draw_scene(generator(4, environment), environment, "plain")
    light = replace(scene.light, radiance=0.8)
    if light.sun:
        light = replace(light, sun=replace(light.sun, elevation_rad=0.9, colour=WHITE))
    scene = replace(scene, light=light, ground=replace(scene.ground, colours=GREY, roughness=1.0, haze_m=1e4))
    spec = stage.clip(scene, elevation=1.2)
    rendered = stage.render(spec)
    encoded = luminance(rendered.frames[0])[rendered.masks[0] == 0] / 255
    shown = np.median(((encoded + 0.055) / 1.055) ** 2.4)
    assert shown == pytest.approx(0.3 * 0.8, rel=0.3)


@pytest.mark.parametrize("azimuth", [0.3, 2.4, -1.5])
def test_the_shadow_falls_away_from_the_sun(stage, azimuth):
    scene = draw_scene(generator(5), "sun", "plain")
    sun = Sun(azimuth_rad=azimuth, elevation_rad=0.6, share=0.7, angle_rad=0.01, colour=WHITE)
    scene = replace(scene, light=replace(scene.light, sun=sun), ground=replace(scene.ground, colours=GREY))
    spec = stage.clip(scene, elevation=1.4)
    rendered = stage.render(spec)
    foot = spec.world_from_object(spec.timestamps)[0, 0, :3, 3] * [1, 1, 0]
    away = -np.array([np.cos(azimuth), np.sin(azimuth), 0.0])
    pixels = (np.stack([foot + 0.7 * away, foot - 0.7 * away]) - camera(spec)[:3, 3]) @ camera(spec)[:3, :3]
    columns, rows = (FOCAL * pixels[:, :2] / pixels[:, 2:] + [RENDER.width / 2, RENDER.height / 2]).T.astype(int)
    assert (rendered.masks[0][rows, columns] == 0).all()
    shaded, lit = luminance(rendered.frames[0])[rows, columns]
    assert shaded < 0.8 * lit


@pytest.mark.parametrize("environment", ["city", "sky", "sun"])
def test_ground_and_sky_meet_without_a_hole(stage, environment):
    scene = draw_scene(generator(6, environment), environment, "plain")
    spec = stage.clip(scene, elevation=0.02)
    rendered = stage.render(spec)
    down = -(pixel_rays(RENDER.width, RENDER.height, FOCAL) @ camera(spec)[:3, :3].T)[..., 2]
    reached = camera(spec)[2, 3] / FLOOR_REACH_M
    clear = rendered.masks[0] == 0
    assert np.isfinite(rendered.depth[0][clear & (down > 1.5 * reached)]).all()
    assert np.isinf(rendered.depth[0][clear & (down < 0)]).all()
    horizon = int(np.abs(down[:, RENDER.width // 2]).argmin())
    rows = np.where(clear, luminance(rendered.frames[0]), np.nan)[horizon - 8 : horizon + 9]
    for edge in (0, RENDER.width - 24):  # left and right of the box
        strip = rows[:, edge : edge + 24].mean(axis=1)
        assert strip.min() >= 0.6 * min(strip[0], strip[-1])


WALL = Wall(heading_rad=0.4, distance_m=2.9)


def wall_depth(spec: ClipSpec, walls: tuple[Wall, ...], height: float) -> np.ndarray:
    """Depth (H,W) of the first of some walls that a ray meets between the floor and their height, inf for none."""
    rays = pixel_rays(RENDER.width, RENDER.height, FOCAL) @ camera(spec)[:3, :3].T
    eye = camera(spec)[:3, 3]
    best = np.full(rays.shape[:2], np.inf)
    for wall in walls:
        normal = np.array([np.cos(wall.heading_rad), np.sin(wall.heading_rad), 0.0])
        with np.errstate(divide="ignore"):
            along = (wall.distance_m - eye @ normal) / (rays @ normal)
        up = eye[2] + along * rays[..., 2]
        best = np.where((along > 0) & (up > 0.2) & (up < height - 0.02) & (along < best), along, best)
    return best


def around(backdrop: str, walls: tuple[Wall, ...], material: str = "panels", **more: float) -> SceneSpec:
    scene = draw_scene(generator(7), "sun", "tiles")
    backdrop_numbers = Backdrop(walls, 3.0, material, ((0.4, 0.4, 0.5), (0.1, 0.1, 0.1)), 0.5, 0.1, **more)
    return replace(scene, backdrop=backdrop, around=backdrop_numbers)


@pytest.mark.parametrize("material", ["brick", "panels", "plaster"])
def test_a_wall_is_background_at_its_planes_depth_with_its_planes_normal(stage, material):
    spec = stage.clip(around("wall", (WALL,), material), elevation=0.3, azimuth=np.pi + 0.2)
    rendered = stage.render(spec)
    right = wall_depth(spec, (WALL,), 3.0)
    seen = np.isfinite(right) & (rendered.masks[0] == 0)
    assert seen.sum() > 1000
    assert np.abs(rendered.depth[0][seen] / right[seen] - 1).max() <= 1e-3
    facing = -camera(spec)[:3, :3].T @ [np.cos(WALL.heading_rad), np.sin(WALL.heading_rad), 0.0]
    assert np.array_equal(np.unique(rendered.normals[0][seen], axis=0), np.rint(127 * facing)[None])


@pytest.mark.parametrize("count", [2, 3, 4])
def test_a_room_has_closed_corners_at_its_walls_depths(stage, count):
    """The camera looks into the corner of the first two walls."""
    walls = tuple(Wall(0.3 + n * np.pi / 2, distance) for n, distance in enumerate((2.5, 3.0, 3.8, 4.5)[:count]))
    spec = stage.clip(around("room", walls), elevation=0.25, azimuth=0.3 + np.pi / 4 + np.pi)
    rendered = stage.render(spec)
    right = wall_depth(spec, walls, 3.0)
    seen = np.isfinite(right) & (rendered.masks[0] == 0)
    assert seen.sum() > 1000
    assert np.abs(rendered.depth[0][seen] / right[seen] - 1).max() <= 1e-3
    assert np.isfinite(rendered.depth[0]).all()
    assert len(np.unique(rendered.normals[0][seen], axis=0)) == 2


def test_a_cove_leaves_the_floor_in_a_quarter_circle(stage):
    radius = 1.0
    spec = stage.clip(around("cove", (WALL,), cove_radius_m=radius), elevation=0.3, azimuth=np.pi + 0.4)
    rendered = stage.render(spec)
    depth = rendered.depth[0].astype(np.float64)
    assert np.isfinite(depth).all()
    rays = pixel_rays(RENDER.width, RENDER.height, FOCAL) @ camera(spec)[:3, :3].T
    points = camera(spec)[:3, 3] + rays * depth[..., None]
    run = points @ [np.cos(WALL.heading_rad), np.sin(WALL.heading_rad), 0.0] - (WALL.distance_m - radius)
    background = rendered.masks[0] == 0
    flat, curved = background & (run < 0), background & (run > 0.02) & (points[..., 2] < radius)
    assert flat.sum() > 500 and curved.sum() > 500
    assert np.abs(points[flat][:, 2]).max() < 3e-3
    assert np.abs(np.hypot(run[curved], points[curved][:, 2] - radius) - radius).max() < 3e-3


@pytest.mark.parametrize("backdrop", [name for name in BACKDROPS if name != "open"])
@pytest.mark.parametrize("environment", ["interior", "sun"])
def test_walls_let_the_light_in(stage, backdrop, environment):
    scene = draw_scene(generator(8, environment), environment, "plain", backdrops={backdrop: 1.0})
    scene = replace(scene, ground=replace(scene.ground, colours=GREY))
    assert 60 <= luminance(stage.render(stage.clip(scene)).frames).mean() <= 190


def test_equal_scenes_give_equal_pixels(stage):
    spec = stage.clip(draw_scene(generator(9), "sky", "wood", backdrops={"room": 1.0}))
    first, second = stage.render(spec), stage.render(spec)
    assert np.array_equal(first.frames, second.frames)
    assert np.array_equal(first.depth, second.depth)
    assert np.array_equal(first.normals, second.normals)


def test_the_users_own_pictures_light_and_tile_the_scene(stage, tmp_path):
    """A red sky, and a texture of four plain quarters."""
    sky = np.full((64, 128, 3), 0.6, np.float32)
    sky[:, :, 1:] *= 0.05
    channels = {name: np.ascontiguousarray(sky[..., k]) for k, name in enumerate("RGB")}
    OpenEXR.File({"type": OpenEXR.scanlineimage}, channels).write(str(tmp_path / "red.exr"))
    quarters = np.array([[[255, 255, 255], [40, 40, 40]], [[40, 40, 40], [255, 255, 255]]], np.uint8)
    Image.fromarray(np.kron(quarters, np.ones((32, 32, 1), np.uint8))).save(tmp_path / "quarters.png")
    files = {**scan_hdris(tmp_path), **scan_textures(tmp_path)}
    hdri, texture = sorted(files)
    scene = draw_scene(generator(10), hdri, texture)
    scene = replace(scene, light=replace(scene.light, sun=None))
    spec = stage.clip(scene, elevation=1.0)
    rendered = stage.render(spec, files)
    assert_floor_is_the_plane(spec, rendered)
    floor = rendered.frames[0][rendered.masks[0] == 0].astype(float)
    assert floor[:, 0].mean() > 2 * floor[:, 2].mean()
    assert np.quantile(luminance(floor), 0.9) > 1.5 * np.quantile(luminance(floor), 0.1)


def test_a_picture_that_the_job_does_not_bring_is_refused(stage):
    spec = stage.clip(draw_scene(generator(11), "hdri:lost-01234567", "plain"))
    answer, _ = stage.ask(spec)
    assert not answer["ok"] and answer["refused"]
    assert "hdri:lost-01234567" in answer["error"]


def test_a_picture_that_changed_since_it_was_scanned_is_refused(stage, tmp_path):
    path = tmp_path / "floor.png"
    Image.new("RGB", (8, 8), (9, 90, 9)).save(path)
    files = scan_textures(tmp_path)
    path.write_bytes(b"no picture any more")
    answer, _ = stage.ask(stage.clip(draw_scene(generator(12), "sun", next(iter(files)))), files)
    assert not answer["ok"] and answer["refused"]
    assert "floor.png" in answer["error"]
