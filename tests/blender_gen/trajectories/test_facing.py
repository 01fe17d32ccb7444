"""Facing: which way an object looks along its path."""

import numpy as np

from blender_gen.trajectories.facing import yaw_of


def test_yaw_is_the_same_to_the_last_bit_wherever_the_directions_lie_in_memory():
    rng = np.random.default_rng(0)
    directions, held, found = rng.normal(size=(4096, 3)), [], set()
    for _ in range(300):
        held.append(np.empty(int(rng.integers(1, 200_000)), np.uint8))
        if len(held) > 50:
            held.pop(int(rng.integers(50)))
        found.add(yaw_of(directions.copy()).tobytes())
    assert len(found) == 1
