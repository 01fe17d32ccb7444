"""Camera specs: exact through JSON, refused in one sentence."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from blender_gen.cameras import MOTIONS, CameraSpec
from blender_gen.trajectories import MotionError
from tests.blender_gen.cameras.scenes import SHOT

numbers = st.floats(-1e6, 1e6)


def draw(motion, seed):
    return MOTIONS[motion].draw(np.random.default_rng(seed), SHOT)


@settings(deadline=None)
@given(
    st.builds(draw, st.sampled_from(sorted(MOTIONS)), st.integers(0, 2**64)),
    st.floats(1e-3, 1e3),
    st.tuples(numbers, numbers, numbers),
    st.floats(1e-3, 1e3),
)
def test_a_spec_survives_json_in_every_bit(motion, focal, target, distance):
    spec = CameraSpec(motion, focal, target, distance)
    again = CameraSpec.from_json(json.loads(json.dumps(spec.to_json(), allow_nan=False)))
    assert again == spec and hash(again) == hash(spec)
    poses = [each.build(2.0, 64, 48).world_from_camera([0.0, 0.7, 2.0]) for each in (spec, again)]
    np.testing.assert_array_equal(*poses)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda values: values["motion"].update(name="crane"), "no camera motion called 'crane'"),
        (lambda values: values["motion"]["params"].pop("ramp"), "ramp"),
        (lambda values: values["motion"]["params"].update(ramp=2.0), "from 0 to 0.5"),
        (lambda values: values.update(target=[0.0, 1.0]), "3 numbers"),
        (lambda values: values.update(target=[0.0, 1.0, float("inf")]), "finite number"),
        (lambda values: values.update(focal_widths=0.0), "above 0"),
        (lambda values: values.update(distance_m=-1.0), "above 0"),
        (lambda values: values.pop("distance_m"), "distance_m"),
        (lambda values: values.update(roll_rad=0.0), "focal_widths"),
    ],
)
def test_json_that_is_no_camera_is_refused_with_what_was_expected(change, message):
    values = CameraSpec(draw("orbit", 0), 1.0, (0.0, 0.0, 0.5), 3.0).to_json()
    change(values)
    with pytest.raises(MotionError, match=message):
        CameraSpec.from_json(values)


@pytest.mark.parametrize(
    ("motion", "params", "message"),
    [
        ("dolly", {"travel": 1.5}, "from 0 to 1"),
        ("dolly", {"aim": -0.1}, "from 0 to 1"),
        ("pan", {"turn_rad": [0.1, 0.2]}, "3 numbers"),
        ("pan", {"tilt_rad": 0.1}, "a list of numbers"),
        ("handheld", {"drift": []}, "3 numbers"),
        ("handheld", {"phases_rad": [0.0] * 17}, "18 numbers"),
        ("handheld", {"frequencies_hz": [0.0] * 18}, "above 0"),
    ],
)
def test_parameters_that_no_motion_has_are_refused(motion, params, message):
    values = CameraSpec(draw(motion, 0), 1.0, (0.0, 0.0, 0.5), 3.0).to_json()
    values["motion"]["params"].update(params)
    with pytest.raises(MotionError, match=message):
        CameraSpec.from_json(values)


@pytest.mark.parametrize("duration", [0.0, -1.0, np.nan])
def test_a_clip_without_duration_is_refused(duration):
    with pytest.raises(MotionError, match="longer than 0 s"):
        CameraSpec(draw("still", 0), 1.0, (0.0, 0.0, 0.5), 3.0).build(duration, 64, 48)
