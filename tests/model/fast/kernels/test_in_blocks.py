"""A block that takes the kernels says what it says without them, checkpointed too."""

import pytest
import torch
from diffusers.models.attention import TemporalBasicTransformerBlock
from diffusers.models.resnet import SpatioTemporalResBlock
from torch.utils.checkpoint import checkpoint

pytest.importorskip("triton")
from model.fast import kernels
from model.fast.attention import attend_in_time
from model.fast.layout import FastResBlock
from model.fresh import first_weights
from model.one_token import use_one_token_attention

DEVICE = "cuda" if torch.cuda.is_available() else "cpu"


def said(block: torch.nn.Module, checkpointed: bool) -> dict[str, torch.Tensor]:
    """Output and all gradients."""
    generator = torch.Generator().manual_seed(1)
    film = torch.randn(2, 3, 4, 32, generator=generator).to(DEVICE).requires_grad_()
    context = torch.randn(2, 1, 1, 16, generator=generator).to(DEVICE)
    block.zero_grad()
    seen = (block, film, context)
    output = checkpoint(attend_in_time, *seen, use_reentrant=False) if checkpointed else attend_in_time(*seen)
    output.square().sum().backward()
    gradients = {name: weights.grad for name, weights in block.named_parameters() if weights.grad is not None}
    return {"output": output.detach(), "film": film.grad, **gradients}


@pytest.mark.parametrize("checkpointed", [False, True])
def test_a_block_with_kernels_is_the_block_without(monkeypatch, checkpointed) -> None:
    with first_weights(0):
        block = TemporalBasicTransformerBlock(32, 32, 2, 16, cross_attention_dim=16).to(DEVICE)
    use_one_token_attention(block)
    plain = said(block, checkpointed)
    asked = []
    monkeypatch.setattr(kernels, "takes", lambda tensor: asked.append(tensor) or True)
    with_kernels = said(block, checkpointed)
    assert len(asked) >= 3, "two gated layers and an attention"
    assert with_kernels.keys() == plain.keys() and "ff.net.0.proj.bias" in plain
    for name, expected in plain.items():
        torch.testing.assert_close(with_kernels[name], expected, rtol=1e-4, atol=1e-4, msg=name)


def said_of_pictures(block: FastResBlock) -> dict[str, torch.Tensor]:
    """Output and all gradients for a video of three frames and a frame alone, with a skip of other channels."""
    generator = torch.Generator().manual_seed(1)
    last = torch.channels_last
    pictures, skip = (
        torch.randn(4, channels, 6, 5, generator=generator).to(DEVICE, memory_format=last).requires_grad_()
        for channels in (40, 24)
    )
    time = torch.randn(4, 16, generator=generator).to(DEVICE).requires_grad_()
    block.zero_grad()
    with torch.backends.cudnn.flags(enabled=True, allow_tf32=False):
        output = block(pictures, time, torch.zeros(1, 3, dtype=torch.bool, device=DEVICE), skip)
        output.square().sum().backward()
    gradients = {name: weights.grad for name, weights in block.named_parameters()}
    return {"output": output.detach(), "pictures": pictures.grad, "skip": skip.grad, "time": time.grad, **gradients}


def test_a_residual_block_with_kernels_is_the_block_without(monkeypatch) -> None:
    with first_weights(0):
        block = SpatioTemporalResBlock(64, 32, 16, eps=1e-5, temporal_eps=1e-5).to(DEVICE)
    block.__class__ = FastResBlock
    plain = said_of_pictures(block)
    asked = []
    monkeypatch.setattr(kernels, "takes", lambda tensor: asked.append(tensor) or True)
    with_kernels = said_of_pictures(block)
    assert len(asked) == 4, "two norms in space and two in time"
    for name, expected in plain.items():
        torch.testing.assert_close(with_kernels[name], expected, rtol=1e-4, atol=1e-4, msg=name)


def test_without_a_gpu_they_are_counted_and_not_taken() -> None:
    half = torch.zeros(1, dtype=torch.bfloat16)
    assert kernels.takes(half.to("meta")) and not kernels.takes(half) and not kernels.takes(half.float().to("meta"))
