"""The compiled networks say what they said, and each part is one program: traced here, without generating code."""

from functools import partial

import pytest
import torch

from model.compiled import compile_blocks
from model.controlnet import TrajectoryControlNet
from model.fast_layout import use_fast_layout
from model.one_token import use_one_token_attention
from tests.model import networks


@pytest.mark.slow
def test_every_part_is_one_program_and_says_what_it_said(monkeypatch) -> None:
    monkeypatch.setattr(torch, "compile", partial(torch.compile, fullgraph=True, backend="aot_eager"))
    unet = networks.unet()
    control = networks.trained(TrajectoryControlNet.from_unet(unet))
    for network in (unet, control):
        use_one_token_attention(network)
        use_fast_layout(network)
    seen, told = networks.inputs(), networks.conditions()

    def said() -> torch.Tensor:
        residuals = control(**seen, **told)
        return unet(**seen, down_block_residuals=residuals.down, mid_block_residual=residuals.mid).sample

    before = said()
    assert compile_blocks(unet) > 10 and compile_blocks(control) > 5
    after = said()
    torch.testing.assert_close(after, before)
    gradients = [torch.autograd.grad(output.sum(), control.taps[0].weight)[0] for output in (before, after)]
    torch.testing.assert_close(*gradients)
    torch._dynamo.reset()
