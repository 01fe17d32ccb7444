import numpy as np

from dataset_tools.inspect.depth_colours import RAMP, DepthRange, depth_picture, depth_range


def test_near_is_the_ramps_end_far_its_start_and_nothing_is_black() -> None:
    picture = depth_picture(np.array([[1.0, 4.0, np.inf, 0.5, 9.0]], np.float16), DepthRange(1.0, 4.0))
    assert picture[0].tolist() == [RAMP[-1].tolist(), RAMP[0].tolist(), [0, 0, 0], RAMP[-1].tolist(), RAMP[0].tolist()]


def test_colours_are_even_in_inverse_depth() -> None:
    middle = 1 / ((1 / 1.0 + 1 / 4.0) / 2)
    assert depth_picture(np.array([[middle]]), DepthRange(1.0, 4.0))[0, 0].tolist() == RAMP[3].tolist()


def test_the_range_leaves_out_what_was_not_hit_and_is_never_empty() -> None:
    depth = np.full((8, 16, 16), np.inf)
    assert depth_range(depth) == DepthRange(1.0, 2.0)
    depth[:] = 3.0
    found = depth_range(depth)
    assert found.near == 3.0 < found.far


def test_the_golden_depth_spans_the_ramp(golden) -> None:
    depth = golden[0].depth
    limits = depth_range(depth)
    assert 0 < limits.near < limits.far
    picture = depth_picture(depth[0], limits)
    assert picture[-1].mean(axis=0)[0] > picture[0].mean(axis=0)[0], "the floor at the feet is warmer than the horizon"
