"""Arc length: correct to far below 1e-6, and inverted as exactly."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.special import ellipe

from blender_gen.trajectories import FAMILIES
from blender_gen.trajectories.arc_length import ArcLength
from blender_gen.trajectories.circle_arc import CircleArc
from blender_gen.trajectories.ellipse import Ellipse
from blender_gen.trajectories.helix import Helix
from blender_gen.trajectories.line import Line
from blender_gen.trajectories.s_curve import SCurve
from blender_gen.trajectories.spiral import Spiral
from blender_gen.trajectories.spline import Spline
from blender_gen.trajectories.tumble import Tumble
from blender_gen.trajectories.turntable import Turntable


def integrated(path, u):
    """Arc length from 0 to u by adaptive quadrature between the path's breaks."""
    edges = [0.0, *(edge for edge in path.breaks if edge < u), u]
    pieces = [
        quad(lambda v: np.linalg.norm(path.derivative(v)), low, high, epsabs=1e-12, epsrel=1e-12, limit=400)[0]
        for low, high in zip(edges, edges[1:], strict=False)
    ]
    return sum(pieces)


moving = st.sampled_from(sorted(set(FAMILIES) - {"turntable"}))


def drawn(family, seed):
    """A path with length."""
    rng = np.random.default_rng(seed)
    path = FAMILIES[family].draw(rng, 1.0)
    while not path.derivative(0.5).any():
        path = FAMILIES[family].draw(rng, 1.0)
    return path


@settings(deadline=None, max_examples=25)
@given(moving, st.integers(0, 2**32), st.floats(0, 1))
def test_the_u_of_a_share_has_that_share_of_the_length_behind_it(family, seed, share):
    path = drawn(family, seed)
    arc = ArcLength(path)
    total = integrated(path, 1.0)
    assert arc.total_m == pytest.approx(total, rel=1e-9)
    assert integrated(path, float(arc.u_at(share))) == pytest.approx(share * total, abs=1e-9 * total)


@given(st.floats(0.1, 10), st.floats(-6, 6).filter(lambda angle: abs(angle) > 0.01))
def test_length_of_a_circle_arc_is_radius_times_angle(radius, sweep):
    assert ArcLength(CircleArc(radius, sweep)).total_m == pytest.approx(radius * abs(sweep), rel=1e-13)


def test_length_of_a_line_is_its_length():
    assert ArcLength(Line(2.5)).total_m == pytest.approx(2.5, rel=1e-15)


@pytest.mark.parametrize("amplitude", [0.1, 1.0, 20.0])
def test_paths_whose_speed_in_u_varies_a_hundredfold_are_inverted_too(amplitude):
    path = SCurve(1.0, amplitude)
    arc = ArcLength(path)
    total = integrated(path, 1.0)
    for share in np.linspace(0, 1, 23):
        assert integrated(path, float(arc.u_at(share))) == pytest.approx(share * total, abs=1e-8 * total)


def test_a_path_whose_breaks_lie_off_the_panels_is_measured_as_exactly():
    path = Spline((0.0, 1.0, 1.2, 0.0, -0.3, 1.5), (0.0, 0.0, 1.0, 1.0, 2.0, 2.2))
    assert path.breaks == pytest.approx((1 / 3, 2 / 3))
    total = integrated(path, 1.0)
    assert ArcLength(path).total_m == pytest.approx(total, rel=1e-12)


@settings(deadline=None, max_examples=25)
@given(moving, st.integers(0, 2**32))
def test_u_runs_from_0_to_1_and_never_back(family, seed):
    arc = ArcLength(drawn(family, seed))
    u = arc.u_at(np.linspace(0, 1, 1001))
    assert (u[0], u[-1]) == pytest.approx((0, 1), abs=1e-12)
    assert np.all(np.diff(u) > 0)


def test_a_share_has_the_same_u_alone_and_among_others():
    arc = ArcLength(SCurve(2.0, 0.4))
    shares = np.linspace(0, 1, 37)
    np.testing.assert_array_equal(arc.u_at(shares), [arc.u_at(share) for share in shares])


@pytest.mark.parametrize("path", [Turntable(), Tumble(0.0, 0.0)])
def test_a_family_that_stays_in_place_has_no_length_and_u_is_the_share(path):
    arc = ArcLength(path)
    assert arc.total_m == 0
    np.testing.assert_array_equal(arc.u_at([0.0, 0.25, 1.0]), [0.0, 0.25, 1.0])


@given(st.floats(0.1, 3), st.floats(-9, 9).filter(lambda angle: abs(angle) > 0.1), st.floats(0, 2))
def test_length_of_a_helix_is_that_of_its_unrolled_triangle(radius, sweep, rise):
    assert ArcLength(Helix(radius, sweep, rise)).total_m == pytest.approx(np.hypot(radius * sweep, rise), rel=1e-12)


@pytest.mark.parametrize("ratio", [1.0, 2.0, 3.0])
def test_length_of_an_ellipse_is_the_complete_elliptic_integral(ratio):
    expected = 4 * ratio * ellipe(1 - 1 / ratio**2)
    assert ArcLength(Ellipse(ratio, 1.0, 2 * np.pi)).total_m == pytest.approx(expected, rel=1e-12)


def test_length_of_a_spiral_of_archimedes_is_the_known_one():
    turn = 3 * np.pi
    expected = (turn * np.hypot(1, turn) + np.arcsinh(turn)) / 2 * 0.2
    begun = (1.0 * np.hypot(1, 1.0) + np.arcsinh(1.0)) / 2 * 0.2
    path = Spiral(0.2 * 1.0, 0.2 * turn, turn - 1.0)
    assert ArcLength(path).total_m == pytest.approx(expected - begun, rel=1e-12)
