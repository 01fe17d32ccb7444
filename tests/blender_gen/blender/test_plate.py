"""A clip rendered as a clean plate and windows, beside the same clip rendered whole."""

import dataclasses

import numpy as np
import pytest

from blender_gen.config import PRESETS
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


def test_a_moving_camera_renders_whole_frames(tmp_path):
    asset = studio.box(tmp_path, "box", (1.0, 0.5, 0.5))
    spec = studio.clip([studio.object_spec(asset)], DRAFT, orbit=True)
    job = studio.render_job(spec, {studio.content_hash(asset): asset.path}, "CPU")
    assert not job["clean_plate"]
