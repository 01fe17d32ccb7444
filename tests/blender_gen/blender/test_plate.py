"""A clip rendered as a clean plate and windows, beside the same clip rendered whole."""

import dataclasses

import numpy as np
import pytest
from scipy.ndimage import uniform_filter

from blender_gen.config import PRESETS
from blender_gen.rng import generator
from blender_gen.scenes import draw_scene
from blender_gen.scenes.light import Gradient, Light, Sun
from dataset_tools.video import psnr
from tests.blender_gen.blender import studio

pytestmark = pytest.mark.blender

DRAFT = dataclasses.replace(PRESETS["draft"], frames=4)


@pytest.fixture(scope="module")
def renders(tmp_path_factory):
    folder = tmp_path_factory.mktemp("plate")
    first = studio.box(folder, "box", (1.0, 0.5, 0.5))
    second = studio.ellipsoid(folder, "ellipsoid", (0.6, 0.6, 1.0))
    objects = [
        studio.object_spec(first),
        studio.object_spec(second, radius_m=0.4, heading_rad=2.0, origin_xy=(-0.6, 0.9)),
    ]
    whole = studio.clip(objects, dataclasses.replace(DRAFT, clean_plate=False))
    moving = studio.clip(objects, DRAFT)
    worker = studio.Studio(folder)
    try:
        yield [worker.render(spec, [first, second]) for spec in (whole, moving, moving)]
    finally:
        worker.close()


def test_the_pictures_are_those_of_whole_frames(renders):
    whole, moving, _ = renders
    assert psnr(moving.frames, whole.frames).min() >= 38


def test_the_picture_of_the_objects_is_that_of_whole_frames(renders):
    whole, moving, _ = renders
    for t in range(DRAFT.frames):
        rows, columns = np.nonzero(whole.masks[t])
        place = (slice(rows.min(), rows.max() + 1), slice(columns.min(), columns.max() + 1))
        assert psnr(moving.frames[t][place][None], whole.frames[t][place][None])[0] >= 30


def test_the_labels_are_the_same_to_the_last_bit(renders):
    whole, moving, _ = renders
    for name in ("masks", "depth", "normals"):
        np.testing.assert_array_equal(getattr(moving, name), getattr(whole, name))


def test_the_same_clip_gives_the_same_pixels_again(renders):
    _, moving, again = renders
    np.testing.assert_array_equal(moving.frames, again.frames)


def test_the_edges_of_long_shadows_are_those_of_whole_frames(tmp_path):
    asset = studio.box(tmp_path, "box", (0.4, 0.4, 1.0))
    spec = studio.clip([studio.object_spec(asset)], DRAFT, distance_m=6.0, elevation_rad=0.6)
    light = Light(
        radiance=0.9,
        sky=Gradient(horizon=(0.6, 0.7, 0.9), zenith=(0.3, 0.4, 0.7)),
        sun=Sun(azimuth_rad=2.0, elevation_rad=0.35, share=0.6, angle_rad=0.01, colour=(1.0, 0.95, 0.9)),
    )
    scene = dataclasses.replace(draw_scene(generator(3, "scene"), "sun", "plain"), light=light)
    whole = dataclasses.replace(spec, scene=scene, render=dataclasses.replace(DRAFT, clean_plate=False, samples=32))
    moving = dataclasses.replace(spec, scene=scene, render=dataclasses.replace(DRAFT, samples=32))
    worker = studio.Studio(tmp_path)
    try:
        frames = [worker.render(clip, [asset]).frames.astype(np.float64) for clip in (whole, moving)]
    finally:
        worker.close()
    error = uniform_filter(np.abs(frames[1] - frames[0]).mean(axis=-1), size=(0, 5, 5))
    assert error.max() < 8


def test_a_moving_camera_renders_whole_frames(tmp_path):
    asset = studio.box(tmp_path, "box", (1.0, 0.5, 0.5))
    spec = studio.clip([studio.object_spec(asset)], DRAFT, orbit=True)
    job = studio.render_job(spec, {studio.content_hash(asset): asset.path}, "CPU")
    assert not job["clean_plate"]
