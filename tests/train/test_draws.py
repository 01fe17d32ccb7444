import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from model.condition_dropout import DropRates
from train.draws import IMAGE, NOISE, POSTERIOR, draw, normal
from train.recipe import Recipe
from train.recipes import COSINE

CPU = torch.device("cpu")
seeds = st.lists(st.integers(0, 2**62 - 1), min_size=1, max_size=6, unique=True)


@given(seeds)
def test_what_a_sample_draws_hangs_on_its_seed_alone(numbers) -> None:
    together = draw(Recipe(), torch.tensor(numbers), 14)
    noise = normal(torch.tensor(numbers), NOISE, (2, 3), CPU)
    for place, number in enumerate(numbers):
        alone = draw(Recipe(), torch.tensor([number]), 14)
        for name in ("sigma", "frames", "strength"):
            assert torch.equal(getattr(together, name)[place : place + 1], getattr(alone, name))
        for name in ("image", "trajectory", "camera"):
            assert torch.equal(getattr(together.kept, name)[place : place + 1], getattr(alone.kept, name))
        assert torch.equal(noise[place], normal(torch.tensor([number]), NOISE, (2, 3), CPU)[0])


def test_a_samples_streams_are_apart() -> None:
    first, *others = (normal(torch.tensor([5]), stream, (1000,), CPU)[0] for stream in (NOISE, IMAGE, POSTERIOR))
    for other in others:
        assert abs(torch.corrcoef(torch.stack([first, other]))[0, 1]) < 0.15


def test_draws_follow_the_laws_of_the_recipe() -> None:
    many = torch.arange(2000)
    found = draw(Recipe(drop=DropRates(image=0.5, trajectory=0.0, camera=1.0)), many, 4)
    logs = found.sigma.log()
    assert logs.mean() == pytest.approx(0.7, abs=0.15) and logs.std() == pytest.approx(1.6, abs=0.15)
    assert found.frames.unique().tolist() == [0, 1, 2, 3]
    assert found.kept.image.float().mean() == pytest.approx(0.5, abs=0.05)
    assert found.kept.trajectory.all() and not found.kept.camera.any()
    cosine = draw(Recipe(sigmas=COSINE), many, 4).sigma
    assert 0.0019 < cosine.min() and cosine.max() < 701


def test_nothing_is_drawn_from_torchs_own_state() -> None:
    before = torch.get_rng_state()
    draw(Recipe(), torch.arange(3), 4)
    normal(torch.arange(3), NOISE, (2,), CPU)
    assert torch.equal(torch.get_rng_state(), before)


def test_all_draws_move_together() -> None:
    moved = draw(Recipe(), torch.tensor([5, 6]), 14).to("meta")
    kept = moved.kept
    assert all(tensor.is_meta for tensor in (moved.sigma, moved.frames, kept.image, kept.trajectory, kept.camera))
