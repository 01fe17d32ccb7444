"""Families of paths: smooth, of a plausible size, registered under their names."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from blender_gen.trajectories import FAMILIES, MotionError
from blender_gen.trajectories.arc_length import ArcLength
from blender_gen.trajectories.circle_arc import CircleArc
from blender_gen.trajectories.line import Line
from blender_gen.trajectories.s_curve import SCurve
from blender_gen.trajectories.spline import Spline

seeds = st.integers(0, 2**32)
families = st.sampled_from(sorted(FAMILIES))


def draw(family, seed, extent_m=1.0):
    return FAMILIES[family].draw(np.random.default_rng(seed), extent_m)


def test_each_family_is_registered_under_its_own_name():
    assert {name: kind.name for name, kind in FAMILIES.items()} == {name: name for name in FAMILIES}
    assert set(FAMILIES) >= {"circle_arc", "s_curve", "line", "spline"}


@settings(deadline=None, max_examples=60)
@given(families, seeds)
def test_derivative_is_the_limit_of_differences_everywhere_breaks_included(family, seed):
    path = draw(family, seed)
    step = 1e-6
    u = np.concatenate([np.linspace(step, 1 - step, 101), path.breaks])
    differences = (path.position(u + step) - path.position(u - step)) / (2 * step)
    speed = np.linalg.norm(path.derivative(u), axis=-1)
    assert np.abs(differences - path.derivative(u)).max() <= 1e-6 * speed.max()


@settings(deadline=None, max_examples=60)
@given(families, seeds)
def test_position_and_derivative_have_no_jump(family, seed):
    path = draw(family, seed)
    step = 1e-9
    u = np.concatenate([np.linspace(step, 1 - step, 101), path.breaks])
    scale = np.linalg.norm(path.derivative(u), axis=-1).max()
    for curve in (path.position, path.derivative):
        assert np.abs(curve(u + step) - curve(u - step)).max() <= 1e-6 * scale


@settings(deadline=None, max_examples=60)
@given(families, seeds)
def test_drawn_paths_are_between_one_and_a_half_and_five_metres_long_and_never_stop(family, seed):
    path = draw(family, seed)
    assert 1.5 - 1e-9 <= ArcLength(path).total_m <= 5 + 1e-9
    assert np.linalg.norm(path.derivative(np.linspace(0, 1, 201)), axis=-1).min() > 0.5


@settings(deadline=None, max_examples=40)
@given(families, seeds, st.floats(0.1, 10))
def test_a_path_scales_with_the_object(family, seed, extent):
    u = np.linspace(0, 1, 17)
    np.testing.assert_allclose(
        draw(family, seed, extent).position(u), extent * draw(family, seed).position(u), atol=1e-12 * extent
    )


@settings(deadline=None, max_examples=60)
@given(families, seeds)
def test_the_focus_is_off_the_path_and_the_origin_in_its_midst(family, seed):
    path = draw(family, seed)
    points = path.position(np.linspace(0, 1, 501))
    assert np.linalg.norm(points - path.focus, axis=-1).min() > 0.25
    assert np.linalg.norm(points, axis=-1).max() < 0.55 * ArcLength(path).total_m


@given(st.floats(0.1, 10), st.floats(-6, 6).filter(lambda angle: abs(angle) > 0.01))
def test_a_circle_arc_keeps_its_radius_and_bends_to_the_side_of_its_sweep(radius, sweep):
    arc = CircleArc(radius, sweep)
    points = arc.position(np.linspace(0, 1, 33))
    np.testing.assert_allclose(np.linalg.norm(points - arc.focus, axis=-1), radius, rtol=1e-12)
    assert np.sign(arc.focus[1]) == np.sign(sweep)
    before, after = arc.derivative(0.0), arc.derivative(1e-3)
    assert np.sign(np.cross(before, after)[2]) == np.sign(sweep)


def test_an_s_curve_bends_once_to_each_side():
    velocity = SCurve(3.0, 0.5).derivative(np.linspace(0, 1, 1001))
    bends = np.sign(np.diff(np.arctan2(velocity[:, 1], velocity[:, 0])))
    assert np.count_nonzero(np.diff(bends)) == 1


def test_a_spline_stays_inside_the_extent_of_its_control_points():
    spline = Spline((0.0, 1.0, 2.0, 1.0, 0.0), (0.0, 1.0, 0.0, -1.0, 0.0))
    points = spline.position(np.linspace(0, 1, 201))
    assert points[:, 0].min() >= 0 and points[:, 0].max() <= 2
    assert np.abs(points[:, 1]).max() <= 1


@pytest.mark.parametrize(
    "bad",
    [
        lambda: CircleArc(0.0, 1.0),
        lambda: CircleArc(1.0, 0.0),
        lambda: Line(-1.0),
        lambda: SCurve(0.0, 1.0),
        lambda: Spline((0.0, 1.0, 2.0), (0.0, 1.0, 2.0)),
        lambda: Spline((0.0, 1.0, 2.0, 3.0), (0.0, 1.0, 2.0)),
    ],
)
def test_numbers_that_make_no_path_are_refused(bad):
    with pytest.raises(MotionError, match="should be"):
        bad()
