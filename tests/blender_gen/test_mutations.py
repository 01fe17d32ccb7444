"""Clips that our own generator makes pass, and each of the twelve corruptions of them is named."""

import numpy as np
import pytest

from blender_gen.config import RenderConfig
from dataset_tools.checks import check_clip
from tests.blender_gen.blender import studio
from tests.dataset_tools.clip_parts import take_apart
from tests.dataset_tools.corruptions import CORRUPTIONS, KINDS

pytestmark = [pytest.mark.blender, pytest.mark.slow]

RENDER = RenderConfig(width=256, height=144, frames=10, fps=8, samples=4)


@pytest.fixture(scope="module")
def clips(tmp_path_factory):
    """Two clips of two objects each: a still camera and an orbiting one."""
    folder = tmp_path_factory.mktemp("mutations")
    crate, egg = studio.box(folder, "crate", (1.0, 0.6, 0.5)), studio.ellipsoid(folder, "egg", (1.0, 0.7, 0.8))
    slab = studio.box(folder, "slab", (0.7, 1.0, 0.3))
    worker = studio.Studio(folder)
    parts = []
    for first, second, orbit in ((crate, egg, False), (slab, crate, True)):
        objects = [
            studio.object_spec(first, 0.8, 1.9, 0.3, (0.3, -0.5)),
            studio.object_spec(second, 1.5, 1.2, -0.4, (-0.7, 1.2)),
        ]
        spec = studio.clip(objects, RENDER, orbit=orbit, azimuth_rad=-0.9)
        finished, clip = worker.finish(spec, worker.render(spec, [first, second]))
        assert finished.verdict.reasons == (), finished.verdict
        parts.append(take_apart(clip))
    worker.close()
    return parts


def test_there_are_twelve_kinds():
    assert len(KINDS) == 12


@pytest.mark.parametrize("corruption", CORRUPTIONS, ids=str)
def test_a_corrupted_clip_is_named(clips, corruption):
    applied = 0
    for clip, other in (clips, clips[::-1]):
        changed = corruption.change(clip, other)
        if changed is None:
            continue
        applied += 1
        assert check_clip(changed.clip()).faults, corruption
    assert applied >= 1 or "moved along" in corruption.variant


def test_the_clips_themselves_are_good_after_taking_them_apart(clips):
    for clip in clips:
        assert check_clip(clip.clip()).faults == ()
        assert np.ptp(clip.labels["center_px"], axis=0).max() > 10
