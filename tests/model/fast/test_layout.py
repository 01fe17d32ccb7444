"""The blocks in a fast layout against diffusers' own: outputs and gradients to rounding."""

import pytest
import torch

from model.controlnet import TrajectoryControlNet
from model.fast.decoder import FastCrossUpBlock, FastUpBlock, FastUpsample
from model.fast.layout import FastResBlock, FastTransformer, use_fast_layout
from model.one_token import use_one_token_attention
from tests.model import networks


def pair(seed: int = 0) -> tuple[torch.nn.Module, torch.nn.Module]:
    """A ControlNet and its backbone in float64, every weight moved away from where it begins."""
    unet = networks.trained(networks.unet(seed))
    control = networks.trained(TrajectoryControlNet.from_unet(unet), seed + 1)
    for network in (unet, control):
        use_one_token_attention(network)
    return unet.double(), control.double()


def said(unet, control, size, **more) -> tuple[torch.Tensor, list[torch.Tensor]]:
    seen = {name: value.double() for name, value in networks.inputs(size=size).items()}
    told = {
        name: value.double() if value.is_floating_point() else value
        for name, value in networks.conditions(size=size).items()
    }
    residuals = control(**seen, **told, **more)
    output = unet(**seen, down_block_residuals=residuals.down, mid_block_residual=residuals.mid, **more).sample
    output.square().mean().backward()
    weights = [*unet.named_parameters(), *control.named_parameters()]
    return output.detach(), {name: parameter.grad for name, parameter in weights if parameter.grad is not None}


@pytest.mark.parametrize("size", [(8, 12), (9, 7)])
@pytest.mark.parametrize("alone", [None, True, torch.tensor([[0.0, 0.0, 0.0], [1.0, 1.0, 1.0]])])
def test_outputs_and_gradients_are_those_of_the_plain_blocks(size, alone) -> None:
    more = {} if alone is None else {"image_only_indicator": alone}
    plain = said(*pair(), size, **more)
    networks_fast = pair()
    for network in networks_fast:
        use_fast_layout(network)
        kinds = {type(module) for module in network.modules()}
        assert {FastResBlock, FastTransformer} <= kinds
        if network is networks_fast[0]:
            assert {FastUpBlock, FastCrossUpBlock, FastUpsample} <= kinds
    fast = said(*networks_fast, size, **more)
    torch.testing.assert_close(fast[0], plain[0], rtol=1e-9, atol=1e-12)
    assert fast[1].keys() == plain[1].keys()
    for name, gradient in plain[1].items():
        torch.testing.assert_close(fast[1][name], gradient, rtol=1e-7, atol=1e-11, msg=name)


def test_checkpointing_changes_nothing() -> None:
    first, second = pair(), pair()
    for network in (*first, *second):
        use_fast_layout(network)
    for network in second:
        network.train().enable_gradient_checkpointing()
    plain, kept = said(*first, (8, 12)), said(*second, (8, 12))
    torch.testing.assert_close(kept[0], plain[0], rtol=1e-9, atol=1e-12)
    for name, gradient in plain[1].items():
        torch.testing.assert_close(kept[1][name], gradient, rtol=1e-7, atol=1e-11)


def test_weights_keep_their_names_and_values() -> None:
    unet, _ = pair()
    before = {name: value.clone() for name, value in unet.state_dict().items()}
    use_fast_layout(unet)
    after = unet.state_dict()
    assert after.keys() == before.keys()
    assert all(torch.equal(after[name], value) for name, value in before.items())
