"""Stages from datasets to models on disk, with networks of the preset `tiny`."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from diffusers.models.attention_processor import AttnProcessor2_0
from safetensors.torch import load_file

from dataset_tools.errors import FormatError, PoseTrajError
from dataset_tools.reader import Dataset
from model.condition_kinds import ConditionKinds
from model.fresh import fresh_pipeline
from model.kept import kept_for_backward
from model.load import load_pipeline
from model.one_token import OneTokenProcessor
from tests.model import networks
from tests.model.test_pipeline import write_svd
from tests.train.batches import batch_of
from tests.train.runs import accelerator, metrics, same
from train.errors import RunError
from train.example import Cut
from train.inputs import Inputs, open_model
from train.plan import Pace
from train.recipe import Optimiser
from train.recipes import backbone, open_domain, plain, vae
from train.run import make_stage, run_stage
from train.video_form import VideoForm, video_form

PACE = Pace(1, 0, 1, 9, 2, 2)
QUICK = {"steps": 4, "batch": 2, "cut": Cut(4, 2), "optimiser": Optimiser(lr=1e-3, warmup=2, ema=0.5)}


def train(recipe, datasets, folder: Path, pace: Pace = PACE, **inputs) -> Path:
    given = {"model": "tiny", "seed": 3, **inputs}
    made = Inputs(datasets=tuple(map(str, datasets)), **given)
    return run_stage(replace(recipe, **QUICK), made, folder, pace, accelerator())


def weights(model: Path) -> dict[str, torch.Tensor]:
    files = sorted(model.rglob("*.safetensors"))
    return {f"{file.parent.name}/{name}": value for file in files for name, value in load_file(file).items()}


@pytest.mark.slow
@pytest.mark.parametrize("recipe", [plain(), backbone(), vae()], ids=lambda recipe: recipe.name)
def test_a_stage_that_meets_a_damaged_clip_goes_on_when_it_is_mended(small, tmp_path, recipe) -> None:
    """The damage names the clip; what comes out is, to the last bit, what comes out without it."""
    shutil.copytree(small, tmp_path / "data")
    train(recipe, [small], tmp_path / "whole")
    clip = Dataset(small).split("train")[1]
    path, (offset, size) = tmp_path / "data" / clip.shard, clip.index_entry.members["video.mp4"]
    sound = path.read_bytes()
    path.write_bytes(sound[:offset] + bytes(size) + sound[offset + size :])
    with pytest.raises(FormatError, match=f"{clip.shard}, clip {clip.key}: "):
        train(recipe, [tmp_path / "data"], tmp_path / "cut")
    path.write_bytes(sound)
    train(recipe, [tmp_path / "data"], tmp_path / "cut")
    assert same(weights(tmp_path / "cut" / "model"), weights(tmp_path / "whole" / "model"))
    assert metrics(tmp_path / "cut") == metrics(tmp_path / "whole")


def test_real_and_synthetic_clips_are_mixed_by_weight(small, real, tmp_path) -> None:
    made = train(open_domain(), [real, small], tmp_path, Pace(1, 0, 9, 9, 1, 0), weights=(3.0, 1.0))
    assert (made / "model_index.json").is_file() and len(metrics(tmp_path)) == 4


def test_a_finished_stage_is_left_as_it_is_and_goes_on_if_asked_for_more(small, tmp_path) -> None:
    pace = Pace(1, 0, 9, 9, 1, 0)
    made = train(plain(), [small], tmp_path, pace)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file()}
    assert train(plain(), [small], tmp_path, pace) == made
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file()} == before
    shutil.rmtree(made)
    again = weights(train(plain(), [small], tmp_path, pace))
    assert again and json.loads((made / "run.json").read_text())["step"] == 4


def test_beside_a_model_stands_what_its_videos_are_like(small, tmp_path) -> None:
    pace = Pace(1, 0, 9, 9, 1, 0)
    made = train(replace(plain(), motion_bucket=90.0), [small], tmp_path, pace)
    assert video_form(str(made)) == VideoForm((32, 64), 8.0, 90.0, 4)
    told = json.loads((made / "run.json").read_text())
    del told["video"]
    (made / "run.json").write_text(json.dumps(told))  # as runs wrote it before
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file()}
    assert train(replace(plain(), motion_bucket=90.0), [small], tmp_path, pace) == made
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file()} == before


def test_other_settings_are_refused_by_name_and_change_nothing(small, tmp_path) -> None:
    train(plain(), [small], tmp_path, Pace(1, 0, 9, 9, 1, 0))
    told = (tmp_path / "recipe.json").read_bytes()
    with pytest.raises(RunError, match=r"other settings \(recipe.motion_bucket, seed\)"):
        train(replace(plain(), motion_bucket=9.0), [small], tmp_path, seed=4)
    assert (tmp_path / "recipe.json").read_bytes() == told


def test_the_frozen_networks_come_out_as_they_went_in(small, tmp_path) -> None:
    before, after = open_model("tiny", 3), weights(train(plain(), [small], tmp_path, Pace(1, 0, 9, 9, 1, 0)))
    for part in ("unet", "vae"):
        wanted = getattr(before, part).state_dict()
        assert all(torch.equal(after[f"{part}/{name}"], value) for name, value in wanted.items())
    learned = before.controlnet.state_dict()
    assert any(not torch.equal(after[f"controlnet/{name}"], value) for name, value in learned.items())


def test_a_fresh_control_net_beside_svd_comes_from_the_seed(tmp_path) -> None:
    write_svd(tmp_path)
    found = []
    for seed in (1, 1, 2):
        torch.rand(seed)
        found.append(open_model(str(tmp_path), seed).controlnet.state_dict())
    assert same(found[0], found[1]) and not same(found[0], found[2])


GLOW = ConditionKinds("glow", "rays", True)
BRIEF = Pace(1, 0, 9, 9, 1, 0)


def test_a_control_net_is_made_for_the_recipes_conditions_and_keeps_them(small, tmp_path) -> None:
    first = train(replace(plain(), conditions=GLOW), [small], tmp_path / "first", BRIEF)
    second = train(open_domain(), [small], tmp_path / "second", BRIEF, model=str(first))
    assert load_pipeline(second).controlnet.kinds == GLOW
    with pytest.raises(
        RunError, match="the camera as rays, with pose maps, and .* asks for the pen stroke"
    ):
        train(replace(plain(), conditions=ConditionKinds()), [small], tmp_path / "third", BRIEF, model=str(second))


def test_after_a_backbone_the_control_net_is_made_anew_for_the_recipes_conditions(small, tmp_path) -> None:
    fresh_pipeline("tiny", 0).save_pretrained(tmp_path / "model")
    recipe = replace(backbone(), conditions=GLOW)
    made = train(recipe, [small], tmp_path / "run", BRIEF, model=str(tmp_path / "model"))
    assert load_pipeline(made).controlnet.kinds == GLOW


def test_beside_svd_a_fresh_control_net_is_made_for_them_too(tmp_path) -> None:
    write_svd(tmp_path)
    assert open_model(str(tmp_path), 0, GLOW).controlnet.kinds == GLOW


def test_a_model_that_there_is_not_is_a_sentence(tmp_path) -> None:
    (tmp_path / "run" / "checkpoints").mkdir(parents=True)
    with pytest.raises(PoseTrajError, match="a run that has not finished"):
        open_model(str(tmp_path / "run"), 0)
    with pytest.raises(PoseTrajError, match="published weights"):
        open_model("svd", 0)


@pytest.mark.parametrize(("weights_", "named"), [((1.0, 2.0), "2 weights .* 1 datasets"), ((-1.0,), "numbers over 0")])
def test_weights_that_cannot_be_are_refused(small, tmp_path, weights_, named) -> None:
    with pytest.raises(PoseTrajError, match=named):
        train(plain(), [small], tmp_path, weights=weights_)


def test_a_model_that_was_made_anew_is_another(small, tmp_path) -> None:
    quick = Pace(1, 0, 9, 9, 1, 0)
    base = train(plain(), [small], tmp_path / "base", quick)
    train(plain(), [small], tmp_path / "after", quick, model=str(base))
    shutil.rmtree(tmp_path / "base")
    base = train(plain(), [small], tmp_path / "base", quick, seed=4)
    with pytest.raises(RunError, match=r"other settings \(model\)"):
        train(plain(), [small], tmp_path / "after", quick, model=str(base))


def test_a_model_that_moved_is_the_same(small, tmp_path) -> None:
    quick = Pace(1, 0, 9, 9, 1, 0)
    base = train(plain(), [small], tmp_path / "base", quick)
    made = train(plain(), [small], tmp_path / "after", quick, model=str(base))
    (tmp_path / "base").rename(tmp_path / "moved")
    assert train(plain(), [small], tmp_path / "after", quick, model=str(tmp_path / "moved")) == made


def test_a_finished_stage_keeps_one_checkpoint(small, tmp_path) -> None:
    train(plain(), [small], tmp_path, Pace(1, 0, 1, 3, 1, 0))
    assert [path.name for path in (tmp_path / "checkpoints").iterdir()] == ["step-00000004"]


def gradients(stage, ready) -> tuple[int, dict[str, torch.Tensor]]:
    """Return the bytes that a step keeps for its backward pass, and its gradients."""
    with kept_for_backward(stage) as kept:
        loss = stage(ready).total.sum()
    loss.backward()
    found = {name: parameter.grad for name, parameter in stage.trained().items() if parameter.grad is not None}
    stage.zero_grad()
    return kept.bytes, found


@pytest.mark.parametrize("recipe", [plain(), backbone()], ids=["control", "backbone"])
def test_checkpointing_keeps_less_of_all_that_gradients_cross_and_changes_none(small, recipe) -> None:
    recipe = replace(recipe, **QUICK, checkpointing=True)
    pipeline = fresh_pipeline("tiny", 0)
    networks.trained(pipeline.controlnet)
    stage = make_stage(recipe, pipeline, accelerator(), compiled=False)
    ready = stage.prepare(batch_of(small, 1))
    little, twice = gradients(stage, ready)
    pipeline.unet.disable_gradient_checkpointing()
    more, _ = gradients(stage, ready)
    pipeline.controlnet.disable_gradient_checkpointing()
    most, once = gradients(stage, ready)
    assert little < 0.9 * more and (more < 0.9 * most or recipe.learns == "backbone")
    assert twice.keys() == once.keys() and len(once) > 100
    for name, gradient in once.items():
        torch.testing.assert_close(twice[name], gradient, rtol=1e-4, atol=1e-6)


def test_a_stage_attends_to_one_token_without_attention_whoever_made_its_networks() -> None:
    pipeline = fresh_pipeline("tiny", 0)
    blocks = [
        block
        for network in (pipeline.unet, pipeline.controlnet)
        for block in network.modules()
        if hasattr(block, "attn2")
    ]
    for block in blocks:
        block.attn2.set_processor(AttnProcessor2_0())
    make_stage(plain(), pipeline, accelerator(), compiled=False)
    assert blocks and all(isinstance(block.attn2.processor, OneTokenProcessor) for block in blocks)
