"""Gated units against torch's own, interpreted where there is no GPU."""

import pytest
import torch
from torch.nn import functional

pytest.importorskip("triton")
from model.fast.kernels.gated import gated
from model.fast.kernels.triton_gated import ROWS
from tests.model.fast.kernels.conftest import PARTS

DEVICE = "cuda" if torch.cuda.is_available() else "cpu"


def seen(shape: tuple[int, ...], dtype: torch.dtype, learns: bool = True) -> tuple[torch.Tensor, torch.Tensor]:
    """Both halves in a row, and their biases in float32 as they are trained."""
    generator = torch.Generator().manual_seed(0)
    wide = (*shape[:-1], 2 * shape[-1])
    halves = torch.randn(wide, generator=generator).to(DEVICE, dtype).requires_grad_()
    return halves, torch.randn(wide[-1], generator=generator).to(DEVICE).requires_grad_(learns)


@pytest.mark.parametrize("shape", [(2, 3, 24), (33, 130), (PARTS * ROWS + 5, 8)], ids=str)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16], ids=str)
def test_output_and_gradients_are_those_of_torch(shape, dtype) -> None:
    inputs = seen(shape, dtype)
    halves, biases = exact = [tensor.detach().double().requires_grad_() for tensor in inputs]
    gradient = torch.randn(shape, generator=torch.Generator().manual_seed(9)).to(DEVICE, dtype)
    plain, gate = (halves + biases).chunk(2, dim=-1)
    said, expected = gated(*inputs), plain * functional.gelu(gate)
    assert said.dtype == dtype
    said.backward(gradient)
    expected.backward(gradient.double())
    far = max(8 * torch.finfo(dtype).eps, 2e-6)  # the series for the normal distribution is off by 1.5e-7
    torch.testing.assert_close(said.double(), expected, rtol=far, atol=far)
    for found, right in zip(inputs, exact, strict=True):
        assert found.grad.dtype == found.dtype
        torch.testing.assert_close(found.grad.double(), right.grad, rtol=far, atol=far * right.grad.abs().max().item())


def test_biases_that_do_not_learn_get_no_gradient() -> None:
    learned, frozen = seen((33, 130), torch.float32), seen((33, 130), torch.float32, learns=False)
    for inputs in (learned, frozen):
        gated(*inputs).sum().backward()
    assert frozen[1].grad is None
    assert torch.equal(frozen[0].grad, learned[0].grad)


def test_the_operator_is_as_torch_wants_it() -> None:
    torch.library.opcheck(gated, seen((5, 24), torch.float32))
