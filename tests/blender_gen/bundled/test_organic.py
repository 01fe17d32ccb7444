"""Swept bodies and leaves are closed, points lie on their skin, and a cut along a field loses nothing."""

import numpy as np
import pytest

from blender_gen.bundled.coats import blotches, cells, coated, parted, spots, stripes
from blender_gen.bundled.organic import block, body, leaf, limb, smooth_outline
from blender_gen.bundled.parts import BLACK, WHITE
from blender_gen.bundled.shapes import ellipsoid

TORSO = body([(-1, 0, 0, 0.2, 0.3), (0, 0, 0.1, 0.4, 0.5), (1, 0, 0.3, 0.2, 0.2)], 16)
SQUARE = np.array([(0, 0), (1, 0), (1, 1), (0, 1)])
SOLIDS = {
    "body": TORSO.solid(),
    "limb": limb([(0, 0, 1), (0.1, 0, 0.5), (0, 0.1, 0)], (0.1, 0.08, 0.05)),
    "limb to the side": limb([(0, 0, 0), (0, 1, 0)], (0.1, 0.1)),
    "leaf": leaf(smooth_outline(SQUARE), 0.1, (1, 2, 3), (0, 1, 0), (0, 0, 1)),
    "block": block((1, 2, 3), (0, 0, 0)),
}
BALL = ellipsoid((1, 1, 1), (0, 0, 0), 32)
FIELDS = {
    "blotches": blotches(np.random.default_rng(0), 0.6),
    "stripes": stripes(np.random.default_rng(0), 0.5, (0, 0, 1), 0.4),
    "cells": cells(np.random.default_rng(0), np.array([-1, -1, -1]), np.array([1, 1, 1]), 0.5, 0.05),
    "spots": spots(np.random.default_rng(0), np.array([-1, -1, -1]), np.array([1, 1, 1]), 0.5, 0.2),
}


@pytest.mark.parametrize("name", SOLIDS)
def test_it_is_closed_and_right_side_out(name):
    assert SOLIDS[name].is_watertight and SOLIDS[name].volume > 0


def test_a_point_at_a_section_lies_on_the_skin():
    for share in (0.0, 0.4, 1.0):
        for angle in (0.0, 0.7, np.pi / 2, 3.0):
            place, side, up, (a, b) = TORSO.section(share)
            offset = TORSO.at(share, angle) - place
            assert (offset @ side / a) ** 2 + (offset @ up / b) ** 2 == pytest.approx(1, abs=1e-3)
    assert TORSO.at(0.5, np.pi / 2)[2] > TORSO.at(0.5, -np.pi / 2)[2]
    assert TORSO.at(0.5, 0)[1] > 0


def test_a_body_goes_through_its_stations():
    assert np.allclose(TORSO.middle[[0, -1]], [(-1, 0, 0), (1, 0, 0.3)])
    assert np.allclose(TORSO.half[[0, -1]], [(0.2, 0.3), (0.2, 0.2)])


def test_an_outline_goes_through_its_corners():
    assert np.allclose(smooth_outline(SQUARE, 16)[::4], SQUARE)


@pytest.mark.parametrize("name", FIELDS)
def test_a_coat_covers_the_whole_surface_once(name):
    parts = coated(BALL, FIELDS[name], BLACK, WHITE)
    assert {part.material for part in parts} == {BLACK, WHITE}
    assert sum(part.solid.area for part in parts) == pytest.approx(BALL.area, rel=1e-9)
    outward = [(part.solid.face_normals * part.solid.triangles_center).sum(axis=1).min() for part in parts]
    assert min(outward) > 0


def test_a_cut_follows_a_plane():
    north, south = parted(BALL, BALL.vertices[:, 2] - 0.3)
    assert north.vertices[:, 2].min() == pytest.approx(0.3) and south.vertices[:, 2].max() == pytest.approx(0.3)


def test_what_lies_all_on_one_side_is_one_part():
    assert [part.material for part in coated(BALL, lambda points: points[:, 2] - 5, BLACK, WHITE)] == [WHITE]
