"""The sheet of first frames that is shown before a long run."""

import numpy as np
import pytest
from PIL import Image

from blender_gen.config import DatasetConfig, RenderConfig
from blender_gen.preview import write_preview
from blender_gen.runner.generate import RunSettings
from tests.blender_gen.runner import small_run

pytestmark = pytest.mark.blender


def test_a_preview_shows_a_frame_of_each_clip_and_starts_no_dataset(tmp_path):
    objects = small_run.write_objects(tmp_path / "objects")
    config = DatasetConfig(render=RenderConfig(width=96, height=64, frames=4, fps=8, samples=2))
    run = RunSettings(num_clips=100, objects=(str(objects),), device="CPU")
    path = write_preview(tmp_path / "out", config, run, 3)
    sheet = np.asarray(Image.open(path).convert("RGB")).astype(int)
    assert sheet.shape == (128, 3 * 192 + 2 * 8, 3)
    for tile in range(3):
        pixels = sheet[:, tile * 200 : tile * 200 + 192].reshape(-1, 3)
        assert np.ptp(pixels, axis=0).min() > 50
    assert [item.name for item in (tmp_path / "out").iterdir()] == ["preview.png"]
