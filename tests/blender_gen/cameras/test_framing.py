"""Framing: every corner inside the margin at every frame, and one of them on it."""

import copy
import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from blender_gen.cameras import MOTIONS, FramingError, draw_camera, frame_points
from blender_gen.cameras.motion import look_from
from blender_gen.trajectories import FACINGS, FAMILIES, MotionError, draw_trajectory
from dataset_tools.geometry import box_corners, project_world, transform

DURATION = 2.0
TIMES = np.linspace(0, DURATION, 12)
motions = st.sampled_from(sorted(MOTIONS))
seeds = st.integers(0, 2**32)
films = st.sampled_from([(256, 144), (576, 320), (200, 200), (144, 256)])
margins = st.floats(0, 0.3)


@st.composite
def sweeps(draw):
    """Corners (T,K,3) of one or two boxes on random trajectories, resting on the floor."""
    swept = []
    for _ in range(draw(st.integers(1, 2))):
        size = np.array([1.0, draw(st.floats(0.05, 1)), draw(st.floats(0.05, 1))])
        rng = np.random.default_rng(draw(seeds))
        family, facing = draw(st.sampled_from(sorted(FAMILIES))), draw(st.sampled_from(sorted(FACINGS)))
        spec = draw_trajectory(rng, family, facing, size[2] / 2)
        swept.append(transform(spec.build(DURATION).pose(TIMES)[:, None], box_corners(size)))
    return np.concatenate(swept, axis=1)


def rooms(spec, corners, film, margin):
    """Pixels left to the margin at the four sides (4,), least depth, and least height of the camera, in metres."""
    camera = spec.build(DURATION, *film)
    pose = camera.world_from_camera(TIMES)
    px, depth = project_world(corners, pose[:, None], camera.intrinsics)
    low, high = px.min(axis=(0, 1)), px.max(axis=(0, 1))
    inset = margin * np.array(film)
    return np.concatenate([low - inset, film - inset - high]), depth.min(), pose[:, 2, 3].min()


@settings(deadline=None, max_examples=100)
@given(seeds, motions, sweeps(), films, margins)
def test_all_corners_stay_inside_and_touch_the_margin(seed, motion, corners, film, margin):
    spec = draw_camera(np.random.default_rng(seed), motion, corners, TIMES, *film, margin)
    sides, depth, height = rooms(spec, corners, film, margin)
    assert sides.min() >= -1e-6
    assert depth >= 0.3 - 1e-9 and height >= 0.2 - 1e-9
    touches = sides.min() <= 1e-6 or depth <= 0.3 + 1e-9 or height <= 0.2 + 1e-9
    assert touches


@settings(deadline=None, max_examples=60)
@given(seeds, sweeps(), films, margins)
def test_a_still_camera_touches_opposite_sides_and_centres_between_the_others(seed, corners, film, margin):
    spec = draw_camera(np.random.default_rng(seed), "still", corners, TIMES, *film, margin)
    sides, depth, height = rooms(spec, corners, film, margin)
    if depth > 0.31 and height > 0.21:
        pairs = sides.reshape(2, 2).max(axis=0)
        assert pairs.min() <= 1e-3


@settings(deadline=None, max_examples=60)
@given(seeds, motions, sweeps(), films, margins, st.floats(-np.pi, np.pi), st.floats(1e-3, 0.5))
def test_no_camera_near_by_is_closer(seed, motion, corners, film, margin, angle, move):
    spec = draw_camera(np.random.default_rng(seed), motion, corners, TIMES, *film, margin)
    view = spec.motion.view(TIMES / DURATION)
    right = view.rotation[len(TIMES) // 2, :, 0]
    shift = move * (np.cos(angle) * right + np.sin(angle) * np.array([0.0, 0.0, 1.0]))
    closer = spec.distance_m * (1 - 1e-4) - np.mean(view.offset, axis=0) @ shift
    if closer > 0:
        other = dataclasses.replace(spec, target=tuple((np.array(spec.target) + shift).tolist()), distance_m=closer)
        sides, depth, height = rooms(other, corners, film, margin)
        misses = not sides.min() >= 0 or depth < 0.3 or height < 0.2
        assert misses


@settings(deadline=None, max_examples=40)
@given(seeds, motions, sweeps(), st.tuples(st.floats(-50, 50), st.floats(-50, 50)))
def test_the_picture_does_not_depend_on_where_in_the_world_it_happens(seed, motion, corners, offset):
    offset = np.array([*offset, 0.0])
    here = draw_camera(np.random.default_rng(seed), motion, corners, TIMES, 256, 144, 0.06)
    there = draw_camera(np.random.default_rng(seed), motion, corners + offset, TIMES, 256, 144, 0.06)
    assert there.distance_m == pytest.approx(here.distance_m, rel=1e-5)


@settings(deadline=None, max_examples=30)
@given(seeds, motions, sweeps(), st.integers(0, 9))
def test_a_draw_is_a_pure_function_of_the_generators_state(seed, motion, corners, before):
    rng = np.random.default_rng(seed)
    rng.random(before)
    twin = copy.deepcopy(rng)
    first = draw_camera(rng, motion, corners, TIMES, 256, 144, 0.06)
    assert draw_camera(twin, motion, corners, TIMES, 256, 144, 0.06) == first
    assert twin.bit_generator.state == rng.bit_generator.state
    assert first.motion.name == motion


@given(seeds)
@settings(deadline=None, max_examples=40)
def test_fields_of_view_are_drawn_between_30_and_60_degrees(seed):
    spec = draw_camera(np.random.default_rng(seed), "still", np.ones((12, 1, 3)), TIMES, 256, 144, 0.1)
    assert 30 <= np.degrees(2 * np.arctan(0.5 / spec.focal_widths)) <= 60


def test_a_point_on_the_floor_is_seen_from_above_the_floor_and_from_afar_enough():
    points = np.zeros((12, 1, 3))
    framing = frame_points(look_from(np.zeros(12), np.radians(10)), points, 1.0, 0.5, 0.1)
    height = framing.target[2] + framing.distance_m * np.sin(np.radians(10))
    assert height >= 0.2 - 1e-12
    assert framing.distance_m >= 0.3


def test_a_box_seen_level_from_its_side_stands_at_the_distance_of_similar_triangles():
    corners = np.tile(box_corners([2.0, 1.0, 0.2]) + np.array([0.0, 0.0, 5.0]), (3, 1, 1))
    framing = frame_points(look_from(np.full(3, np.pi / 2), np.full(3, 1e-9)), corners, 1.0, 1.0, 0.1)
    assert framing.distance_m == pytest.approx(0.5 + 1.0 / 0.4, rel=1e-6)
    np.testing.assert_allclose(framing.target, [0, 0, 5], atol=1e-5)


def test_times_may_end_before_the_clip_does():
    corners = np.tile(box_corners([1.0, 1.0, 1.0]) + np.array([0.0, 0.0, 0.5]), (12, 1, 1))
    rng, twin = np.random.default_rng(3), np.random.default_rng(3)
    early = draw_camera(rng, "orbit", corners, TIMES / 2, 256, 144, 0.06, duration_s=DURATION)
    whole = draw_camera(twin, "orbit", corners, TIMES, 256, 144, 0.06)
    assert early.motion == whole.motion and early.distance_m != whole.distance_m


@pytest.mark.parametrize(
    ("corners", "times", "margin", "message"),
    [
        (np.zeros((12, 3)), TIMES, 0.1, "expected finite"),
        (np.zeros((12, 0, 3)), TIMES, 0.1, "expected finite"),
        (np.full((12, 8, 3), np.nan), TIMES, 0.1, "expected finite"),
        (np.zeros((11, 8, 3)), TIMES, 0.1, "as many views"),
        (np.zeros((0, 8, 3)), TIMES[:0], 0.1, "expected"),
        (np.zeros((12, 8, 3)), TIMES, 0.5, "margin of 0.5"),
        (np.zeros((12, 8, 3)), TIMES, -0.1, "margin of -0.1"),
    ],
)
def test_what_cannot_be_framed_is_refused(corners, times, margin, message):
    with pytest.raises(FramingError, match=message):
        draw_camera(np.random.default_rng(0), "still", corners, times, 256, 144, margin)


def test_a_view_from_below_is_refused():
    with pytest.raises(FramingError, match="look down"):
        frame_points(look_from(np.zeros(2), np.full(2, -0.3)), np.ones((2, 1, 3)), 1.0, 1.0, 0.1)


def test_an_unknown_motion_is_refused_with_the_known_ones():
    with pytest.raises(MotionError, match="known are still, orbit"):
        draw_camera(np.random.default_rng(0), "crane", np.ones((12, 1, 3)), TIMES, 256, 144, 0.1)
