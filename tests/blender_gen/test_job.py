"""What a worker is told."""

import dataclasses
import json

import numpy as np
import pytest

from blender_gen.config import DatasetConfig
from blender_gen.draw import clip_spec
from blender_gen.job import FILM_LIMIT, alone_renders, clean_plate, render_job
from tests.blender_gen.objects_for_tests import record

POOLS = {split: [record("a"), record("b")] for split in ("train", "val", "test")}


@pytest.fixture
def spec():
    config = DatasetConfig(objects_per_clip={"1": 1.0}, cameras={"still": 1.0})
    return clip_spec(config, POOLS, 0, 0)


def test_an_object_by_itself_in_the_frame_is_not_rendered_alone(spec):
    assert alone_renders(spec) == ()


def test_a_cropped_object_gets_a_film_that_holds_it(spec):
    near = dataclasses.replace(spec.camera, distance_m=spec.camera.distance_m * 0.6)
    alone = alone_renders(dataclasses.replace(spec, camera=near))
    assert alone
    width, height = spec.render.width, spec.render.height
    for item in alone:
        assert item.margin_x > 0 or item.margin_y > 0
        assert width + 2 * item.margin_x <= FILM_LIMIT * width
        assert height + 2 * item.margin_y <= FILM_LIMIT * height


def test_a_job_is_json_and_holds_the_very_matrices_of_the_labels(spec):
    job = render_job(spec, {item.sha256: f"/objects/{item.file}" for item in spec.objects}, "CPU", 2)
    again = json.loads(json.dumps(job))
    assert (np.array(again["world_from_object"]) == spec.world_from_object(spec.timestamps)).all()
    assert (np.array(again["world_from_camera"]) == spec.world_from_camera(spec.timestamps)).all()
    assert again["focal_px"] == spec.intrinsics[0, 0]
    assert again["frames"] == list(range(spec.render.frames))


def clip_of(spec, **render):
    return dataclasses.replace(spec, render=dataclasses.replace(spec.render, **render))


def test_a_still_camera_gets_a_clean_plate_unless_there_is_little_to_save(spec):
    assert clean_plate(spec, num_frames=16)
    assert not clean_plate(spec, num_frames=2)
    assert not clean_plate(clip_of(spec, width=256, height=16), num_frames=16)
    assert not clean_plate(clip_of(spec, clean_plate=False), num_frames=16)


def test_the_users_pictures_reach_the_worker_by_name(spec):
    name = "hdri:dawn-0123abcd"
    lit = dataclasses.replace(spec, scene=dataclasses.replace(spec.scene, environment=name))
    assets = {item.sha256: f"/objects/{item.file}" for item in spec.objects}
    job = render_job(lit, assets, scene_files={name: "/light/dawn.hdr", "texture:other-0123abcd": "/x.png"})
    assert job["scene"]["files"] == {name: "/light/dawn.hdr"}
