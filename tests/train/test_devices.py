"""What is said of devices."""

import pytest
import torch

from train.devices import idle_gpus_sentence


@pytest.mark.parametrize(
    ("kind", "there", "processes", "said"),
    [("cuda", 8, 1, True), ("cuda", 8, 2, False), ("cuda", 1, 1, False), ("cpu", 8, 1, False)],
)
def test_who_leaves_gpus_idle_is_told_how_to_take_all(kind, there, processes, said, monkeypatch) -> None:
    monkeypatch.setattr(torch.cuda, "device_count", lambda: there)
    sentence = idle_gpus_sentence(torch.device(kind), processes)
    assert bool(sentence) == said
    assert not said or "one of 8 GPUs is used; for all, begin with: torchrun --nproc-per-node 8 -m posetraj" in sentence
