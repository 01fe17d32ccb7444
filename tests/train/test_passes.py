"""Passes replayed from a recording: the same as those that are not, to the bit, which needs a GPU."""

from dataclasses import dataclass

import pytest
import torch
from torch import Tensor, nn

from train.passes import TAKEN_FIRST, Passes, RecordedPasses, _form, _tensors
from train.stages.outcome import Outcome
from train.tensor_fields import each_tensor

on_a_gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="CUDA graphs need a GPU")
ROWS = 5


@dataclass(frozen=True)
class Told:
    """Targets (B,4), and None as some fields are."""

    targets: Tensor
    nothing: None = None


@dataclass(frozen=True)
class Seen:
    """Numbers (B,8), and what is nested."""

    numbers: Tensor
    told: Told


class Network(nn.Module):
    """Two layers, and one that never learns."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.layers = nn.Sequential(nn.Linear(8, 16), nn.GELU(), nn.Linear(16, 4)).cuda()
        self.unused = nn.Linear(2, 2).cuda()
        self.calls = 0

    def learn(self, seen: Seen) -> Outcome:
        self.calls += 1
        loss = (self.layers(seen.numbers) - seen.told.targets).square().mean(dim=1)
        loss.sum().backward()
        return Outcome(loss.detach(), {"first": loss.detach() + 1.0}, seen.numbers[:, 0])


def batch(number: int, rows: int = ROWS) -> Seen:
    generator = torch.Generator("cuda").manual_seed(number)
    numbers, targets = (torch.randn(rows, width, generator=generator, device="cuda") for width in (8, 4))
    return Seen(numbers, Told(targets))


def trained(network: Network, learn: Passes, batches: list[Seen], forget_at: int = -1) -> list[Tensor]:
    """What steps of three batches each say, and the weights after them."""
    optimiser = torch.optim.AdamW(network.parameters(), lr=0.1, fused=True)
    said = []
    for number, seen in enumerate(batches):
        if number == forget_at:
            learn.forget()
        outcome = learn(seen, first=number % 3 == 0)
        said += [outcome.total, outcome.parts["first"], outcome.sigma]
        if number % 3 == 2:
            optimiser.step()
    return said + [weights.detach() for weights in network.parameters()]


def recorded_passes(network: Network) -> RecordedPasses:
    return RecordedPasses(network.learn, network.parameters())


@on_a_gpu
@pytest.mark.parametrize("forget_at", [-1, 9])
def test_replays_say_and_teach_what_the_passes_do(forget_at) -> None:
    """Weights without a gradient get none, so that they do not decay."""
    plain, recorded = Network(), Network()
    batches = [batch(number) for number in range(18)]
    expected = trained(plain, Passes(plain.learn, plain.parameters()), batches)
    found = trained(recorded, recorded_passes(recorded), batches, forget_at)
    for one, other in zip(found, expected, strict=True):
        assert torch.equal(one, other)
    assert recorded.unused.weight.grad is None
    assert recorded.calls == (3 + 2) * (1 + (forget_at > 0))  # a step, and the recordings of its first and the others


@on_a_gpu
@pytest.mark.parametrize("odd", [4, 5, 12, 13, 14])
def test_a_batch_of_another_form_is_learned_without_the_recording(odd) -> None:
    plain, recorded = Network(), Network()
    batches = [batch(number, rows=3 if number == odd else ROWS) for number in range(21)]
    expected = trained(plain, Passes(plain.learn, plain.parameters()), batches)
    found = trained(recorded, recorded_passes(recorded), batches)
    for one, other in zip(found, expected, strict=True):
        assert torch.equal(one, other)
    assert recorded.calls == 3 + 2 + (-odd % 3 or 3)  # what follows it in its step is added to the same gradients


@on_a_gpu
def test_outcomes_do_not_change_with_the_next_replay() -> None:
    learn = recorded_passes(Network())
    for number in range(TAKEN_FIRST + 1):
        learn(batch(number), first=True)
    first = learn(batch(1), first=True)
    kept = first.total.clone()
    learn(batch(2), first=False)
    assert torch.equal(first.total, kept)


@on_a_gpu
def test_forgetting_gives_memory_free() -> None:
    network = nn.Sequential(*[nn.Linear(512, 512) for _ in range(8)]).cuda()

    def run(seen: Seen) -> Outcome:
        loss = network(seen.numbers).square().mean(dim=1)
        loss.sum().backward()
        return Outcome(loss.detach(), {})

    learn = RecordedPasses(run, network.parameters())
    seen = Seen(torch.randn(1 << 14, 512, device="cuda"), Told(torch.zeros(1, device="cuda")))
    for _ in range(TAKEN_FIRST + 1):
        learn(seen, first=True)
    torch.cuda.empty_cache()
    held = torch.cuda.memory_reserved()
    learn.forget()
    torch.cuda.empty_cache()
    assert torch.cuda.memory_reserved() < held - 2**26


def test_all_tensors_are_found_and_told_apart_by_their_form() -> None:
    seen = Seen(torch.zeros(2, 8), Told(torch.ones(2, 4)))
    assert [tensor.shape[1] for tensor in _tensors(seen)] == [8, 4]
    doubled = each_tensor(seen, lambda tensor: 2.0 * tensor)
    assert torch.equal(doubled.told.targets, torch.full((2, 4), 2.0)) and doubled.told.nothing is None
    assert _form(seen) == _form(doubled)
    assert _form(seen) != _form(Seen(torch.zeros(2, 8), Told(torch.ones(3, 4))))
    assert _form(seen) != _form(Seen(torch.zeros(2, 8), Told(torch.ones(2, 4), torch.ones(1))))


def test_tensors_that_would_be_overlooked_are_refused() -> None:
    with pytest.raises(TypeError, match="tuple may hold tensors that would be overlooked"):
        _tensors(Seen((torch.zeros(2),), Told(torch.ones(2))))


def test_passes_that_are_not_recorded_add_gradients_up_from_the_first_of_a_step_on() -> None:
    weight = nn.Parameter(torch.ones(3))

    def run(seen: Seen) -> Outcome:
        (weight * seen.numbers).sum().backward()
        return Outcome(seen.numbers, {})

    learn, seen = Passes(run, [weight]), Seen(torch.ones(3), Told(torch.ones(1)))
    for first, expected in ((True, 1.0), (False, 2.0), (True, 1.0)):
        assert learn(seen, first).total is seen.numbers
        assert torch.equal(weight.grad, torch.full((3,), expected))
    learn.forget()
    assert weight.grad is None
