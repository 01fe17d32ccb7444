"""`posetraj train` from the command line."""

import json
import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

import posetraj
from tests.conftest import REPOSITORY
from tests.train.runs import metrics, two_ranks
from train.checkpoint import checkpoints

QUICK = "--model tiny --batch 2 --frames 4 --workers 0 --log-every 1 --device cpu".split()


@pytest.fixture(autouse=True)
def fresh_accelerate():
    from accelerate.state import AcceleratorState, PartialState

    AcceleratorState._reset_state()
    PartialState._reset_state()


def losses(folder: Path) -> list[float]:
    return [line["loss"] for line in metrics(folder) if "loss" in line]


def validated(folder: Path, step: int) -> float:
    (found,) = [line for line in metrics(folder) if line["step"] == step and "validation" in line]
    return found["validation"]["mean"]


@pytest.mark.slow
def test_all_stages_follow_each_other_and_their_losses_fall(small, real, tmp_path, capsys) -> None:
    """What falls is the loss of held-out clips, at noise that is the same both times."""
    words = ["train", "--recipe", "from-nothing", "--data", str(small), str(real), "--out", str(tmp_path)]
    words += [*QUICK, "--steps", "12", "--lr", "0.04", "--validate-every", "6"]
    assert posetraj.main(words) == 0
    names = ["1-vae", "2-backbone", "3-bbox", "4-plain", "5-open-domain"]
    assert sorted(path.name for path in tmp_path.iterdir()) == names
    for name in names:
        early, late = (validated(tmp_path / name, step) for step in (6, 12))
        assert late < early, name
    for before, after in zip(names, names[1:], strict=False):
        told = json.loads((tmp_path / after / "recipe.json").read_text())
        assert told["inputs"]["model"] == str(tmp_path / before / "model")
        assert len(told["inputs"]["datasets"]) == (1 if after in ("3-bbox", "4-plain") else 2)
    said = capsys.readouterr().out
    assert "open-domain: 12 steps are done" in said
    assert posetraj.main(words) == 0, "all is done already"


@pytest.mark.slow
def test_two_processes_train_the_control_net_as_one_does(small, tmp_path) -> None:
    words = ["train", "--recipe", "plain", "--data", str(small), *QUICK, "--steps", "3", "--micro-batch", "1"]
    words += ["--validate-every", "2", "--lr", "0.03", "--out"]
    two_ranks([str(REPOSITORY / "posetraj.py"), *words, str(tmp_path / "two")], "", tmp_path)
    assert posetraj.main([*words, str(tmp_path / "one")]) == 0
    assert losses(tmp_path / "two") == pytest.approx(losses(tmp_path / "one"), rel=1e-4)
    one, two = (
        load_file(checkpoints(tmp_path / name / "checkpoints")[-1] / "trained.safetensors") for name in ("one", "two")
    )
    for name, weights in one.items():
        torch.testing.assert_close(two[name], weights, rtol=1e-3, atol=1e-5)


def test_a_recipe_may_be_a_file(small, tmp_path) -> None:
    (tmp_path / "mine.yaml").write_text(
        "{base: plain, steps: 1, camera: true, cut: {frames: 4}, optimiser: {lr: 1e-3}}"
    )
    words = ["train", "--recipe", str(tmp_path / "mine.yaml"), "--data", str(small), "--out", str(tmp_path / "run")]
    assert posetraj.main([*words, *QUICK, "--validate-every", "0"]) == 0
    told = json.loads((tmp_path / "run" / "recipe.json").read_text())["recipe"]
    assert (told["name"], told["camera"], told["optimiser"]["lr"], told["steps"]) == ("mine", True, 1e-3, 1)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--recipe", "nothing"], "cannot read the recipe nothing"),
        (["--frames", "99"], "have 12 frames and the stage plain takes 99"),
        (["--batch", "3", "--micro-batch", "2"], "a batch of 3 cannot be made of 1 processes with 2"),
        (["--micro-batch", "0"], "--micro-batch is 0; it should be 1 or more"),
        (["--seed", "-1"], "--seed is -1; it should be 0 or more"),
        (["--steps", "0"], "steps of the recipe plain is 0"),
        (["--weights", "1", "2"], "2 weights were given for 1 datasets"),
        (["--model", "svd"], "published weights"),
        (["--data", "/nowhere"], "has no dataset.json"),
    ],
)
def test_bad_input_is_one_sentence(small, tmp_path, capsys, words, sentence) -> None:
    given = ["train", "--recipe", "plain", "--data", str(small), "--out", str(tmp_path / "run"), *QUICK, *words]
    assert posetraj.main(given) == 1
    said = capsys.readouterr().err.strip()
    assert sentence in said and len(said.splitlines()) == 1


def test_a_clip_that_a_worker_cannot_read_is_one_sentence(small, tmp_path, capsys) -> None:
    shutil.copytree(small, tmp_path / "data")
    (tmp_path / "data" / "posetraj-train-000000.tar").unlink()
    words = ["train", "--recipe", "plain", "--data", str(tmp_path / "data"), "--out", str(tmp_path / "run"), *QUICK]
    assert posetraj.main([*words, "--workers", "1", "--validate-every", "0"]) == 1
    said = capsys.readouterr().err.strip().splitlines()
    assert len(said) == 1 and "posetraj-train-000000.tar, clip " in said[0] and "Traceback" not in said[0]
