import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.mark.slow
@pytest.mark.skipif(not find_spec("torch"), reason="the loader needs torch")
def test_the_benchmark_of_the_loader_ends_in_a_line_of_figures() -> None:
    few = ["--quick", "--clips", "2", "--rounds", "1", "--seconds", "0.05", "--resume-clips", "6"]
    done = subprocess.run(
        [sys.executable, "benchmarks/loader.py", *few], cwd=REPOSITORY, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout.splitlines()[-1])
    assert list(figures) == [
        "clips_per_s_core", "png_folder", "bare_decode", "webdataset", "mosaicml", "latents", "resume_seconds"
    ]  # fmt: skip
    measured = ("clips_per_s_core", "png_folder", "bare_decode", "webdataset", "resume_seconds")
    assert all(figures[name] > 0 for name in measured)
    if find_spec("streaming") is None:
        assert figures["mosaicml"] is None and "mosaicml-streaming is not installed" in done.stdout
