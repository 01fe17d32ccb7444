"""Framing: every corner inside the margin at every frame, as close as it may or farther off."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from blender_gen.cameras import MOTIONS, Framing, FramingError, Shot, closest_depth, frame, hold
from blender_gen.cameras.motion import look_from
from blender_gen.cameras.pan import Pan
from dataset_tools.geometry import box_corners
from tests.blender_gen.cameras.scenes import DURATION, TIMES, films, margins, motions, seeds, sweeps

shots = st.builds(
    lambda corners, focal, film, margin: Shot(corners, TIMES, DURATION, focal, film[1] / film[0], margin),
    sweeps,
    st.floats(0.7, 2.8),
    films,
    margins,
)


def drawn(motion, seed, shot):
    """A motion drawn for a shot and made as small as the shot needs, and its view at the shot's times."""
    shape = hold(MOTIONS[motion].draw(np.random.default_rng(seed), shot), shot)
    return shape, shape.view(TIMES, DURATION)


def seen(view, framing, points):
    """Points (T,K,3) in the camera's axes."""
    camera = np.array(framing.target) + framing.distance_m * view.offset
    return np.einsum("tji,tkj->tki", view.rotation, points - camera[:, None])


def spare(view, framing, shot):
    """Shares of the frame's size left to the margin at its four sides (4,): left, top, right, bottom."""
    points = seen(view, framing, shot.points)
    assert points[..., 2].min() > 0
    film = points[..., :2] / points[..., 2:] * shot.focal_widths / np.array([1.0, shot.aspect])
    inset = 0.5 - shot.margin
    return np.concatenate([film.min(axis=(0, 1)) + inset, inset - film.max(axis=(0, 1))])


def bounds(view, framing, shot):
    """Spare shares at the four sides, depth beyond the least and height above the lowest in metres: all (6,) >= 0."""
    height = framing.target[2] + framing.distance_m * view.offset[:, 2].min()
    return np.append(spare(view, framing, shot), [seen(view, framing, shot.points)[..., 2].min() - 0.3, height - 0.2])


def depth_of_middle(view, framing, shot):
    return seen(view, framing, np.broadcast_to(shot.centre, (len(TIMES), 1, 3)))[..., 2].mean()


@settings(max_examples=100)
@given(seeds, motions, shots)
def test_the_closest_framing_holds_all_corners_and_touches_a_bound(seed, motion, shot):
    _, view = drawn(motion, seed, shot)
    found = bounds(view, frame(view, shot), shot)
    assert found.min() >= -1e-8
    assert found.min() <= 1e-8


@settings(max_examples=100)
@given(seeds, motions, shots, st.floats(1, 3), st.tuples(st.floats(0, 1), st.floats(0, 1)))
def test_farther_off_and_anywhere_in_the_room_it_still_holds_them(seed, motion, shot, room, place):
    _, view = drawn(motion, seed, shot)
    framing = frame(view, shot, room, place)
    assert bounds(view, framing, shot).min() >= -1e-8
    expected = room * closest_depth(view, shot)
    assert depth_of_middle(view, framing, shot) == pytest.approx(expected, rel=1e-4)


@settings(max_examples=60)
@given(seeds, shots, st.floats(1.05, 2), st.floats(0.01, 0.99))
def test_the_place_goes_from_the_left_to_the_right_and_from_the_top_to_the_bottom(seed, shot, room, across):
    _, view = drawn("still", seed, shot)
    left, right = (spare(view, frame(view, shot, room, (place, 0.5)), shot) for place in (0, 1))
    top, bottom = (bounds(view, frame(view, shot, room, (across, place)), shot) for place in (0, 1))
    assert abs(left[0]) <= 1e-6 and abs(right[2]) <= 1e-6
    assert min(abs(bottom[3]), abs(bottom[4])) <= 1e-6
    assert min(abs(top[1]), abs(top[5])) <= 1e-6


@settings(max_examples=60)
@given(seeds, shots)
def test_the_closest_still_camera_touches_opposite_sides(seed, shot):
    _, view = drawn("still", seed, shot)
    found = bounds(view, frame(view, shot), shot)
    if found[4:].min() > 1e-3:
        assert found[:4].reshape(2, 2).max(axis=0).min() <= 1e-5


@settings(max_examples=60)
@given(seeds, motions, shots, st.floats(-np.pi, np.pi), st.floats(1e-3, 0.5))
def test_no_camera_near_by_is_closer(seed, motion, shot, angle, move):
    _, view = drawn(motion, seed, shot)
    framing = frame(view, shot)
    right = view.rotation[len(TIMES) // 2, :, 0]
    target = np.array(framing.target) + move * (np.cos(angle) * right + np.sin(angle) * np.array([0.0, 0.0, 1.0]))
    moved = Framing(tuple(target), framing.distance_m)
    per_distance = depth_of_middle(view, Framing(tuple(target), framing.distance_m + 1), shot)
    per_distance -= depth_of_middle(view, moved, shot)
    excess = depth_of_middle(view, moved, shot) - (1 - 1e-4) * depth_of_middle(view, framing, shot)
    closer = Framing(tuple(target), framing.distance_m - excess / per_distance)
    points = seen(view, closer, shot.points)
    misses = closer.distance_m <= 0 or points[..., 2].min() < 0.3 or bounds(view, closer, shot).min() < 0
    assert misses


@settings(max_examples=60)
@given(seeds, motions, shots)
def test_no_motion_stands_more_than_half_as_far_again_as_without_moving(seed, motion, shot):
    shape, view = drawn(motion, seed, shot)
    steady = shape.scaled(0.0).view(TIMES, DURATION)
    assert closest_depth(view, shot) <= 1.5 * closest_depth(steady, shot) * (1 + 1e-6)


def test_a_point_on_the_floor_is_seen_from_above_the_floor_and_from_afar_enough():
    framing = frame(look_from(np.zeros(16), np.radians(10)), Shot(np.zeros((16, 1, 3)), TIMES, DURATION, 1.0, 0.5, 0.1))
    height = framing.target[2] + framing.distance_m * np.sin(np.radians(10))
    assert height >= 0.2 - 1e-12
    assert framing.distance_m >= 0.3


def test_a_box_seen_level_from_its_side_stands_at_the_distance_of_similar_triangles():
    corners = np.tile(box_corners([2.0, 1.0, 0.2]) + np.array([0.0, 0.0, 5.0]), (16, 1, 1))
    view = look_from(np.full(16, np.pi / 2), np.full(16, 1e-9))
    framing = frame(view, Shot(corners, TIMES, DURATION, 1.0, 1.0, 0.1))
    assert framing.distance_m == pytest.approx(0.5 + 1.0 / 0.4, rel=1e-5)
    np.testing.assert_allclose(framing.target, [0, 0, 5], atol=1e-4)


@pytest.mark.parametrize(
    "view",
    [look_from(np.zeros(16), np.full(16, -0.3)), Pan(0.0, 0.4, (0.8, 0.0, 0.0), (0.0, 0.0, 0.0)).view(TIMES, DURATION)],
)
def test_a_view_from_below_or_past_its_target_is_refused(view):
    with pytest.raises(FramingError, match="look down"):
        frame(view, Shot(np.ones((16, 1, 3)), TIMES, DURATION, 1.0, 1.0, 0.1))


@pytest.mark.parametrize(
    ("points", "times", "margin", "message"),
    [
        (np.zeros((16, 3)), TIMES, 0.1, "expected finite"),
        (np.zeros((16, 0, 3)), TIMES, 0.1, "expected finite"),
        (np.full((16, 8, 3), np.nan), TIMES, 0.1, "expected finite"),
        (np.zeros((11, 8, 3)), TIMES, 0.1, "as many times"),
        (np.zeros((0, 8, 3)), TIMES[:0], 0.1, "expected finite"),
        (np.zeros((16, 8, 3)), TIMES, 0.5, "margin of 0.5"),
        (np.zeros((16, 8, 3)), TIMES, -0.1, "margin of -0.1"),
    ],
)
def test_what_cannot_be_framed_is_refused(points, times, margin, message):
    with pytest.raises(FramingError, match=message):
        Shot(points, times, DURATION, 1.0, 1.0, margin)
