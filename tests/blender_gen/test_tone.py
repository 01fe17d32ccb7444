"""The tone curve."""

import numpy as np

from blender_gen.tone import KNEE, to_8_bit


def test_it_is_srgb_below_the_knee():
    assert to_8_bit(np.array([0.0, 0.0021, 0.18, 0.5])).tolist() == [0, 7, 118, 188]


def test_it_rises_everywhere_and_reaches_white_softly():
    light = np.linspace(0, 20, 20_000)
    shown = to_8_bit(light).astype(int)
    assert (np.diff(shown) >= 0).all()
    assert to_8_bit(np.array([1.0]))[0] < 255 == shown[-1]
    around = to_8_bit(np.array([KNEE - 1e-4, KNEE + 1e-4])).astype(int)
    assert abs(around[1] - around[0]) <= 1


def test_light_that_is_no_number_is_shown_all_the_same():
    assert to_8_bit(np.array([np.nan, -1.0, np.inf])).tolist() == [0, 0, 255]
