"""Drawn cameras: what they show stays in the frame, and takes its share of it."""

import copy
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from blender_gen.cameras import MOTIONS, FramingError, draw_camera
from blender_gen.trajectories import MotionError
from dataset_tools.geometry import box_corners, project_world
from tests.blender_gen.cameras.scenes import DURATION, SUB_TIMES, TIMES, films, margins, motions, scenes, seeds, sweeps

BOX = np.tile(box_corners([1.0, 0.5, 0.4]) + np.array([0.0, 0.0, 0.2]), (len(TIMES), 1, 1))
PRINT_DRAWS = """
import numpy as np
from blender_gen.cameras import MOTIONS, draw_camera
from dataset_tools.geometry import box_corners
times = np.arange(16) / 8
corners = box_corners([1.0, 0.5, 0.4]) + np.stack([np.cos(times), np.sin(times), 0.2 + 0 * times], axis=1)[:, None]
for motion in sorted(MOTIONS):
    spec = draw_camera(np.random.default_rng(5), motion, corners, times, 256, 144, 0.06)
    print(spec.to_json(), spec.build(times[-1], 256, 144).world_from_camera(times).tobytes().hex())
"""


def rooms(spec, corners, times, film, margin):
    """Pixels left to the margin at the four sides (4,), least depth, and least height of the camera, in metres."""
    camera = spec.build(DURATION, *film)
    pose = camera.world_from_camera(times)
    px, depth = project_world(corners, pose[:, None], camera.intrinsics)
    low, high = px.min(axis=(0, 1)), px.max(axis=(0, 1))
    inset = margin * np.array(film)
    return np.concatenate([low - inset, film - inset - high]), depth.min(), pose[:, 2, 3].min()


@settings(max_examples=150)
@given(seeds, motions, sweeps, films, margins)
def test_all_corners_stay_inside_the_margin_at_every_frame(seed, motion, corners, film, margin):
    spec = draw_camera(np.random.default_rng(seed), motion, corners, TIMES, *film, margin)
    sides, depth, height = rooms(spec, corners, TIMES, film, margin)
    assert sides.min() >= -1e-6
    assert depth >= 0.3 - 1e-9 and height >= 0.2 - 1e-9


@settings(max_examples=150)
@given(seeds, motions, scenes(), films, st.floats(0.06, 0.3))
def test_with_the_middles_between_frames_all_corners_stay_inside_the_frame_at_all_times(
    seed, motion, corners, film, margin
):
    halves = np.linspace(0, DURATION, 2 * len(TIMES) - 1)
    spec = draw_camera(np.random.default_rng(seed), motion, corners(halves), halves, *film, margin)
    sides, depth, height = rooms(spec, corners(SUB_TIMES), SUB_TIMES, film, 0.0)
    assert sides.min() >= 0
    assert depth > 0.2 and height > 0.15


@settings(max_examples=40)
@given(seeds, motions, sweeps, st.tuples(st.floats(-50, 50), st.floats(-50, 50)))
def test_the_picture_does_not_depend_on_where_in_the_world_it_happens(seed, motion, corners, offset):
    offset = np.array([*offset, 0.0])
    here = draw_camera(np.random.default_rng(seed), motion, corners, TIMES, 256, 144, 0.06)
    there = draw_camera(np.random.default_rng(seed), motion, corners + offset, TIMES, 256, 144, 0.06)
    assert there.distance_m == pytest.approx(here.distance_m, rel=1e-4)


@settings(max_examples=30)
@given(seeds, motions, sweeps, st.integers(0, 9))
def test_a_draw_is_a_pure_function_of_the_generators_state(seed, motion, corners, before):
    rng = np.random.default_rng(seed)
    rng.random(before)
    twin = copy.deepcopy(rng)
    first = draw_camera(rng, motion, corners, TIMES, 256, 144, 0.06)
    assert draw_camera(twin, motion, corners.copy(order="F"), TIMES, 256, 144, 0.06) == first
    assert twin.bit_generator.state == rng.bit_generator.state
    assert first.motion.name == motion


def test_every_process_draws_the_same_bits():
    texts = {
        subprocess.run(
            [sys.executable, "-c", PRINT_DRAWS],
            env={"PYTHONHASHSEED": seed},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(texts) == 1
    assert len(texts.pop().splitlines()) == len(MOTIONS)


@settings(max_examples=40)
@given(seeds, motions)
def test_fields_of_view_are_drawn_between_20_and_70_degrees(seed, motion):
    spec = draw_camera(np.random.default_rng(seed), motion, BOX, TIMES, 256, 144, 0.1)
    assert 20 <= np.degrees(2 * np.arctan(0.5 / spec.focal_widths)) <= 70


def test_a_box_that_stands_alone_takes_varied_shares_of_the_frame_and_visits_all_of_it():
    areas, centres = [], []
    for seed in range(60):
        camera = draw_camera(np.random.default_rng(seed), "still", BOX, TIMES, 256, 144, 0.06).build(DURATION, 256, 144)
        px, _ = project_world(BOX[0], camera.world_from_camera(0.0), camera.intrinsics)
        low, high = px.min(axis=0) / (256, 144), px.max(axis=0) / (256, 144)
        areas.append(np.prod(high - low))
        centres.append((low + high) / 2)
    assert 0.05 < min(areas) < 0.15 and 0.3 < max(areas) < 0.5
    assert 0.12 < np.median(areas) < 0.3
    counts, _, _ = np.histogram2d(*np.transpose(centres), bins=3, range=((0, 1), (0, 1)))
    assert counts.sum(axis=0).min() > 3 and counts.sum(axis=1).min() > 3


def test_times_may_end_before_the_clip_does():
    rng, twin = np.random.default_rng(3), np.random.default_rng(3)
    early = draw_camera(rng, "orbit", BOX, TIMES / 2, 256, 144, 0.06, duration_s=DURATION)
    whole = draw_camera(twin, "orbit", BOX, TIMES, 256, 144, 0.06)
    assert early.motion == whole.motion and early.distance_m != whole.distance_m


@pytest.mark.parametrize(
    ("corners", "times", "message"),
    [
        (np.zeros((16, 3)), TIMES, "expected"),
        (np.zeros((16, 7, 3)), TIMES, "not those of boxes"),
        (np.zeros((16, 8, 3)), np.float64(1.0), "times of shape"),
        (np.zeros((16, 8, 3)), TIMES[:0], "times of shape"),
    ],
)
def test_what_are_no_boxes_over_time_is_refused(corners, times, message):
    with pytest.raises(FramingError, match=message):
        draw_camera(np.random.default_rng(0), "still", corners, times, 256, 144, 0.1)


def test_an_unknown_motion_is_refused_with_the_known_ones():
    with pytest.raises(MotionError, match="known are still, orbit, dolly, pan, handheld"):
        draw_camera(np.random.default_rng(0), "crane", BOX, TIMES, 256, 144, 0.1)
