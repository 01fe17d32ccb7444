import numpy as np
import pytest

from blender_gen.selfcheck import extent_error, floor_gap

CUBE = np.array([[x, y, z] for x in (-0.5, 0.5) for y in (-0.5, 0.5) for z in (-0.5, 0.5)])


def poses(*heights):
    stack = np.tile(np.eye(4), (len(heights), 1, 1))
    stack[:, 2, 3] = heights
    return stack


@pytest.mark.parametrize(
    ("heights", "on_floor", "gap"),
    [
        ((0.5, 0.5), True, 0.0),
        ((0.5, 0.6), True, 0.1),
        ((0.5, 0.4), True, 0.1),
        ((0.5, 2.0), False, 0.0),
        ((0.5, 0.3), False, 0.2),
    ],
)
def test_an_object_stands_on_the_floor_or_flies_above_it(heights, on_floor, gap):
    assert floor_gap(CUBE, poses(*heights), on_floor) == pytest.approx(gap)


def test_a_mesh_that_fills_its_box_has_no_extent_error():
    assert extent_error(CUBE, np.ones(3)) == 0
    assert extent_error(CUBE * 1.02, np.ones(3)) == pytest.approx(0.01)
