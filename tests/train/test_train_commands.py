import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import posetraj
from dataset_tools import video
from dataset_tools.errors import PoseTrajError
from tests.model.test_pipeline import write_svd
from train.commands import path_of, size_of

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def svd(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("svd")
    write_svd(folder)
    return folder


@pytest.fixture
def picture(tmp_path) -> Path:
    pixels = np.random.default_rng(0).integers(0, 256, (64, 128, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(tmp_path / "first.png")
    return tmp_path / "first.png"


def test_an_image_and_a_path_become_a_video(svd, picture, tmp_path) -> None:
    out = tmp_path / "clip.mp4"
    words = ["--checkpoint", str(svd), "--image", str(picture), "--path", "20,30 90,40", "--out", str(out)]
    words += "--size 128x64 --frames 4 --steps 2 --fps 5".split()
    command = [sys.executable, str(REPOSITORY / "posetraj.py"), "sample", *words]
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "OMP_NUM_THREADS": "1"})
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"wrote {out}\n"
    assert video.decode(out.read_bytes()).shape == (4, 64, 128, 3)


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"--path": "20;30"}, "points"),
        ({"--size": "100x60"}, "multiples of 8"),
        ({"--out": "clip.gif"}, "should end in .mp4"),
        ({"--image": "nothing.png"}, "cannot read the image"),
        ({"--checkpoint": "/nowhere/at/all"}, "cannot read a model"),
        ({"--motion-bucket": "999"}, "motion_bucket 0 to 255"),
        ({"--device": "cuda:77"}, "there is no device"),
    ],
)
def test_bad_input_is_one_sentence(svd, picture, tmp_path, capsys, changed, sentence) -> None:
    words = {"--checkpoint": str(svd), "--image": str(picture), "--out": str(tmp_path / "clip.mp4"), "--size": "128x64"}
    status = posetraj.main(["sample", *(word for pair in (words | changed).items() for word in pair)])
    said = capsys.readouterr().err.strip()
    assert status == 1
    assert sentence in said
    assert len(said.splitlines()) == 1
    assert not (tmp_path / "clip.mp4").exists()


def test_estimate_says_what_a_model_costs(capsys) -> None:
    assert posetraj.main(["estimate", "--model", "tiny", "--size", "128x64", "--frames", "4"]) == 0
    said = capsys.readouterr().out
    assert "ControlNet 0.8 M" in said and "TFLOP" in said
    assert "2 calls a step, 3 calls a step with trajectory guidance" in said
    assert "with checkpointing" in said and "peak           about" in said


def test_paths_and_sizes_are_read() -> None:
    assert path_of("1,2 3.5,-4") == [(1.0, 2.0), (3.5, -4.0)]
    assert size_of("576x320") == (320, 576)
    with pytest.raises(PoseTrajError):
        path_of("")
