"""The solids that procedural objects are made of are closed, right side out, and as large as asked."""

import numpy as np
import pytest

from blender_gen.bundled.shapes import (
    along_x,
    along_z,
    creased,
    ellipsoid,
    lathe,
    mirrored,
    rounded_box,
    superellipse,
    tube,
    wing,
)

SOLIDS = {
    "lathe": lathe([(0.5, 0.0), (0.7, 1.0), (0.2, 2.0)], "y", (1, 2, 3)),
    "ellipsoid": ellipsoid((1, 2, 3), (0, 0, 1)),
    "rounded box": rounded_box((1, 2, 3), (1, 1, 1), 0.2),
    "tube": tube([(0, 0, 0), (1, 0, 0), (1, 1, 0), (1, 1, 1)], 0.1),
    "body along x": along_x([(-1, 0.3, 0, 0.5), (0, 0.5, 0, 1), (1, 0.2, 0.1, 0.4)], 12, 4.0),
    "body along z": along_z([(0, -1, 1, 0.5), (1, -0.5, 0.5, 0.3)], 6.0),
    "wing": wing((0, 0, 0), (-1, 4, 0.3), 1.5, 0.8),
    "fin": wing((0, 0, 0), (-1, 0, 2), 1.5, 0.8),
}


@pytest.mark.parametrize("name", SOLIDS)
def test_a_solid_is_closed_and_right_side_out_on_either_side(name):
    for solid in (SOLIDS[name], mirrored(SOLIDS[name])):
        assert solid.is_watertight and solid.volume > 0
    assert mirrored(SOLIDS[name]).volume == pytest.approx(SOLIDS[name].volume)


def test_volumes_are_those_of_the_closed_forms():
    assert ellipsoid((1, 2, 3), (0, 0, 0), 48).volume == pytest.approx(4 / 3 * np.pi * 6, rel=0.02)
    assert lathe([(0.5, 0), (0.5, 2)], points=64).volume == pytest.approx(np.pi * 0.5, rel=0.01)
    assert tube([(0, 0, 0), (0, 0, 1), (0, 0, 2)], 0.5, 64).volume == pytest.approx(np.pi * 0.5, rel=0.01)
    assert rounded_box((1, 2, 3), (0, 0, 0), 1e-4).volume == pytest.approx(6, rel=1e-3)


def test_extents_are_those_asked_for():
    assert np.allclose(rounded_box((1, 2, 3), (4, 5, 6), 0.2).bounds, [[3.5, 4, 4.5], [4.5, 6, 7.5]])
    assert np.allclose(np.ptp(wing((0, 0, 0), (0, 5, 0), 2, 1, 0.1).vertices, axis=0), [2, 5, 0.2], atol=0.01)


def test_an_outline_between_ellipse_and_rectangle():
    corner = superellipse(1, 1, 2, 8)
    assert np.allclose(np.linalg.norm(corner, axis=1), 1)
    assert superellipse(2, 1, 50).max(axis=0) == pytest.approx([2, 1], rel=0.01)


def test_creases_stay_sharp_and_round_parts_smooth():
    drum = creased(lathe([(1.0, 0), (1.0, 1)], points=64))
    side = np.abs(drum.vertices[drum.faces].mean(axis=1)[:, 2] - 0.5) < 0.49
    normals = drum.vertex_normals
    assert np.abs(normals[np.unique(drum.faces[side])][:, 2]).max() < 1e-6
    assert np.abs(normals[np.unique(drum.faces[~side])][:, 2]).min() > 1 - 1e-6
    around = drum.vertices[np.unique(drum.faces[side])][:, :2]
    assert (normals[np.unique(drum.faces[side])][:, :2] * around).sum(axis=1).min() > 0.999
