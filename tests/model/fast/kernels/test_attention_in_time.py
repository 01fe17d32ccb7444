"""Attention in time against torch's own, interpreted where there is no GPU."""

import pytest
import torch
from torch.nn import functional

pytest.importorskip("triton")
from model.fast.kernels.attention_in_time import attention_in_time

DEVICE = "cuda" if torch.cuda.is_available() else "cpu"
DTYPES = [torch.float32, torch.float16]
if DEVICE == "cuda":  # the interpreter's products of bfloat16 are wrong
    DTYPES.append(torch.bfloat16)


def seen(frames: int, width: int, dtype: torch.dtype, heads: int = 3) -> torch.Tensor:
    """Queries, keys and values, one after the other."""
    generator = torch.Generator().manual_seed(frames)
    shape = (2, frames, 5, 3 * heads * width)
    return torch.randn(shape, generator=generator).to(DEVICE, dtype).requires_grad_()


def by_torch(seen: torch.Tensor, heads: int, scale: float) -> torch.Tensor:
    def sequences(film: torch.Tensor) -> torch.Tensor:
        return film.unflatten(-1, (heads, -1)).permute(0, 2, 3, 1, 4)  # (B,hw,heads,T,d)

    query, key, value = (sequences(film) for film in seen.chunk(3, dim=-1))
    said = functional.scaled_dot_product_attention(query, key, value, scale=scale)
    return said.permute(0, 3, 1, 2, 4).flatten(3)


@pytest.mark.parametrize(("frames", "width"), [(14, 64), (1, 16), (16, 8), (25, 40), (33, 32)])
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_output_and_gradients_are_those_of_torch(frames, width, dtype) -> None:
    inputs = seen(frames, width, dtype)
    exact = inputs.detach().double().requires_grad_()
    scale = width**-0.5  # larger ones make the scores' own rounding larger than the bound, on a GPU
    said, expected = attention_in_time(inputs, 3, scale), by_torch(exact, 3, scale)
    gradient = torch.randn(said.shape, generator=torch.Generator().manual_seed(9)).to(DEVICE)
    assert said.dtype == dtype
    said.backward(gradient.to(dtype))
    expected.backward(gradient.to(dtype).double())
    far = 8 * torch.finfo(dtype).eps
    torch.testing.assert_close(said.double(), expected, rtol=far, atol=far)
    for found, right in zip(inputs.grad.double().chunk(3, dim=-1), exact.grad.chunk(3, dim=-1), strict=True):
        torch.testing.assert_close(found, right, rtol=far, atol=far * right.abs().max().item())


def test_what_does_not_lie_in_a_row_is_taken_too() -> None:
    plain = seen(14, 16, torch.float32)
    other = plain.detach().transpose(1, 2).contiguous().transpose(1, 2)
    assert not other.is_contiguous()
    assert torch.equal(attention_in_time(other, 3, 0.3), attention_in_time(plain, 3, 0.3))


def test_heads_of_unequal_width_are_refused() -> None:
    with pytest.raises(ValueError, match="48 channels cannot be 5 heads of equal width"):
        attention_in_time(seen(14, 16, torch.float32), 5, 0.3)


def test_too_many_frames_are_refused() -> None:
    with pytest.raises(ValueError, match="64 frames at most, not of 65"):
        attention_in_time(seen(65, 16, torch.float32), 3, 0.3)


def test_the_operators_are_as_torch_wants_them() -> None:
    torch.library.opcheck(attention_in_time, (seen(14, 16, torch.float32), 3, 0.3))
