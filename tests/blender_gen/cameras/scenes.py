"""Boxes on random paths, for cameras to frame."""

import numpy as np
from hypothesis import strategies as st

from blender_gen.cameras import MOTIONS, Shot
from blender_gen.trajectories import FACINGS, FAMILIES, PROFILES, draw_trajectory
from dataset_tools.geometry import box_corners, transform

FRAMES, FPS = 16, 8
TIMES = np.arange(FRAMES) / FPS
DURATION = float(TIMES[-1])
SUB_TIMES = np.linspace(0, DURATION, 16 * (FRAMES - 1) + 1)
motions = st.sampled_from(sorted(MOTIONS))
seeds = st.integers(0, 2**32)
films = st.sampled_from([(256, 144), (576, 320), (200, 200), (144, 256)])
margins = st.floats(0, 0.3)
SHOT = Shot(
    np.stack([TIMES - 1, np.sin(TIMES), 0.2 + 0 * TIMES], axis=1)[:, None] + box_corners([1.0, 0.5, 0.4]),
    TIMES,
    DURATION,
    focal_widths=1.2,
    aspect=9 / 16,
    margin=0.06,
)


@st.composite
def scenes(draw):
    """A function from times (T,) to corners (T,8N,3) of one or two boxes on random trajectories."""
    moving = []
    for _ in range(draw(st.integers(1, 2))):
        size = np.array([1.0, draw(st.floats(0.05, 1)), draw(st.floats(0.05, 1))])
        rng = np.random.default_rng(draw(seeds))
        family = draw(st.sampled_from(sorted(FAMILIES)))
        facings, speeds = dict.fromkeys(FACINGS, 1.0), dict.fromkeys(PROFILES, 1.0)
        spec = draw_trajectory(rng, family, size, facings=facings, speeds=speeds)
        moving.append((spec.build(DURATION), box_corners(size)))
    return lambda times: np.concatenate([transform(path.pose(times)[:, None], box) for path, box in moving], axis=1)


sweeps = scenes().map(lambda corners: corners(TIMES))
