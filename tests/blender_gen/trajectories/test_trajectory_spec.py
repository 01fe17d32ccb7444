"""Trajectory specs: exact through JSON, drawn from the generator alone, refused in one sentence."""

import copy
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from blender_gen.trajectories import FACINGS, FAMILIES, PROFILES, MotionError, TrajectorySpec, draw_trajectory

seeds = st.integers(0, 2**64)
choices = st.tuples(*(st.sampled_from(sorted(names)) for names in (FAMILIES, FACINGS, PROFILES)))


def draw(seed, family="spline", facing="tangent", speed=None):
    return draw_trajectory(np.random.default_rng(seed), family, facing, 0.25, speed=speed)


@settings(deadline=None)
@given(seeds, choices)
def test_a_spec_survives_json_in_every_bit(seed, choice):
    spec = draw(seed, *choice)
    again = TrajectorySpec.from_json(json.loads(json.dumps(spec.to_json(), allow_nan=False)))
    assert again == spec and hash(again) == hash(spec)
    times = np.linspace(0, 2, 9)
    np.testing.assert_array_equal(again.build(2.0).pose(times), spec.build(2.0).pose(times))


@settings(deadline=None)
@given(seeds, choices)
def test_a_draw_has_the_names_that_were_asked_for(seed, choice):
    spec = draw(seed, *choice)
    assert (spec.family.name, spec.facing.name, spec.speed.name) == choice
    assert spec.height_m == 0.25


@settings(deadline=None)
@given(seeds, choices, st.integers(0, 20))
def test_a_draw_is_a_pure_function_of_the_generators_state(seed, choice, before):
    family, facing, _ = choice
    rng = np.random.default_rng(seed)
    rng.random(before)
    twin = copy.deepcopy(rng)
    np.random.default_rng(0).random(5)
    first = draw_trajectory(rng, family, facing, 0.25)
    assert draw_trajectory(twin, family, facing, 0.25) == first
    assert twin.bit_generator.state == rng.bit_generator.state
    assert draw_trajectory(rng, family, facing, 0.25) != first


def test_draws_go_both_ways_bend_to_both_sides_and_use_every_speed():
    drawn = [draw(seed, "circle_arc") for seed in range(60)]
    assert {spec.reverse for spec in drawn} == {True, False}
    assert {np.sign(spec.family.sweep_rad) for spec in drawn} == {-1, 1}
    assert {spec.speed.name for spec in drawn} == set(PROFILES)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda values: values["family"].update(name="zigzag"), "no trajectory family called 'zigzag'"),
        (lambda values: values["facing"].update(name=3), "no facing called 3"),
        (lambda values: values["family"]["params"].pop("sweep_rad"), "radius_m, sweep_rad"),
        (lambda values: values["family"]["params"].update(colour=1.0), "radius_m, sweep_rad"),
        (lambda values: values["family"]["params"].update(radius_m=-1.0), "above 0"),
        (lambda values: values["family"]["params"].update(radius_m=float("nan")), "finite number"),
        (lambda values: values["family"]["params"].update(radius_m=True), "finite number"),
        (lambda values: values["family"]["params"].update(radius_m="1.0"), "finite number"),
        (lambda values: values["family"]["params"].update(radius_m=[1.0, 2.0]), "finite number"),
        (lambda values: values.update(family={"name": "spline", "params": {"x_m": 1, "y_m": 2}}), "a list"),
        (lambda values: values.pop("height_m"), "height_m"),
        (lambda values: values.update(reverse=1), "true or false"),
        (lambda values: values.update(origin_xy=[0.0]), "2 numbers"),
        (lambda values: values.update(speed="constant"), "name, params"),
    ],
)
def test_json_that_is_no_trajectory_is_refused_with_what_was_expected(change, message):
    values = draw(0, "circle_arc", "tangent").to_json()
    change(values)
    with pytest.raises(MotionError, match=message):
        TrajectorySpec.from_json(values)


@pytest.mark.parametrize("names", [("zigzag", "tangent", None), ("line", "up", None), ("line", "fixed", "warp")])
def test_an_unknown_name_is_refused_with_the_known_ones(names):
    family, facing, speed = names
    with pytest.raises(MotionError, match="known are"):
        draw(0, family, facing, speed)
