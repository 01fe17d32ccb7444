"""A block that takes the kernels says what it says without them, checkpointed too."""

import pytest
import torch
from diffusers.models.attention import TemporalBasicTransformerBlock
from torch.utils.checkpoint import checkpoint

pytest.importorskip("triton")
from model import kernels
from model.fast_attention import attend_in_time
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


def test_without_a_gpu_they_are_counted_and_not_taken() -> None:
    half = torch.zeros(1, dtype=torch.bfloat16)
    assert kernels.takes(half.to("meta")) and not kernels.takes(half) and not kernels.takes(half.float().to("meta"))
