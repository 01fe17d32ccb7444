import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import posetraj
from dataset_tools import npz, video
from dataset_tools.errors import PoseTrajError
from model.latent_size import LEAST_SIDE
from model.load import load_pipeline
from tests.model import networks
from tests.model.test_pipeline import write_svd
from train.sample_command import path_of
from train.sizes import size_of
from train.video_form import VideoForm

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def svd(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("svd")
    write_svd(folder)
    return folder


@pytest.fixture(scope="module")
def trained(svd, tmp_path_factory) -> Path:
    """A ControlNet for it that is not fresh."""
    folder = tmp_path_factory.mktemp("control")
    networks.trained(load_pipeline(svd).controlnet).save_pretrained(folder)
    return folder


@pytest.fixture
def picture(tmp_path) -> Path:
    pixels = np.random.default_rng(0).integers(0, 256, (64, 128, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(tmp_path / "first.png")
    return tmp_path / "first.png"


@pytest.fixture
def words(svd, trained, picture, tmp_path) -> dict[str, str]:
    """The flags of a small video."""
    places = {"--checkpoint": svd, "--controlnet": trained, "--image": picture, "--out": tmp_path / "clip.mp4"}
    form = {"--size": "128x64", "--frames": "4", "--steps": "1"}
    return {name: str(value) for name, value in (places | form).items()}


def said_by(flags: dict[str, str], *more: str) -> list[str]:
    return ["sample", *(word for pair in flags.items() for word in pair), *more]


def test_an_image_and_a_path_become_a_video(words, tmp_path) -> None:
    out = tmp_path / "folder" / "clip.mp4"
    given = said_by(words | {"--out": str(out), "--fps": "5", "--path": "20,30 90,40"})
    command = [sys.executable, str(REPOSITORY / "posetraj.py"), *given]
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "OMP_NUM_THREADS": "1"})
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"wrote {out}: 4 frames of 128x64 at 5 fps\n"
    assert video.decode(out.read_bytes()).shape == (4, 64, 128, 3)


@pytest.fixture
def asked(monkeypatch) -> list:
    """What the command asks for; nothing is made."""
    seen = []

    def noted(request, machine, out):
        seen.append(request)
        return replace(request.form, frames=request.form.frames or 4)

    monkeypatch.setattr("train.sample.sample", noted)
    return seen


def test_each_path_is_one_objects(words, asked) -> None:
    assert posetraj.main(said_by(words, "--path", "1,2 3,4", "--path", "5,6")) == 0
    assert asked[0].paths == [[(1.0, 2.0), (3.0, 4.0)], [(5.0, 6.0)]]
    with pytest.raises(SystemExit):
        posetraj.main(said_by(words, "--path", "1,2", "3,4"))  # the quotes were forgotten
    assert len(asked) == 1


def test_a_photo_is_turned_upright_and_16_bits_of_grey_stay_grey(words, asked, tmp_path) -> None:
    turned = Image.Exif()
    turned[0x0112] = 6  # turned by a quarter
    Image.new("RGB", (64, 32)).save(tmp_path / "photo.jpg", exif=turned)
    Image.fromarray(np.full((32, 64), 257 * 100, np.uint16)).save(tmp_path / "grey.png")
    for name in ("photo.jpg", "grey.png"):
        assert posetraj.main(said_by(words | {"--image": str(tmp_path / name)})) == 0
    assert asked[0].image.size == (32, 64)
    assert (np.asarray(asked[1].image) == 100).all()


def test_the_form_is_that_of_the_videos_that_the_run_learned_from_where_no_other_is_asked_for(
    words, asked, trained, tmp_path
) -> None:
    for name in ("--size", "--frames"):
        del words[name]
    control = shutil.copytree(trained, tmp_path / "control")
    words["--controlnet"] = str(control)
    assert posetraj.main(said_by(words)) == 0
    facts = {"recipe": {"motion_bucket": 90.0, "cut": {"frames": 8}}}
    told = {"facts": facts, "video": {"width": 256, "height": 144, "fps": 12.5}}
    (control / "run.json").write_text(json.dumps(told))
    assert posetraj.main(said_by(words)) == 0
    more = "--size 128x64 --frames 6 --fps 9 --motion-bucket 0".split()
    assert posetraj.main(said_by(words, *more)) == 0
    (control / "run.json").write_text(json.dumps({"facts": facts}))  # as runs wrote it before
    assert posetraj.main(said_by(words)) == 0
    assert [request.form for request in asked] == [
        VideoForm((320, 576), 7.0, 127.0, None),
        VideoForm((144, 256), 12.5, 90.0, 8),
        VideoForm((64, 128), 9.0, 0.0, 6),
        VideoForm((320, 576), 7.0, 90.0, 8),
    ]


def test_without_a_run_there_are_as_many_frames_as_the_unet_was_made_for(words, tmp_path, capsys) -> None:
    del words["--frames"]
    assert posetraj.main(said_by(words)) == 0
    assert "4 frames of 128x64 at 7 fps" in capsys.readouterr().out
    assert len(video.decode((tmp_path / "clip.mp4").read_bytes())) == 4


def test_a_camera_is_read_from_a_file_of_labels_and_told_to_the_model(words, tmp_path) -> None:
    poses = np.tile(np.eye(4), (4, 1, 1))
    poses[:, 0, 3] = np.linspace(0, 1, 4)
    labels = {"world_from_camera": poses, "intrinsics": np.tile(np.eye(3), (4, 1, 1)), "others": np.zeros(3)}
    (tmp_path / "labels.npz").write_bytes(npz.save(labels))
    films = []
    for more in ([], ["--camera", str(tmp_path / "labels.npz"), "--decode-chunk", "3"]):
        assert posetraj.main(said_by(words, *more)) == 0
        films.append(video.decode((tmp_path / "clip.mp4").read_bytes()))
    assert not np.array_equal(*films)


@pytest.mark.parametrize(
    ("arrays", "sentence"),
    [
        ({"world_from_camera": np.tile(np.eye(4), (3, 1, 1))}, "poses of shape (3, 4, 4); 4 frames need (4, 4, 4)"),
        ({"world_from_camera": np.full((4, 4, 4), np.nan)}, "not known in every frame"),
        ({"intrinsics": np.eye(3)}, "there is no world_from_camera"),
        (None, "cannot read the camera"),
    ],
)
def test_a_camera_that_cannot_be_is_one_sentence(words, tmp_path, capsys, arrays, sentence) -> None:
    if arrays is not None:
        (tmp_path / "camera.npz").write_bytes(npz.save(arrays))
    refused(said_by(words, "--camera", str(tmp_path / "camera.npz")), sentence, tmp_path, capsys)


def refused(given: list[str], sentence: str, folder: Path, capsys) -> None:
    status = posetraj.main(given)
    said = capsys.readouterr().err.strip()
    assert status == 1
    assert sentence in said and "unexpected" not in said
    assert len([line for line in said.splitlines() if "it/s" not in line]) == 1
    assert not (folder / "clip.mp4").exists()


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"--path": "20;30"}, "points"),
        ({"--path": "20,64 5,5"}, "begins at 20,64, outside the video of 128x64"),
        ({"--path": "9" * 400 + ",1 2,3"}, "coordinates under"),
        ({"--size": "100x60"}, "multiples of 8"),
        ({"--size": "8x8"}, "24 or more"),
        ({"--size": "9x"}, "WIDTHxHEIGHT"),
        ({"--frames": "1"}, "--frames is 1; it should be 2 or more"),
        ({"--decode-chunk": "0"}, "--decode-chunk is 0; it should be 1 or more"),
        ({"--seed": str(2**64)}, "should fit into 64 bits"),
        ({"--guidance": "nan"}, "finite"),
        ({"--trajectory-guidance": "inf"}, "finite"),
        ({"--fps": "inf"}, "fps is at least 1"),
        ({"--out": "clip.gif"}, "should end in .mp4"),
        ({"--out": "/proc/clip.mp4"}, "cannot write /proc/clip.mp4"),
        ({"--image": "nothing.png"}, "cannot read the image"),
        ({"--checkpoint": "/nowhere/at/all"}, "cannot read a model"),
        ({"--controlnet": "/nowhere/at/all"}, "cannot read a ControlNet from /nowhere/at/all"),
        ({"--motion-bucket": "999"}, "motion_bucket 0 to 255"),
        ({"--device": "cuda:77"}, "there is no device"),
    ],
)
def test_bad_input_is_one_sentence(words, tmp_path, capsys, changed, sentence) -> None:
    refused(said_by(words | changed), sentence, tmp_path, capsys)


def test_where_no_file_can_be_is_found_before_the_model_is_read(words, tmp_path, capsys, monkeypatch) -> None:
    monkeypatch.setattr("train.sample.load_pipeline", lambda *_: pytest.fail("the model was read"))
    (tmp_path / "file").write_bytes(b"")
    (tmp_path / "folder.mp4").mkdir()
    for out in ("file/clip.mp4", "folder.mp4"):
        refused(said_by(words | {"--out": str(tmp_path / out)}), "cannot write", tmp_path, capsys)


def test_paths_with_a_fresh_control_net_are_refused_with_the_remedy(words, tmp_path, capsys) -> None:
    del words["--controlnet"]
    refused(said_by(words, "--path", "20,30 90,40"), "name a trained one with --controlnet", tmp_path, capsys)
    assert posetraj.main(said_by(words)) == 0


def test_estimate_says_what_a_model_costs(capsys) -> None:
    assert posetraj.main(["estimate", "--model", "tiny", "--size", "128x64", "--frames", "4"]) == 0
    said = capsys.readouterr().out
    assert "ControlNet 0.8 M" in said and "TFLOP" in said
    assert "2 calls a step, 3 calls a step with trajectory guidance" in said
    assert "with checkpointing" in said and "peak           about" in said


@pytest.mark.parametrize("preset", ["tiny", "small"])
def test_the_least_size_is_one_that_every_preset_takes(capsys, preset) -> None:
    assert posetraj.main(["estimate", "--model", preset, "--size", f"{LEAST_SIDE}x{LEAST_SIDE}", "--frames", "1"]) == 0


@pytest.mark.parametrize("words", ["--frames 0", "--frames -2", "--batch 0", "--batch -1", "--size 8x8"])
def test_what_cannot_be_estimated_is_one_sentence(capsys, words) -> None:
    assert posetraj.main(["estimate", "--model", "tiny", *words.split()]) == 1
    said = capsys.readouterr().err
    assert " or more" in said and "unexpected" not in said and len(said.splitlines()) == 1


def test_paths_and_sizes_are_read() -> None:
    assert path_of("1,2 3.5,-4") == [(1.0, 2.0), (3.5, -4.0)]
    assert size_of("576x320") == (320, 576)
    with pytest.raises(PoseTrajError):
        path_of("")
