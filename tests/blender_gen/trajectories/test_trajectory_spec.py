"""Trajectory specs: exact through JSON, refused in one sentence."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from blender_gen.trajectories import FAMILIES, PROFILES, MotionError, TrajectorySpec, draw_trajectory

BOX = (1.0, 0.5, 0.4)
SPEEDS = dict.fromkeys(PROFILES, 1.0)
seeds = st.integers(0, 2**64)
choices = st.sampled_from([(family, name) for family, kind in FAMILIES.items() for name in kind.facings])


def draw(seed, family, facing, speeds=SPEEDS):
    """Draw a spec with this family and facing."""
    wanted = "tangent" if facing == "bank" else facing
    rng = np.random.default_rng(seed)
    return draw_trajectory(rng, family, BOX, facings={wanted: 1.0}, speeds=speeds, flies=facing == "bank")


@given(seeds, choices, st.sampled_from(sorted(PROFILES)))
def test_a_spec_survives_json_in_every_bit(seed, choice, speed):
    spec = draw(seed, *choice, {speed: 1.0})
    assert (spec.family.name, spec.facing.name, spec.speed.name) == (*choice, speed)
    again = TrajectorySpec.from_json(json.loads(json.dumps(spec.to_json(), allow_nan=False)))
    assert again == spec and hash(again) == hash(spec)
    times = np.linspace(0, 2, 9)
    np.testing.assert_array_equal(again.build(2.0).pose(times), spec.build(2.0).pose(times))


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
