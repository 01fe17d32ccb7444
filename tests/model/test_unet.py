"""The UNet that takes residuals against its parent class of diffusers."""

import pytest
import torch
from diffusers import UNetSpatioTemporalConditionModel

from model.controlnet import TrajectoryControlNet
from model.one_token import use_one_token_attention
from model.unet import TrajectoryUNet
from tests.model import networks


@pytest.mark.parametrize("size", [(8, 12), (9, 7)])
def test_without_residuals_it_says_what_its_parent_says_to_the_last_bit(size):
    network, seen = networks.unet(), networks.inputs(size=size)
    with torch.no_grad():
        theirs = UNetSpatioTemporalConditionModel.forward(network, **seen).sample
        torch.testing.assert_close(network(**seen).sample, theirs, rtol=0, atol=0)


def test_a_number_serves_as_the_time_of_all_samples():
    network, seen = networks.unet(), networks.inputs()
    with torch.no_grad():
        one = network(**{**seen, "timestep": 0.3}).sample
        many = network(**{**seen, "timestep": torch.tensor([0.3, 0.3])}).sample
    torch.testing.assert_close(one, many, rtol=0, atol=0)


def test_files_that_diffusers_wrote_are_read_and_the_other_way_round(tmp_path):
    theirs = UNetSpatioTemporalConditionModel(**networks.CONFIG)
    theirs.save_pretrained(tmp_path / "theirs")
    ours = TrajectoryUNet.from_pretrained(tmp_path / "theirs")
    ours.save_pretrained(tmp_path / "ours")
    back = UNetSpatioTemporalConditionModel.from_pretrained(tmp_path / "ours")
    for name, weights in theirs.state_dict().items():
        torch.testing.assert_close(back.state_dict()[name], weights, rtol=0, atol=0)


def test_a_control_net_that_begins_changes_nothing():
    network = networks.unet()
    control = TrajectoryControlNet.from_unet(network)
    seen = networks.inputs()
    with torch.no_grad():
        residuals = control(**seen, **networks.conditions())
        controlled = network(**seen, down_block_residuals=residuals.down, mid_block_residual=residuals.mid).sample
        torch.testing.assert_close(controlled, network(**seen).sample, rtol=0, atol=0)


def test_two_samples_at_once_are_each_as_if_alone():
    network = networks.unet()
    control = networks.trained(TrajectoryControlNet.from_unet(network))
    seen = {**networks.inputs(), **networks.conditions()}

    def run(part: dict) -> torch.Tensor:
        residuals = control(**part)
        own = {name: part[name] for name in networks.inputs()}
        return network(**own, down_block_residuals=residuals.down, mid_block_residual=residuals.mid).sample

    with torch.no_grad():
        both = run(seen)
        alone = [run({name: value[k : k + 1] for name, value in seen.items()}) for k in range(2)]
    torch.testing.assert_close(both, torch.cat(alone), rtol=1e-4, atol=1e-5)


def test_with_the_indicator_a_frame_does_not_know_the_others():
    network, seen = networks.unet(), networks.inputs()
    other = seen["sample"].clone()
    other[:, 1:] = torch.randn(other[:, 1:].shape, generator=torch.Generator().manual_seed(9))
    single = torch.ones(2, networks.FRAMES)
    with torch.no_grad():
        first, second = (
            network(**{**seen, "sample": sample}, image_only_indicator=single).sample[:, 0]
            for sample in (seen["sample"], other)
        )
        torch.testing.assert_close(first, second, rtol=1e-5, atol=1e-6)
        moving = [network(**{**seen, "sample": sample}).sample[:, 0] for sample in (seen["sample"], other)]
    assert (moving[0] - moving[1]).abs().max() > 1e-3


def test_frames_all_alone_need_no_temporal_layers():
    network = networks.unet()
    control = networks.trained(TrajectoryControlNet.from_unet(network))
    seen, conditions = networks.inputs(), networks.conditions()
    ran: list[str] = []
    for name, module in (*network.named_modules(), *control.named_modules()):
        if name.endswith(("temporal_res_block", "temporal_transformer_blocks.0")):
            module.register_forward_hook(lambda *_, name=name: ran.append(name))

    def run(indicator: torch.Tensor | bool) -> torch.Tensor:
        ran.clear()
        residuals = control(**seen, **conditions, image_only_indicator=indicator)
        added = {"down_block_residuals": residuals.down, "mid_block_residual": residuals.mid}
        return network(**seen, **added, image_only_indicator=indicator).sample

    with torch.no_grad():
        multiplied = run(torch.ones(2, networks.FRAMES))
        assert ran
        left_out = run(True)
    assert not ran
    torch.testing.assert_close(left_out, multiplied, rtol=1e-5, atol=1e-6)


def test_the_frozen_encoder_keeps_no_graph_and_the_decoder_does():
    network, seen = networks.unet().requires_grad_(False), networks.inputs()
    control = networks.trained(TrajectoryControlNet.from_unet(network))
    kept: list[str] = []

    def note(module, _, output):
        result = output[0] if isinstance(output, tuple) else output
        kept.append(f"{type(module).__name__}: {result.requires_grad}")

    network.mid_block.register_forward_hook(note)
    network.up_blocks[0].register_forward_hook(note)
    residuals = control(**seen, **networks.conditions())
    network(
        **seen, down_block_residuals=residuals.down, mid_block_residual=residuals.mid
    ).sample.square().mean().backward()
    assert kept == ["UNetMidBlockSpatioTemporal: False", "UpBlockSpatioTemporal: True"]
    assert all(parameter.grad is not None for parameter in control.taps.parameters())
    assert all(parameter.grad is None for parameter in network.parameters())


def test_an_encoder_that_is_trained_gets_its_gradients():
    network, seen = networks.unet(), networks.inputs()
    network.requires_grad_(False)
    network.down_blocks[0].requires_grad_(True)
    network(**seen).sample.square().mean().backward()
    assert all(parameter.grad is not None for parameter in network.down_blocks[0].parameters())


def test_attention_to_one_token_needs_no_attention():
    network, seen = networks.unet(), networks.inputs()
    with torch.no_grad():
        plain = network(**seen).sample
        assert use_one_token_attention(network) == sum(name.endswith(".attn2") for name, _ in network.named_modules())
        torch.testing.assert_close(network(**seen).sample, plain, rtol=1e-4, atol=1e-5)
        with pytest.raises(ValueError, match="one token"):
            network(**{**seen, "encoder_hidden_states": torch.zeros(2, 2, 24)})
