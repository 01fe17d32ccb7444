"""Families of paths: smooth, of a plausible size, registered under their names."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from blender_gen.trajectories import FACINGS, FAMILIES, MotionError
from blender_gen.trajectories.arc_length import ArcLength
from blender_gen.trajectories.circle_arc import CircleArc
from blender_gen.trajectories.ellipse import Ellipse
from blender_gen.trajectories.figure_eight import FigureEight
from blender_gen.trajectories.helix import Helix
from blender_gen.trajectories.line import Line
from blender_gen.trajectories.s_curve import SCurve
from blender_gen.trajectories.spiral import Spiral
from blender_gen.trajectories.spline import Spline
from blender_gen.trajectories.tumble import Tumble
from blender_gen.trajectories.turntable import Turntable

NAMES = {
    "circle_arc",
    "s_curve",
    "ellipse",
    "figure_eight",
    "spiral",
    "spline",
    "line",
    "turntable",
    "tumble",
    "helix",
}
seeds = st.integers(0, 2**32)
families = st.sampled_from(sorted(FAMILIES))
sweeps = st.floats(-7, 7).filter(lambda angle: abs(angle) > 0.01)


def draw(family, seed, extent_m=1.0):
    return FAMILIES[family].draw(np.random.default_rng(seed), extent_m)


def curvature(path, u, step=1e-6):
    """Signed curvature seen from above, by differences of the direction."""
    before, after = path.derivative(u - step), path.derivative(u + step)
    turned = np.cross(before, after)[..., 2] / np.linalg.norm(before[..., :2], axis=-1) ** 2
    return turned / (2 * step) / np.linalg.norm(path.derivative(u)[..., :2], axis=-1)


def test_each_family_is_registered_under_its_own_name():
    assert {name: kind.name for name, kind in FAMILIES.items()} == {name: name for name in FAMILIES}
    assert set(FAMILIES) >= NAMES


def test_facings_that_families_name_are_registered():
    assert {name: kind.name for name, kind in FACINGS.items()} == {name: name for name in FACINGS}
    assert {name for kind in FAMILIES.values() for name in kind.facings} == set(FACINGS)


def test_only_what_is_in_the_air_banks_or_tumbles():
    assert {name for name, kind in FAMILIES.items() if not kind.on_floor} == {"tumble", "helix"}
    for kind in FAMILIES.values():
        assert not (kind.on_floor and {"bank", "tumble"} & set(kind.facings))


@settings(max_examples=100)
@given(families, seeds)
def test_derivative_is_the_limit_of_differences_everywhere_breaks_included(family, seed):
    path = draw(family, seed)
    step = 1e-6
    u = np.concatenate([np.linspace(step, 1 - step, 101), path.breaks])
    differences = (path.position(u + step) - path.position(u - step)) / (2 * step)
    speed = np.linalg.norm(path.derivative(u), axis=-1)
    assert np.abs(differences - path.derivative(u)).max() <= 1e-6 * speed.max()


@settings(max_examples=100)
@given(families, seeds)
def test_derivatives_from_the_left_and_from_the_right_agree(family, seed):
    path = draw(family, seed)
    step = 1e-4
    u = np.concatenate([np.linspace(2 * step, 1 - 2 * step, 101), path.breaks])
    here, speed = path.position(u), np.linalg.norm(path.derivative(u), axis=-1).max()
    right, left = (
        sign * (4 * path.position(u + sign * step) - path.position(u + 2 * sign * step) - 3 * here) / (2 * step)
        for sign in (1, -1)
    )
    assert np.abs(right - left).max() <= 2e-4 * speed


@settings(max_examples=100)
@given(families, seeds)
def test_position_and_derivative_have_no_jump(family, seed):
    path = draw(family, seed)
    step = 1e-9
    u = np.concatenate([np.linspace(step, 1 - step, 101), path.breaks])
    scale = np.linalg.norm(path.derivative(u), axis=-1).max()
    for curve in (path.position, path.derivative):
        assert np.abs(curve(u + step) - curve(u - step)).max() <= 1e-6 * scale


@settings(max_examples=100)
@given(families, seeds)
def test_drawn_paths_stay_in_place_or_are_of_a_plausible_length_and_never_stop(family, seed):
    path = draw(family, seed)
    u = np.linspace(0, 1, 501)
    speed, length = np.linalg.norm(path.derivative(u), axis=-1), ArcLength(path).total_m
    if length:
        assert 1.5 - 1e-9 <= length <= 8
        assert speed.min() > 0.5
    else:
        assert family in ("turntable", "tumble")
        assert not speed.any() and not np.ptp(path.position(u), axis=0).any()
    assert np.ptp(path.position(u), axis=0).max() <= 5


@settings(max_examples=60)
@given(families, seeds)
def test_families_on_the_floor_are_level_and_the_others_touch_their_own_zero(family, seed):
    path = draw(family, seed)
    height = path.position(np.linspace(0, 1, 501))[:, 2]
    assert height.min() == 0
    assert not (path.on_floor and height.any())


@settings(max_examples=60)
@given(families, seeds, st.floats(0.1, 10))
def test_a_path_scales_with_the_object(family, seed, extent):
    u = np.linspace(0, 1, 17)
    np.testing.assert_allclose(
        draw(family, seed, extent).position(u), extent * draw(family, seed).position(u), atol=1e-12 * extent
    )


@settings(max_examples=100)
@given(families, seeds)
def test_the_focus_is_off_the_path_and_the_origin_in_its_midst(family, seed):
    path = draw(family, seed)
    points = path.position(np.linspace(0, 1, 501))
    assert np.linalg.norm((points - path.focus)[:, :2], axis=-1).min() > 0.25
    assert np.linalg.norm(points[:, :2], axis=-1).max() <= 0.55 * ArcLength(path).total_m


@pytest.mark.parametrize("family", ["circle_arc", "ellipse", "spiral", "helix"])
def test_turns_go_both_ways_and_from_less_than_half_to_more_than_a_whole_one(family):
    sweeps = np.degrees([draw(family, seed).sweep_rad for seed in range(100)])
    assert sweeps.min() < -360 and sweeps.max() > 360
    least = {"circle_arc": 60, "ellipse": 150, "spiral": 270, "helix": 180}[family]
    assert least <= np.abs(sweeps).min() < least + 60


@settings(max_examples=60)
@given(seeds, st.floats(0.01, 0.99))
def test_a_family_that_may_bank_says_how_it_bends(seed, u):
    for family, kind in FAMILIES.items():
        path = draw(family, seed)
        if "bank" not in kind.facings:
            with pytest.raises(MotionError, match="does not say how it bends"):
                path.bend(u)
            continue
        slope = np.linalg.norm(path.derivative(u)[:2]) / np.linalg.norm(path.derivative(u))
        assert path.bend(u) == pytest.approx(curvature(path, u) * slope**2, rel=1e-6)


@given(st.floats(0.1, 10), sweeps)
def test_a_circle_arc_keeps_its_radius_and_bends_to_the_side_of_its_sweep(radius, sweep):
    arc = CircleArc(radius, sweep)
    points = arc.position(np.linspace(0, 1, 33))
    np.testing.assert_allclose(np.linalg.norm(points - arc.focus, axis=-1), radius, rtol=1e-12)
    assert np.sign(arc.focus[1]) == np.sign(sweep)
    before, after = arc.derivative(0.0), arc.derivative(1e-3)
    assert np.sign(np.cross(before, after)[2]) == np.sign(sweep)


@given(st.floats(0.2, 5), st.floats(0.2, 5), sweeps)
def test_points_of_an_ellipse_solve_its_equation(along, across, sweep):
    path = Ellipse(along, across, sweep)
    offset = path.position(np.linspace(0, 1, 33)) - path.focus
    np.testing.assert_allclose((offset[:, 0] / along) ** 2 + (offset[:, 1] / across) ** 2, 1, rtol=1e-12)
    assert np.sign(curvature(path, 0.5)) == np.sign(sweep)


@given(st.floats(0.2, 5), st.floats(0.1, 2), st.sampled_from([-1, 1]), st.floats(-2, 2))
def test_points_of_a_figure_eight_solve_the_equation_of_a_stretched_lemniscate_of_gerono(along, across, side, middle):
    path = FigureEight(along, side * across, middle)
    points = path.position(np.linspace(0, 1, 33))
    x, y = points[:, 0] / along, points[:, 1] / (2 * across)
    np.testing.assert_allclose(y**2, x**2 * (1 - x**2), atol=1e-12)
    np.testing.assert_allclose(path.position(0.0), path.position(1.0), atol=1e-12 * along)


def test_a_figure_eight_turns_as_far_to_the_left_as_to_the_right():
    velocity = FigureEight(1.0, 0.5, 0.3).derivative(np.linspace(0, 1, 4001))
    turns = np.diff(np.unwrap(np.arctan2(velocity[:, 1], velocity[:, 0])))
    assert turns.sum() == pytest.approx(0, abs=1e-9)
    assert turns[turns > 0].sum() == pytest.approx(np.pi + 2 * np.pi / 4, abs=1e-3)


@given(st.floats(0.1, 3), st.floats(0.1, 3), sweeps)
def test_the_radius_of_a_spiral_grows_in_proportion_to_its_angle(inner, outer, sweep):
    points = Spiral(inner, outer, sweep).position(np.linspace(0, 1, 401))
    radius = np.linalg.norm(points, axis=-1)
    np.testing.assert_allclose(radius, np.linspace(inner, outer, 401), rtol=1e-12)
    angle = np.unwrap(np.arctan2(points[:, 1], points[:, 0]))
    np.testing.assert_allclose(angle - angle[0], np.linspace(0, sweep, 401), atol=1e-9)


@given(st.floats(0.1, 3), sweeps, st.floats(0, 2))
def test_a_helix_is_a_circle_from_above_and_climbs_evenly(radius, sweep, rise):
    points = Helix(radius, sweep, rise).position(np.linspace(0, 1, 33))
    circle = CircleArc(radius, sweep).position(np.linspace(0, 1, 33))
    np.testing.assert_allclose(points[:, :2], circle[:, :2], atol=1e-12)
    np.testing.assert_allclose(points[:, 2], np.linspace(0, rise, 33), atol=1e-12)


def test_an_s_curve_bends_once_to_each_side():
    velocity = SCurve(3.0, 0.5).derivative(np.linspace(0, 1, 1001))
    bends = np.sign(np.diff(np.arctan2(velocity[:, 1], velocity[:, 0])))
    assert np.count_nonzero(np.diff(bends)) == 1


def test_a_spline_stays_inside_the_extent_of_its_control_points():
    spline = Spline((0.0, 1.0, 2.0, 1.0, 0.0), (0.0, 1.0, 0.0, -1.0, 0.0))
    points = spline.position(np.linspace(0, 1, 201))
    assert points[:, 0].min() >= 0 and points[:, 0].max() <= 2
    assert np.abs(points[:, 1]).max() <= 1


def test_some_tumbling_things_drift_and_some_stay():
    lengths = [draw("tumble", seed).length_m for seed in range(60)]
    assert 10 < sum(length == 0 for length in lengths) < 40


def test_a_turntable_has_no_numbers():
    assert Turntable() == draw("turntable", 3)
    np.testing.assert_array_equal(Turntable().position(np.linspace(0, 1, 6).reshape(2, 3)), np.zeros((2, 3, 3)))


@pytest.mark.parametrize(
    "bad",
    [
        lambda: CircleArc(0.0, 1.0),
        lambda: CircleArc(1.0, 0.0),
        lambda: Line(-1.0),
        lambda: SCurve(0.0, 1.0),
        lambda: Spline((0.0, 1.0, 2.0), (0.0, 1.0, 2.0)),
        lambda: Spline((0.0, 1.0, 2.0, 3.0), (0.0, 1.0, 2.0)),
        lambda: Ellipse(0.0, 1.0, 1.0),
        lambda: Ellipse(1.0, -1.0, 1.0),
        lambda: Ellipse(1.0, 1.0, 0.0),
        lambda: FigureEight(0.0, 1.0, 0.0),
        lambda: FigureEight(1.0, 0.0, 0.0),
        lambda: Spiral(0.0, 1.0, 1.0),
        lambda: Spiral(1.0, 0.0, 1.0),
        lambda: Spiral(1.0, 2.0, 0.0),
        lambda: Tumble(-1.0, 0.0),
        lambda: Tumble(1.0, -0.1),
        lambda: Tumble(1.0, 1.6),
        lambda: Helix(0.0, 1.0, 1.0),
        lambda: Helix(1.0, 0.0, 1.0),
        lambda: Helix(1.0, 1.0, -1.0),
    ],
)
def test_numbers_that_make_no_path_are_refused(bad):
    with pytest.raises(MotionError, match="should be"):
        bad()
