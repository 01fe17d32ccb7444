"""The ControlNet's copy, its conditions and its files."""

import json
from dataclasses import asdict

import pytest
import torch
from diffusers import UNetSpatioTemporalConditionModel

from model.condition_kinds import ConditionKinds
from model.controlnet import COPIED, TrajectoryControlNet
from tests.model import networks


@pytest.fixture(scope="module")
def control() -> TrajectoryControlNet:
    return networks.trained(TrajectoryControlNet.from_unet(networks.unet()))


def same(first, second) -> bool:
    return all(torch.equal(a, b) for a, b in zip((*first.down, first.mid), (*second.down, second.mid), strict=True))


def test_the_encoder_is_that_of_the_unet():
    network = networks.unet()
    copy = TrajectoryControlNet.from_unet(network)
    for name in COPIED:
        theirs = getattr(network, name).state_dict()
        assert {key: value.shape for key, value in getattr(copy, name).state_dict().items()} == {
            key: value.shape for key, value in theirs.items()
        }
        assert all(torch.equal(value, theirs[key]) for key, value in getattr(copy, name).state_dict().items())


def test_the_copy_is_of_its_own():
    network = networks.unet()
    before = network.conv_in.weight.clone()
    networks.trained(TrajectoryControlNet.from_unet(network))
    torch.testing.assert_close(network.conv_in.weight, before, rtol=0, atol=0)


def test_full_size_it_has_the_encoder_of_svd():
    with torch.device("meta"):
        unet, control = UNetSpatioTemporalConditionModel(), TrajectoryControlNet()
    assert sum(p.numel() for p in unet.parameters()) == 1_524_623_082
    for name in COPIED:
        theirs = {key: value.shape for key, value in getattr(unet, name).state_dict().items()}
        assert {key: value.shape for key, value in getattr(control, name).state_dict().items()} == theirs
    assert len(control.taps) == 12


def test_each_condition_counts_once_it_is_trained(control):
    seen, told = networks.inputs(), networks.conditions()
    with torch.no_grad():
        whole = control(**seen, **told)
        for name in ("trajectory_maps", "camera"):
            other = control(**seen, **{**told, name: told[name].flip(1)})
            assert not same(whole, other), name


def test_what_is_not_there_is_not_looked_at(control):
    seen, told = networks.inputs(), networks.conditions()
    for flag, name in (("has_trajectory", "trajectory_maps"), ("has_camera", "camera")):
        absent = {**told, flag: torch.zeros(2, dtype=torch.bool)}
        with torch.no_grad():
            assert same(control(**seen, **absent), control(**seen, **{**absent, name: 3 * told[name] + 1}))


def test_absence_is_told_for_each_sample(control):
    seen, told = networks.inputs(), networks.conditions()
    told["has_trajectory"] = torch.tensor([True, False])
    with torch.no_grad():
        found = control(**seen, **told).mid
        changed = control(**seen, **{**told, "trajectory_maps": told["trajectory_maps"] + 1}).mid
    first, second = (found != changed).reshape(2, -1).any(dim=1)
    assert first and not second


def test_the_nulls_are_trained(control):
    told = networks.conditions()
    told["has_trajectory"] = told["has_camera"] = torch.tensor([True, False])
    residuals = control(**networks.inputs(), **told)
    residuals.mid.square().mean().backward()
    assert control.no_trajectory.grad.abs().sum() > 0 and control.camera_injection.unknown.grad.abs().sum() > 0


@pytest.mark.parametrize("kinds", [ConditionKinds(), ConditionKinds("glow", "rays", True)], ids=str)
def test_files_give_the_same_network_back(tmp_path, kinds):
    made = TrajectoryControlNet.from_unet(networks.unet(), conditioning_channels=4, **asdict(kinds))
    control = networks.trained(made)
    control.save_pretrained(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["config.json", "diffusion_pytorch_model.safetensors"]
    back = TrajectoryControlNet.from_pretrained(tmp_path)
    assert back.kinds == kinds and back.config.conditioning_channels == 4
    for name, weights in control.state_dict().items():
        assert torch.equal(back.state_dict()[name], weights), name


def test_files_from_before_there_was_a_choice_of_pens_are_read_as_they_were_made(control, tmp_path):
    control.save_pretrained(tmp_path)
    config = json.loads((tmp_path / "config.json").read_text())
    del config["pen"]
    (tmp_path / "config.json").write_text(json.dumps(config))
    assert TrajectoryControlNet.from_pretrained(tmp_path).kinds == ConditionKinds("stroke", "pose")


def test_half_precision_stays_half_precision():
    control = TrajectoryControlNet.from_unet(networks.unet().to(torch.bfloat16))
    seen = {name: value.to(torch.bfloat16) for name, value in networks.inputs().items()}
    with torch.no_grad():
        residuals = control(**seen, **networks.conditions())
    assert {residual.dtype for residual in (*residuals.down, residuals.mid)} == {torch.bfloat16}


def test_gradient_checkpointing_changes_no_gradient(control):
    told = {**networks.inputs(), **networks.conditions()}
    gradients = []
    for checkpointing in (False, True):
        (control.enable_gradient_checkpointing if checkpointing else control.disable_gradient_checkpointing)()
        control.zero_grad()
        control.train()(**told).mid.square().mean().backward()
        gradients.append({name: p.grad.clone() for name, p in control.named_parameters() if p.grad is not None})
    control.eval().disable_gradient_checkpointing()
    assert gradients[0].keys() == gradients[1].keys()
    for name, gradient in gradients[0].items():
        torch.testing.assert_close(gradients[1][name], gradient, rtol=1e-4, atol=1e-6)


def test_the_package_names_what_it_offers_without_loading_it():
    import model

    assert model.TrajectoryControlNet is TrajectoryControlNet
    with pytest.raises(AttributeError, match="nothing"):
        _ = model.nothing
