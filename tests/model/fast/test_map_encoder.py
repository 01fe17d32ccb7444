"""The folded encoder of maps against diffusers' own."""

import copy

import pytest
import torch
from diffusers.models.controlnets.controlnet import ControlNetConditioningEmbedding

from model.fast.map_encoder import FastConditionEmbedding


def encoders(channels: int, widths: tuple[int, ...]) -> tuple[FastConditionEmbedding, ControlNetConditioningEmbedding]:
    """Both with the same weights, none of which are zero."""
    torch.manual_seed(0)
    plain = ControlNetConditioningEmbedding(12, channels, widths).double()
    torch.nn.init.normal_(plain.conv_out.weight)
    fast = copy.deepcopy(plain)
    fast.__class__ = FastConditionEmbedding
    return fast, plain


@pytest.mark.parametrize("size", [(16, 24), (18, 10), (17, 24)], ids=str)
def test_it_says_and_learns_what_diffusers_own_does(size) -> None:
    fast, plain = encoders(3, (4, 8, 6))
    maps = torch.rand(2, 3, *size, dtype=torch.float64)
    said, expected = fast(maps), plain(maps)
    torch.testing.assert_close(said, expected)
    pull = torch.randn_like(expected)
    for output in (said, expected):
        (output * pull).sum().backward()
    for (name, found), right in zip(fast.named_parameters(), plain.parameters(), strict=True):
        torch.testing.assert_close(found.grad, right.grad, msg=name)


def test_maps_learn_too() -> None:
    fast, plain = encoders(5, (4, 8))
    seen = [torch.rand(1, 5, 8, 12, dtype=torch.float64, generator=torch.Generator().manual_seed(1)) for _ in range(2)]
    for network, maps in zip((fast, plain), seen, strict=True):
        network(maps.requires_grad_()).square().sum().backward()
    torch.testing.assert_close(seen[0].grad, seen[1].grad)
