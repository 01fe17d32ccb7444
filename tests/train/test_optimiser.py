"""The optimiser's step, and whether it is taken."""

from importlib.util import find_spec

import pytest
import torch
from torch import nn

from tests.train.runs import accelerator, recipe
from train.errors import RunError
from train.optimiser import make_optimiser, step_if_finite
from train.recipe import Optimiser, Recipe


def test_eight_bit_moments_need_their_package() -> None:
    if find_spec("bitsandbytes"):
        pytest.skip("bitsandbytes is installed")
    with pytest.raises(RunError, match=r"pip install 'posetraj\[eight-bit\]'"):
        make_optimiser(Recipe(optimiser=Optimiser(eight_bit=True)), [])


@pytest.mark.parametrize("kind", ["adamw", "another"])
@pytest.mark.parametrize("finite", [True, False])
def test_a_step_is_taken_where_all_is_finite(kind, finite) -> None:
    """Where it is not, neither weights nor moments nor the count of steps change."""
    weights = nn.Parameter(torch.ones(3))
    weights.grad = torch.tensor([1.0, torch.nan if not finite else 1.0, -1.0])
    made = make_optimiser(recipe(), [weights]) if kind == "adamw" else torch.optim.SGD([weights], momentum=0.9)
    optimiser = accelerator().prepare(made)
    step_if_finite(optimiser, torch.tensor(finite))
    assert torch.equal(weights, torch.ones(3)) != finite
    moved = [value for state in made.state.values() for value in state.values() if value is not None]
    assert all(not value.any() for value in moved) != finite
