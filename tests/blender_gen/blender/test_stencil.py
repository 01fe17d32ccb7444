import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from blender_gen.blender.pixels import widened
from blender_gen.exr import read_colour

pytestmark = pytest.mark.blender

PROBE = Path(__file__).with_name("stencil_probe.py")
REPOSITORY = Path(__file__).resolve().parents[3]
WINDOW = (10, 6, 40, 28)


def test_the_camera_alone_sees_it_and_only_where_it_covers(tmp_path):
    x0, y0, x1, y1 = WINDOW
    first = np.zeros((y1 - y0, x1 - x0), bool)
    first[4:9, 3:12] = first[12, 20] = first[0, 29] = True
    np.savez(tmp_path / "open.npz", window=WINDOW, pixels=[first, first[::-1]])
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    done = subprocess.run([sys.executable, PROBE, tmp_path], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    whole = read_colour(tmp_path / "whole.exr")[y0:y1, x0:x1, 0]
    assert whole.min() > 0.3
    for number, pixels in enumerate((first, first[::-1])):
        found = read_colour(tmp_path / f"{number}.exr")[y0:y1, x0:x1, 0]
        np.testing.assert_allclose(found[pixels], whole[pixels], atol=1e-5)
        assert (found[~widened(pixels)] == 0).all()
