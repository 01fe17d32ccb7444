"""The compiled networks say what they said, and each part is one program: traced here, without generating code."""

from functools import partial

import pytest
import torch
from torch._dynamo.testing import CompileCounterWithBackend

from model.condition_kinds import ConditionKinds
from model.condition_maps import condition_maps
from model.conditions import Conditions, Noisy, network_outputs
from model.controlnet import TrajectoryControlNet
from model.fast.compiled import compile_blocks
from model.fast.layout import use_fast_layout
from model.one_token import use_one_token_attention
from tests.model import networks

SIZE = (8, 12)


@pytest.fixture
def counted(monkeypatch) -> CompileCounterWithBackend:
    """Count what is compiled; what does not become one program is an error."""
    counter = CompileCounterWithBackend("aot_eager")
    monkeypatch.setattr(torch, "compile", partial(torch.compile, fullgraph=True, backend=counter))
    yield counter
    torch._dynamo.reset()


def batches() -> list[Noisy]:
    """Videos, and a frame of each by itself."""
    seen = networks.inputs(size=SIZE)
    conditions = Conditions(
        image_latents=seen["sample"][:, 0, :4],
        image_embedding=seen["encoder_hidden_states"],
        time_ids=seen["added_time_ids"],
        **networks.conditions(size=SIZE),
    )
    latents, sigma = seen["sample"][:, :, 4:], torch.tensor([0.5, 3.0])
    frames = torch.tensor([2, 0])
    alone = Noisy(latents[torch.arange(2), frames][:, None], sigma, conditions.frame(frames), frames_alone=True)
    return [Noisy(latents, sigma, conditions), alone]


@pytest.mark.slow
@pytest.mark.parametrize("checkpointing", [False, True])
def test_every_part_is_one_program_and_says_what_it_said(counted, checkpointing) -> None:
    unet = networks.unet()
    control = networks.trained(TrajectoryControlNet.from_unet(unet))
    for network in (unet, control):
        use_one_token_attention(network)
        use_fast_layout(network)
        if checkpointing:
            network.train().enable_gradient_checkpointing()

    def said() -> tuple[list[torch.Tensor], torch.Tensor]:
        outputs = network_outputs(unet, control, batches())
        (gradient,) = torch.autograd.grad(sum(output.square().sum() for output in outputs), control.taps[0].weight)
        return [output.detach() for output in outputs], gradient

    before = said()
    assert counted.frame_count == 0
    blocks = compile_blocks(unet) + compile_blocks(control)
    after = said()
    assert counted.frame_count > blocks / 2, "blocks of a kind and size share a program"
    assert set(unet.compiled_methods) <= vars(unet).keys() and set(control.compiled_methods) <= vars(control).keys()
    torch.testing.assert_close(after, before)


@pytest.mark.parametrize("kinds", [ConditionKinds(), ConditionKinds("glow", "rays", True)], ids=str)
def test_condition_maps_are_one_program(counted, kinds) -> None:
    generator = torch.Generator().manual_seed(0)
    centres = 60.0 * torch.rand(2, 3, 2, 2, generator=generator)
    centres[0, 0, 0] = torch.nan
    axes = 60.0 * torch.rand(2, 3, 2, 4, 2, generator=generator)
    told = (kinds, centres, axes, torch.tensor([[True, True], [True, False]]))
    drawn = torch.compile(condition_maps, dynamic=False)(*told, (64, 64))
    assert counted.frame_count == 1
    torch.testing.assert_close(drawn, condition_maps(*told, (64, 64)))
