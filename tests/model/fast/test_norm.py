import pytest
import torch
from torch import nn

from model.fast.norm import group_normed


@pytest.mark.parametrize("middle", [0.0, 50.0])
def test_it_is_torchs_group_norm_and_so_are_its_gradients(middle) -> None:
    torch.manual_seed(0)
    norm = nn.GroupNorm(4, 12, eps=1e-5).double()
    nn.init.normal_(norm.weight)
    nn.init.normal_(norm.bias)
    tokens = torch.randn(3, 7, 12, dtype=torch.float64) * torch.arange(1.0, 13.0) + middle
    pull = torch.randn(3, 7, 12, dtype=torch.float64)
    found = []
    for normed in (group_normed, lambda module, seen: module(seen.mT).mT):
        seen = tokens.clone().requires_grad_()
        said = normed(norm, seen)
        found.append((said, *torch.autograd.grad((said * pull).sum(), (seen, norm.weight, norm.bias))))
    for ours, torchs in zip(*found, strict=True):
        torch.testing.assert_close(ours, torchs, rtol=1e-9, atol=1e-10)


def test_short_floats_are_normalised_in_float32() -> None:
    norm = nn.GroupNorm(2, 8)
    said = group_normed(norm, torch.randn(2, 64, 8).bfloat16() + 100.0)
    assert said.dtype == torch.bfloat16
    means = said.float().mean(dim=1).unflatten(1, (2, 4)).mean(dim=-1)
    torch.testing.assert_close(means, torch.zeros(2, 2), rtol=0, atol=1e-3)


def test_each_part_of_the_rows_is_shifted_by_its_own_and_the_result_activated() -> None:
    norm = nn.GroupNorm(2, 8).double()
    tokens, shift = torch.randn(2, 12, 8, dtype=torch.float64), torch.randn(2, 3, 8, dtype=torch.float64)
    expected = nn.functional.silu(group_normed(norm, tokens + shift.repeat_interleave(4, dim=1)))
    torch.testing.assert_close(group_normed(norm, tokens, shift, activated=True), expected)
