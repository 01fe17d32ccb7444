"""Pipelines that were written are read again, and what is no whole model is named."""

import json
import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from model.controlnet import TrajectoryControlNet
from model.errors import ModelError
from model.fresh import fresh_pipeline
from model.load import load_pipeline
from tests.model import networks
from tests.model.test_pipeline import write_svd

WEIGHTS = "diffusion_pytorch_model"


@pytest.fixture(scope="module")
def written(tmp_path_factory) -> Path:
    """A pipeline of the preset `tiny` with a ControlNet that is not fresh."""
    folder = tmp_path_factory.mktemp("tiny")
    pipeline = fresh_pipeline("tiny", 0)
    networks.trained(pipeline.controlnet)
    pipeline.save_pretrained(folder)
    return folder


@pytest.fixture
def copied(written, tmp_path) -> Path:
    return shutil.copytree(written, tmp_path / "model")


@pytest.fixture(scope="module")
def svd(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("svd")
    write_svd(folder)
    return folder


def change(file: Path, **settings) -> None:
    file.write_text(json.dumps(json.loads(file.read_text()) | settings))


def test_a_place_that_is_no_model_is_one_sentence(tmp_path) -> None:
    with pytest.raises(ModelError, match="has no model_index.json; give a folder that save_pretrained wrote"):
        load_pipeline(tmp_path)


@pytest.mark.parametrize("name", ["misspelt", "/nowhere/at/all", "a/b/c"])
def test_what_is_neither_a_folder_nor_a_name_on_the_hub_is_not_looked_for_there(svd, name) -> None:
    with pytest.raises(ModelError, match=f"cannot read a model from {name}: there is no such folder"):
        load_pipeline(name)
    with pytest.raises(ModelError, match=f"cannot read a ControlNet from {name}: there is no such folder"):
        load_pipeline(svd, name)


@pytest.mark.parametrize("part", ["unet", "vae", "controlnet"])
def test_a_part_that_lacks_weights_is_named(copied, part) -> None:
    file = copied / part / f"{WEIGHTS}.safetensors"
    weights = load_file(file)
    lost = sorted(weights)[-1]
    del weights[lost]
    save_file(weights, file, metadata={"format": "pt"})
    with pytest.raises(ModelError, match=rf"model/{part} lacks 1 weights of a \w+, such as {lost}; "):
        load_pipeline(copied)


def test_an_image_encoder_that_lacks_weights_is_named(svd, tmp_path) -> None:
    shutil.copytree(svd, tmp_path / "model")
    file = tmp_path / "model" / "image_encoder" / "model.safetensors"
    weights = load_file(file)
    del weights["visual_projection.weight"]
    save_file(weights, file, metadata={"format": "pt"})
    with pytest.raises(ModelError, match="image_encoder lacks 1 weights of a CLIPVision"):
        load_pipeline(tmp_path / "model")


def test_a_part_that_is_cut_off_is_a_sentence(copied) -> None:
    file = copied / "unet" / f"{WEIGHTS}.safetensors"
    file.write_bytes(file.read_bytes()[:1000])
    with pytest.raises(ModelError, match="cannot read a model from .*model: .*safetensors"):
        load_pipeline(copied)


@pytest.mark.parametrize("index", ["[]", "3", '"text"'])
def test_an_index_that_is_no_table_is_refused(copied, index) -> None:
    (copied / "model_index.json").write_text(index)
    with pytest.raises(ModelError, match="model_index.json of .*model is a .*; it should be a table"):
        load_pipeline(copied)


def test_weights_that_lie_there_as_fp16_alone_are_read(svd, tmp_path) -> None:
    shutil.copytree(svd, tmp_path / "model")
    for part, name in (("unet", WEIGHTS), ("vae", WEIGHTS), ("image_encoder", "model")):
        file = tmp_path / "model" / part / f"{name}.safetensors"
        half = {key: value.half() for key, value in load_file(file).items()}
        save_file(half, file.with_name(f"{name}.fp16.safetensors"), metadata={"format": "pt"})
        file.unlink()
    found, whole = load_pipeline(tmp_path / "model"), load_pipeline(svd)
    for part in ("unet", "vae", "image_encoder"):
        wanted = getattr(whole, part).state_dict()
        for name, value in getattr(found, part).state_dict().items():
            assert value.dtype == torch.float32
            torch.testing.assert_close(value, wanted[name].half().float(), msg=name)


@pytest.mark.parametrize("inside", ["", "controlnet"])
def test_a_control_net_is_its_own_folder_or_a_pipelines(svd, written, inside) -> None:
    found = load_pipeline(svd, written / inside).controlnet.state_dict()
    wanted = load_file(written / "controlnet" / f"{WEIGHTS}.safetensors")
    assert found.keys() == wanted.keys() and all(torch.equal(found[name], wanted[name]) for name in wanted)


@pytest.mark.parametrize(
    ("setting", "other"),
    [("in_channels", 16), ("block_out_channels", [64, 96]), ("layers_per_block", 2), ("cross_attention_dim", 64)],
)
def test_a_control_net_of_another_unet_is_refused_by_the_settings_name(svd, copied, setting, other) -> None:
    change(copied / "controlnet" / "config.json", **{setting: other})
    with pytest.raises(ModelError, match=f"ControlNet in .*controlnet does not fit the UNet in .*: its {setting} is"):
        load_pipeline(svd, copied / "controlnet")
    with pytest.raises(ModelError, match=f"its {setting} is"):
        load_pipeline(copied)


def test_what_is_no_control_net_is_named_by_its_own_place(svd, written, tmp_path) -> None:
    with pytest.raises(ModelError, match="unet holds a TrajectoryUNet; a TrajectoryControlNet is needed"):
        load_pipeline(svd, written / "unet")
    with pytest.raises(ModelError, match="the pipeline in .* has no ControlNet"):
        load_pipeline(written, svd)
    with pytest.raises(ModelError, match=f"cannot read a ControlNet from {tmp_path}"):
        load_pipeline(svd, tmp_path)


def test_a_control_net_tells_whether_it_has_learned_anything(written) -> None:
    fresh = fresh_pipeline("tiny", 0).controlnet
    assert isinstance(fresh, TrajectoryControlNet) and fresh.changes_nothing()
    assert not load_pipeline(written).controlnet.changes_nothing()
    with torch.no_grad():
        fresh.taps[1].bias[0] = 1e-3
    assert not fresh.changes_nothing()
