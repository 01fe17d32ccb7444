"""What a worker is told."""

import dataclasses
import json

import numpy as np
import pytest

from blender_gen.config import DatasetConfig
from blender_gen.draw import clip_spec
from blender_gen.job import FILM_LIMIT, alone_renders, render_job
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
