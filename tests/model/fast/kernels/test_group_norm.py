"""Group normalisation against torch's own, interpreted where there is no GPU."""

import pytest
import torch
from torch.nn import functional

pytest.importorskip("triton")
from model.fast.kernels.group_norm import group_norm, group_norm_forward
from tests.model.fast.kernels.conftest import ROWS_OF_PART as PART

DEVICE = "cuda" if torch.cuda.is_available() else "cpu"
EPS = 1e-5


def seen(shape: tuple[int, int, int], segments: int, dtype: torch.dtype, learns: bool = True) -> list:
    """Tokens, whose mean is far from zero, their shift, and weight and bias in float32 as they are trained."""
    generator = torch.Generator().manual_seed(0)
    count, _, channels = shape
    tokens = 3.0 + torch.randn(shape, generator=generator)
    shift = torch.randn(count, segments, channels, generator=generator) if segments else None
    weight, bias = torch.randn(2, channels, generator=generator).to(DEVICE)
    tokens = tokens.to(DEVICE, dtype).requires_grad_()
    shift = None if shift is None else shift.to(DEVICE).requires_grad_(learns)
    return [tokens, None, shift, weight.requires_grad_(learns), bias.requires_grad_(learns)]


def by_torch(tokens, more, shift, weight, bias, groups: int, activated: bool) -> torch.Tensor:
    if more is not None:
        tokens = torch.cat([tokens, more], dim=-1)
    if shift is not None:
        parts = tokens.unflatten(1, (shift.shape[1], -1))
        tokens = (parts + shift[:, :, None]).flatten(1, 2)
    said = functional.group_norm(tokens.mT, groups, weight, bias, EPS).mT
    return functional.silu(said) if activated else said


@pytest.mark.parametrize(
    ("shape", "groups", "segments"),
    [((2, 6, 8), 2, 0), ((3, 45, 24), 4, 1), ((2, 3 * (PART + 7), 80), 8, 3), ((1, 2 * PART, 192), 32, 1)],
    ids=str,
)
@pytest.mark.parametrize("joined", [0, 5])
@pytest.mark.parametrize("activated", [True, False])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16], ids=str)
def test_output_and_gradients_are_those_of_torch(shape, groups, segments, activated, dtype, joined) -> None:
    """The last channels may lie apart from the others."""
    inputs = seen(shape, segments, dtype)
    if joined:
        whole = inputs[0].detach()
        inputs[:2] = [part.contiguous().requires_grad_() for part in whole.split([shape[-1] - joined, joined], dim=-1)]
    exact = [None if tensor is None else tensor.detach().double().requires_grad_() for tensor in inputs]
    gradient = torch.randn(shape, generator=torch.Generator().manual_seed(9)).to(DEVICE, dtype)
    said, expected = group_norm(*inputs, groups, EPS, activated), by_torch(*exact, groups, activated)
    assert said.dtype == dtype
    said.backward(gradient)
    expected.backward(gradient.double())
    far = 8 * torch.finfo(dtype).eps
    torch.testing.assert_close(said.double(), expected, rtol=far, atol=far)
    for found, right in zip(inputs, exact, strict=True):
        if found is not None:
            assert found.grad.dtype == found.dtype
            close = max(far, 1e-5) * right.grad.abs().max().item()
            torch.testing.assert_close(found.grad.double(), right.grad, rtol=far, atol=close)


def test_a_mean_far_from_zero_costs_no_precision() -> None:
    tokens, *_, weight, bias = seen((1, PART + 3, 8), 0, torch.float32)
    far = tokens.detach() + 1000.0
    said = group_norm(far, None, None, weight, bias, 2, EPS, False)
    expected = by_torch(far.double(), None, None, weight.double(), bias.double(), 2, False)
    torch.testing.assert_close(said.double(), expected, rtol=1e-4, atol=1e-3)


@pytest.mark.filterwarnings("ignore:overflow encountered in exp")
@pytest.mark.parametrize("level", [-1e4, -100.0, -88.5, 17.0, 100.0, 1e4])
def test_the_activation_holds_for_numbers_of_any_size(level) -> None:
    tokens, *_, weight, _ = seen((1, 24, 8), 0, torch.float32)
    biases = torch.full((8,), level, device=DEVICE)
    inputs = [tokens.detach().requires_grad_(), None, None, weight.detach(), biases]
    exact = [tensor if tensor is None else tensor.detach().double() for tensor in inputs]
    exact[0].requires_grad_()
    said, expected = group_norm(*inputs, 2, EPS, True), by_torch(*exact, 2, True)
    torch.testing.assert_close(said.double(), expected, rtol=1e-5, atol=1e-30)
    (found,) = torch.autograd.grad(said.square().sum(), inputs[0])
    (right,) = torch.autograd.grad(expected.square().sum(), exact[0])
    torch.testing.assert_close(found.double(), right, rtol=1e-4, atol=1e-5 * max(1.0, level))


def test_what_does_not_learn_gets_no_gradient() -> None:
    learned, frozen = (seen((2, 12, 8), 2, torch.float32, learns) for learns in (True, False))
    for inputs in (learned, frozen):
        group_norm(*inputs, 2, EPS, True).square().sum().backward()
    assert all(tensor.grad is None for tensor in frozen[2:])
    assert torch.equal(frozen[0].grad, learned[0].grad)


@pytest.mark.parametrize("segments", [0, 2])
@pytest.mark.parametrize("joined", [0, 3])
def test_the_operator_is_as_torch_wants_it(segments, joined) -> None:
    inputs = seen((2, 6, 8), segments, torch.float32)
    if joined:
        inputs[:2] = [part.detach().requires_grad_() for part in inputs[0].split([8 - joined, joined], dim=-1)]
    torch.library.opcheck(group_norm_forward, (*inputs, 2, EPS, True))
