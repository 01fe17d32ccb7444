"""Drawn trajectories: what was asked for, above or on the floor, and varied."""

import copy
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from blender_gen.trajectories import FACINGS, FAMILIES, PROFILES, MotionError, draw_trajectory
from dataset_tools.geometry import box_corners, transform

FACING_WEIGHTS = {"tangent": 4.0, "free_spin": 1.0, "fixed": 1.0}
SPEED_WEIGHTS = {"constant": 2.0, "ease": 1.0, "stop_and_go": 1.0}
seeds = st.integers(0, 2**64)
families = st.sampled_from(sorted(FAMILIES))
boxes = st.tuples(*[st.floats(0.05, 2)] * 3)


def draw(rng, family, box=(1.0, 0.5, 0.4), facings=FACING_WEIGHTS, speeds=SPEED_WEIGHTS, **more):
    return draw_trajectory(rng, family, box, facings=facings, speeds=speeds, **more)


def many(family, count=120, **more):
    rng = np.random.default_rng(5)
    return [draw(rng, family, **more) for _ in range(count)]


@settings(max_examples=60)
@given(seeds, families, boxes, st.booleans(), st.integers(0, 20))
def test_a_draw_is_a_pure_function_of_the_generators_state(seed, family, box, flies, before):
    rng = np.random.default_rng(seed)
    rng.random(before)
    twin = copy.deepcopy(rng)
    np.random.default_rng(0).random(5)
    first = draw(rng, family, box, flies=flies)
    again = draw(twin, family, box, facings=dict(reversed(FACING_WEIGHTS.items())), flies=flies)
    assert again == first
    assert twin.bit_generator.state == rng.bit_generator.state
    assert draw(rng, family, box, flies=flies) != first


@settings(max_examples=150)
@given(seeds, families, boxes, st.booleans(), st.floats(0.3, 1.5))
def test_the_box_stands_on_the_floor_or_clears_it_at_all_times(seed, family, box, flies, path_scale):
    spec = draw(np.random.default_rng(seed), family, box, flies=flies, path_scale=path_scale)
    pose = spec.build(2.0).pose(np.linspace(0, 2, 1501))
    lowest = transform(pose[:, None], box_corners(box))[..., 2].min(axis=1)
    if spec.family.on_floor:
        np.testing.assert_allclose(lowest, 0, atol=1e-12)
    else:
        assert 0.0499 < lowest.min() <= 0.05 + 0.35 * max(box) + 1e-9


@settings(max_examples=60)
@given(seeds, families, st.floats(0.3, 3), st.floats(0.3, 2))
def test_a_path_has_the_size_of_the_longest_side_and_of_its_scale(seed, family, side, path_scale):
    one = draw(np.random.default_rng(seed), family, (0.5, 1.0, 0.4))
    other = draw(np.random.default_rng(seed), family, (0.5 * side, side, 0.4 * side), path_scale=path_scale)
    length = one.build(1.0).length_m
    assert other.build(1.0).length_m == pytest.approx(side * path_scale * length, rel=1e-9)


def test_facings_follow_the_weights_of_those_that_the_family_can_take():
    drawn = Counter(spec.facing.name for spec in many("ellipse", 600))
    assert set(drawn) == set(FACING_WEIGHTS)
    assert 330 < drawn["tangent"] < 470


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_where_no_weighted_facing_fits_any_of_the_familys_own_is_taken(family):
    drawn = {spec.facing.name for spec in many(family, facings={"free_spin": 0.0})}
    assert drawn == set(FAMILIES[family].facings) - {"bank"}


def test_turntables_always_spin_and_tumbling_things_always_tumble():
    assert {spec.facing.name for spec in many("turntable")} == {"free_spin"}
    assert {spec.facing.name for spec in many("tumble", flies=True)} == {"tumble"}


def test_what_flies_banks_in_the_air_and_taxis_on_the_floor():
    assert {spec.facing.name for spec in many("helix", flies=True)} == {"bank", "free_spin", "fixed"}
    assert {spec.facing.name for spec in many("helix")} == {"tangent", "free_spin", "fixed"}
    for family, kind in FAMILIES.items():
        if kind.on_floor:
            assert not {"bank", "tumble"} & {spec.facing.name for spec in many(family, 30, flies=True)}


def test_an_object_with_no_known_front_never_banks():
    drawn = {spec.facing.name for spec in many("helix", facings={"free_spin": 3.0, "fixed": 2.0}, flies=True)}
    assert drawn == {"free_spin", "fixed"}


def test_draws_go_both_ways_in_all_directions_and_use_every_speed():
    for family in FAMILIES:
        drawn = many(family, 200)
        assert {spec.reverse for spec in drawn} == {True, False}
        assert {spec.speed.name for spec in drawn} == set(PROFILES)
        octants = Counter(int((spec.heading_rad + np.pi) // (np.pi / 4)) for spec in drawn)
        assert set(octants) == set(range(8))


@pytest.mark.parametrize(
    ("family", "least", "most"),
    [
        ("turntable", 60, 360),
        ("tumble", 60, 360),
        ("helix", 150, 360),
        ("spiral", 220, 450),
        ("figure_eight", 400, 500),
    ],
)
def test_families_that_are_there_to_turn_turn_far(family, least, most):
    turned = [spec.build(2.0).rotation_deg for spec in many(family, 40, facings={"tangent": 1.0}, flies=True)]
    assert min(turned) >= least and max(turned) >= most


def test_circle_arcs_turn_driving_objects_by_60_degrees_to_more_than_a_whole_turn():
    turned = [abs(np.degrees(spec.family.sweep_rad)) for spec in many("circle_arc", 200)]
    assert 60 <= min(turned) < 90 and 400 < max(turned) <= 420


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"family": "zigzag"}, "no trajectory family called 'zigzag'; known are circle_arc"),
        ({"facings": {"up": 1.0}}, "no facing called 'up'; known are tangent"),
        ({"speeds": {"warp": 1.0}}, "no speed profile called 'warp'; known are constant"),
        ({"speeds": {"ease": 0.0}}, "at least one above 0"),
        ({"speeds": {}}, "at least one above 0"),
        ({"box": (1.0, 1.0)}, "three edges"),
        ({"box": (0.0, 0.0, 0.0)}, "three edges"),
    ],
)
def test_what_cannot_be_drawn_is_refused(change, message):
    with pytest.raises(MotionError, match=message):
        draw(np.random.default_rng(0), **{"family": "line", **change})


def test_every_registered_facing_occurs():
    drawn = {
        spec.facing.name
        for family in FAMILIES
        for flies in (True, False)
        for spec in many(family, 40, facings=dict.fromkeys(FACINGS, 1.0), flies=flies)
    }
    assert drawn == set(FACINGS)
