"""Creatures, robots and household things stand on the floor, look ahead and are one piece."""

import numpy as np
import pytest

from blender_gen.bundled.breeds import BREEDS
from blender_gen.bundled.kinds import KINDS
from blender_gen.bundled.kinds.bird import BIRDS, named_bird
from blender_gen.bundled.kinds.mug import MOTIFS
from blender_gen.bundled.kinds.quadruped import named_quadruped
from blender_gen.bundled.shapes import joined
from blender_gen.bundled.write import glb

MINE = ("bird", "fish", "guitar", "mug", "quadruped", "robot", "sofa")
MAKERS = {
    **{kind: KINDS[kind][1] for kind in MINE if kind not in ("bird", "quadruped")},
    **{name: lambda rng, name=name: named_bird(name, rng) for name in BIRDS},
    **{name: lambda rng, name=name: named_quadruped(name, rng) for name in BREEDS},
}
CREATURES = sorted({"fish", "robot", *BIRDS, *BREEDS})
SEEDS = (0, 1, 2)


@pytest.fixture(scope="module")
def drawn():
    """(name, seed) -> parts."""
    return {(name, seed): MAKERS[name](np.random.default_rng(seed)) for name in MAKERS for seed in SEEDS}


def of(parts, *materials):
    """Vertices (N, 3) of the parts made of these materials."""
    return np.concatenate([part.solid.vertices for part in parts if part.material.name in materials])


def whole(parts):
    return joined([part.solid for part in parts])


@pytest.mark.parametrize("name", MAKERS)
@pytest.mark.parametrize("seed", SEEDS)
def test_it_stands_on_the_floor_and_weighs_little(drawn, name, seed):
    parts = drawn[name, seed]
    extent = whole(parts).extents.max()
    assert abs(whole(parts).bounds[0, 2]) < 0.004 * extent
    assert sum(len(part.solid.faces) for part in parts) < 40_000
    assert len(glb(parts)) < 500_000


@pytest.mark.parametrize("name", MAKERS)
@pytest.mark.parametrize("seed", SEEDS)
def test_materials_that_differ_have_names_that_differ(drawn, name, seed):
    materials = {part.material for part in drawn[name, seed]}
    assert len({material.name for material in materials}) == len(materials)


@pytest.mark.parametrize("name", MAKERS)
@pytest.mark.parametrize("seed", SEEDS)
def test_no_part_floats(drawn, name, seed):
    parts = drawn[name, seed]
    extent = whole(parts).extents.max()
    boxes = np.array([part.solid.bounds for part in parts])
    reached, pending = {0}, [0]
    while pending:
        here = boxes[pending.pop()]
        near = (boxes[:, 0] <= here[1] + 0.004 * extent).all(axis=1) & (boxes[:, 1] >= here[0] - 0.004 * extent).all(
            axis=1
        )
        pending += [k for k in np.flatnonzero(near) if k not in reached]
        reached |= set(np.flatnonzero(near))
    assert len(reached) == len(parts)


@pytest.mark.parametrize("name", MAKERS)
@pytest.mark.parametrize("seed", SEEDS)
def test_closed_parts_are_right_side_out(drawn, name, seed):
    closed = [part.solid for part in drawn[name, seed] if part.solid.is_watertight]
    assert closed
    assert all(solid.volume > 0 for solid in closed)


@pytest.mark.parametrize("name", CREATURES)
@pytest.mark.parametrize("seed", SEEDS)
def test_eyes_are_a_pair_ahead_of_the_middle_and_seen_from_outside(drawn, name, seed):
    parts = drawn[name, seed]
    name_of_eyes, low = ("glow", 0.6 * whole(parts).bounds[1, 2]) if name == "robot" else ("white", 0.0)
    pale = [part.solid for part in parts if part.material.name == name_of_eyes and part.solid.is_watertight]
    balls = [solid for solid in pale if np.abs(solid.centroid[1]) > 1e-6 and solid.centroid[2] > low]
    spots = np.array([solid.centroid for solid in balls])
    assert np.allclose(np.sort(spots[:, 1]), -np.sort(spots[:, 1])[::-1])
    assert spots[:, 0].mean() > whole(parts).bounds[:, 0].mean()
    if name != "robot":
        high = [solid for solid in balls if np.isclose(solid.centroid[2], spots[:, 2].max())]
        solid = whole([part for part in parts if part.solid.is_watertight and part.material.name != "white"])
        assert not solid.contains([tip(ball) for ball in high]).any()


def tip(ball):
    """The point of an eye's glint that lies furthest from the middle plane."""
    return ball.vertices[np.argmax(np.abs(ball.vertices[:, 1]))]


@pytest.mark.parametrize("name", sorted(BREEDS))
@pytest.mark.parametrize("seed", SEEDS)
def test_an_animal_has_four_feet_on_the_floor(drawn, name, seed):
    points = whole(drawn[name, seed]).vertices
    height = np.ptp(points[:, 2])
    low = points[points[:, 2] < 0.012 * height]
    middle = (low[:, 0].min() + low[:, 0].max()) / 2
    quarters = {(x > middle, y > 0) for x, y in low[:, :2]}
    assert len(quarters) == 4


@pytest.mark.parametrize("name", sorted(BIRDS))
@pytest.mark.parametrize("seed", SEEDS)
def test_a_bird_has_two_feet_on_the_floor_and_its_beak_ahead(drawn, name, seed):
    parts = drawn[name, seed]
    points = whole(parts).vertices
    low = points[points[:, 2] < 0.01 * np.ptp(points[:, 2])]
    assert low[:, 1].min() < 0 < low[:, 1].max() and np.abs(low[:, 1]).min() > 0.001
    head = points[points[:, 2] > 0.55 * points[:, 2].max()]
    beak = head[np.argmax(head[:, 0])]
    assert np.abs(beak[1]) < 0.02 * np.ptp(points[:, 2])


@pytest.mark.parametrize("seed", SEEDS)
def test_a_fish_wears_its_tail_behind_and_is_tall_and_slim(drawn, seed):
    parts = drawn["fish", seed]
    body, fins = of(parts, "scales", "markings"), of(parts, "fins")
    assert fins[:, 0].min() < body[:, 0].min() and fins[:, 0].max() < body[:, 0].max()
    assert np.ptp(body[:, 2]) > 1.3 * np.ptp(body[:, 1])


@pytest.mark.parametrize("seed", range(12))
def test_a_mug_shows_its_picture_ahead_and_its_handle_to_the_right(seed):
    parts = MAKERS["mug"](np.random.default_rng(seed))
    low, high = whole(parts).bounds
    assert -low[1] > 1.25 * high[1] and np.isclose(-low[0], high[0], rtol=0.02)
    printed = of(parts, "print")
    print_wall = printed[np.abs(printed[:, 2] - 0.52 * high[2]) < 0.25 * high[2]]
    ahead = print_wall[print_wall[:, 1] > -high[1]]
    assert ahead[:, 0].mean() > 0.4 * high[0]


@pytest.mark.parametrize("name", MOTIFS)
def test_a_picture_on_a_mug_lies_within_its_square(name):
    v, u = np.mgrid[-2:2:81j, -2:2:81j]
    inside = MOTIFS[name](u.ravel(), v.ravel()) > 0
    assert 0.02 < inside.mean() < 0.3
    assert np.abs([u.ravel()[inside], v.ravel()[inside]]).max() <= 1.2


@pytest.mark.parametrize("seed", SEEDS)
def test_a_mug_is_open_and_hollow(drawn, seed):
    parts = drawn["mug", seed]
    bowl = of(parts, "inside")
    height = whole(parts).bounds[1, 2]
    assert np.ptp(bowl[:, 2]) > 0.85 * height
    over = bowl[bowl[:, 2] > 0.9 * height]
    assert np.hypot(over[:, 0], over[:, 1]).min() > 0.8 * over[:, 0].max()


@pytest.mark.parametrize("seed", SEEDS)
def test_a_sofa_has_its_back_behind_and_is_wider_than_deep_or_an_armchair(drawn, seed):
    parts = drawn["sofa", seed]
    points = whole(parts).vertices
    top = points[points[:, 2] > 0.9 * points[:, 2].max()]
    assert top[:, 0].mean() < -0.1
    legs = of(parts, "wood", "metal")
    assert {(x > 0, y > 0) for x, y in legs[legs[:, 2] < 0.01][:, :2]} == {(a, b) for a in (0, 1) for b in (0, 1)}


@pytest.mark.parametrize("seed", SEEDS)
def test_a_guitar_has_six_strings_in_front_of_its_neck(drawn, seed):
    parts = drawn["guitar", seed]
    strings = next(part.solid for part in parts if part.material.name == "strings")
    assert strings.body_count == 6
    board = of(parts, "fretboard")
    for share in (0.3, 0.7):
        level = board[:, 2].min() + share * np.ptp(board[:, 2])
        front = np.interp(level, *_edge(strings.vertices))
        assert front > np.interp(level, *_edge(board)) - 1e-3


def _edge(points):
    """Heights, and how far ahead the foremost points there are."""
    order = np.argsort(points[:, 2])
    ends = points[order[[0, -1]]]
    return ends[:, 2], ends[:, 0]


@pytest.mark.parametrize("seed", range(8))
def test_a_robot_shows_its_panel_ahead_and_its_pack_behind(seed):
    parts = MAKERS["robot"](np.random.default_rng(seed))
    points = whole(parts).vertices
    assert of(parts, "red", "yellow")[:, 0].min() > 0
    assert np.abs(points[:, 2].min()) < 1e-6
    feet = points[points[:, 2] < 0.02 * points[:, 2].max()]
    assert feet[:, 1].min() < 0 < feet[:, 1].max()
