"""Gradients of two processes, sent in buckets."""

import json

import pytest
import torch
from torch import nn

from tests.train.runs import accelerator, two_ranks
from train import shared_gradients
from train.shared_gradients import _buckets, share_gradients


@pytest.mark.slow
def test_all_processes_get_the_mean_in_place(tmp_path) -> None:
    """Whatever the layout, and whether gradients fill a bucket."""
    program = (
        "import json, torch; from torch import nn; from tests.train.runs import accelerator\n"
        "from train import shared_gradients; shared_gradients.BUCKET = 30\n"
        "machines = accelerator(); rank = machines.process_index\n"
        "sizes = (5,), (2, 3, 2, 3), (4, 4), ()\n"
        "weights = [nn.Parameter(torch.zeros(size)) for size in sizes]\n"
        "for number, weight in enumerate(weights):\n"
        "    weight.grad = (torch.arange(weight.numel()).float() + number * (1 + 2 * rank)).view(weight.shape)\n"
        "weights[1].grad = weights[1].grad.to(memory_format=torch.channels_last)\n"
        "places = [weight.grad.data_ptr() for weight in weights]\n"
        "shared_gradients.share_gradients(weights, machines)\n"
        "assert places == [weight.grad.data_ptr() for weight in weights]\n"
        "assert weights[1].grad.is_contiguous(memory_format=torch.channels_last)\n"
        "open(f'{rank}.json', 'w').write(json.dumps([weight.grad.tolist() for weight in weights]))\n"
        "torch.distributed.destroy_process_group()\n"
    )
    two_ranks(["program.py"], program, tmp_path)
    both = [json.loads((tmp_path / f"{rank}.json").read_text()) for rank in range(2)]
    assert both[0] == both[1]
    for number, found in enumerate(both[0]):
        found = torch.tensor(found)
        assert torch.equal(found.flatten(), torch.arange(found.numel()) + 2.0 * number)  # of 1 and 3


def test_weights_without_a_gradient_are_refused() -> None:
    """Another process may have one there, and the others would be mixed up."""
    weights = [nn.Parameter(torch.ones(2)) for _ in range(3)]
    weights[0].grad = torch.ones(2)
    with pytest.raises(RuntimeError, match="2 of 3 weights have no gradient"):
        share_gradients(weights, accelerator())


@pytest.mark.parametrize("numbers", [[], [3], [20, 20, 20], [7, 3, 50, 1, 1, 9], [10, 10, 10]], ids=str)
def test_buckets_hold_all_in_order_and_no_more_than_they_may(numbers, monkeypatch) -> None:
    monkeypatch.setattr(shared_gradients, "BUCKET", 20)
    gradients = [torch.empty(count) for count in numbers]
    buckets = list(_buckets(gradients))
    assert [id(one) for bucket in buckets for one in bucket] == [id(one) for one in gradients]
    for bucket in buckets:
        assert len(bucket) == 1 or sum(one.numel() for one in bucket) <= 20
    for one, other in zip(buckets[:-1], buckets[1:], strict=True):
        assert sum(gradient.numel() for gradient in one) + other[0].numel() > 20
