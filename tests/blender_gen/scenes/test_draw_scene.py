"""What a drawn scene is: complete in JSON, a function of its generator, and never in the way of what moves."""

import json
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from blender_gen.rng import generator
from blender_gen.scenes import BACKDROPS, ENVIRONMENTS, FLOORS, SceneError, SceneSpec, draw_scene
from blender_gen.scenes.backdrop import CLEARANCE_M
from blender_gen.scenes.light import Gradient

EQUAL = {name: 1.0 for name in BACKDROPS}
OWN = {"environment": "hdri:my_hall.2k-01ab89ef", "floor": "texture:parquet-00000000"}


def camera_at(position, heading: float) -> np.ndarray:
    forward = np.array([np.cos(heading), np.sin(heading), -0.2])
    forward /= np.linalg.norm(forward)
    right = np.cross(forward, [0.0, 0.0, 1.0])
    right /= np.linalg.norm(right)
    matrix = np.eye(4)
    matrix[:3, :3] = np.stack([right, np.cross(forward, right), forward], axis=1)
    matrix[:3, 3] = position
    return matrix


@given(
    st.integers(0, 10**6),
    st.sampled_from((*ENVIRONMENTS, OWN["environment"])),
    st.sampled_from((*FLOORS, OWN["floor"])),
    st.sampled_from(BACKDROPS),
)
def test_a_scene_comes_back_from_json_as_it_was(seed, environment, floor, backdrop):
    scene = draw_scene(generator(seed), environment, floor, backdrops={backdrop: 1.0})
    assert SceneSpec.from_json(json.loads(json.dumps(scene.to_json()))) == scene
    assert scene.backdrop == backdrop


def test_every_number_comes_from_the_generator():
    first, second, other = (draw_scene(generator(seed), "sky", "wood", backdrops=EQUAL) for seed in (1, 1, 2))
    assert first == second
    assert first != other
    assert first.light.sky.cloud_seed != other.light.sky.cloud_seed


@given(st.integers(0, 10**6), st.sampled_from(ENVIRONMENTS))
def test_the_shares_of_the_light_leave_some_to_the_sky(seed, environment):
    light = draw_scene(generator(seed), environment, "plain").light
    others = ([light.sun] if light.sun else []) + list(light.lamps)
    assert 0.1 < sum(other.share for other in others) < 0.9
    assert all(lamp.position[2] > 1.5 for lamp in light.lamps)
    for other in others:
        assert np.dot(other.colour, [0.2126, 0.7152, 0.0722]) == pytest.approx(1.0)


@given(st.integers(0, 10**6), st.sampled_from(["wall", "room", "cove"]))
def test_walls_keep_clear_of_all_points_and_stand_where_the_camera_looks(seed, backdrop):
    rng = generator(seed, "points")
    points = rng.uniform(-6, 6, size=(20, 3))
    heading = rng.uniform(-np.pi, np.pi)
    camera = camera_at(points[0], heading)
    scene = draw_scene(
        generator(seed), "sun", "plain", backdrops={backdrop: 1.0}, keep_clear=points, first_camera=camera
    )
    around = scene.around
    assert len(around.walls) == 1 if backdrop != "room" else 2 <= len(around.walls) <= 4
    for wall in around.walls:
        reach = points[:, :2] @ [np.cos(wall.heading_rad), np.sin(wall.heading_rad)]
        assert reach.max() + CLEARANCE_M <= wall.distance_m - around.cove_radius_m + 1e-9
    assert max(np.cos(wall.heading_rad - heading) for wall in around.walls) >= np.cos(0.46)


@given(st.integers(0, 10**6), st.sampled_from(ENVIRONMENTS))
def test_a_wall_is_lit_from_the_cameras_side(seed, environment):
    heading = generator(seed, "heading").uniform(-np.pi, np.pi)
    camera = camera_at((0.0, 0.0, 1.0), heading)
    light = draw_scene(generator(seed), environment, "plain", backdrops={"wall": 1.0}, first_camera=camera).light
    azimuth = light.sun.azimuth_rad if light.sun else np.arctan2(light.lamps[0].position[1], light.lamps[0].position[0])
    assert np.cos(azimuth - heading) <= np.cos(np.pi - 1.21)


@given(st.integers(0, 10**6))
def test_the_walls_of_a_room_are_square_and_go_round_to_the_left(seed):
    walls = draw_scene(generator(seed), "sun", "plain", backdrops={"room": 1.0}).around.walls
    turns = np.diff([wall.heading_rad for wall in walls])
    assert np.allclose(turns, np.pi / 2)


def test_backdrops_follow_their_weights():
    weights = {"open": 3.0, "wall": 1.0, "room": 0.0}
    found = Counter(draw_scene(generator(3, n), "sun", "grass", backdrops=weights).backdrop for n in range(400))
    assert set(found) == {"open", "wall"}
    assert 260 < found["open"] < 340


def test_grass_curves_up_into_a_cove_only_where_nothing_else_is_asked_for():
    names = {draw_scene(generator(4, n), "sun", "grass", backdrops=EQUAL).backdrop for n in range(100)}
    assert names == {"open", "wall", "room"}
    names = {draw_scene(generator(4, n), "sun", "plain", backdrops=EQUAL).backdrop for n in range(100)}
    assert names == set(BACKDROPS)
    assert draw_scene(generator(4), "sun", "grass", backdrops={"cove": 1.0, "wall": 0.0}).backdrop == "cove"


def test_without_weights_the_ground_is_open():
    scene = draw_scene(generator(5), "studio", "checker")
    assert scene.backdrop == "open"
    assert scene.around.walls == ()


@pytest.mark.parametrize(
    "change",
    [
        {"environment": "mars"},
        {"environment": "texture:parquet-00000000"},
        {"environment": "hdri:../x-00000000"},
        {"environment": "hdri:x-0000000"},
        {"environment": "hdri:x-00000000\n"},
        {"floor": "lava"},
        {"floor": "texture:-00000000"},
        {"backdrop": "sea"},
    ],
)
def test_a_name_that_nobody_knows_is_refused_with_those_that_are_known(change):
    scene = draw_scene(generator(6), "sun", "plain")
    with pytest.raises(SceneError, match="known are"):
        replace(scene, **change)


@pytest.mark.parametrize(("weights", "words"), [({"sea": 1.0}, "known are"), ({"wall": 0.0}, "above 0")])
def test_weights_that_name_no_backdrop_are_refused(weights, words):
    with pytest.raises(SceneError, match=words):
        draw_scene(generator(7), "sun", "plain", backdrops=weights)


def test_both_kinds_of_sky_come_back_as_their_own_class():
    gradient = draw_scene(generator(8), "area", "plain").light
    assert isinstance(type(gradient).from_json(gradient.to_json()).sky, Gradient)
    assert draw_scene(generator(8), "city", "plain").light.sky is None
