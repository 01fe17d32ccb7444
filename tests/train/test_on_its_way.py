import pytest
import torch

from train.on_its_way import OnItsWay

DEVICES = ["cpu", pytest.param("cuda", marks=pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU"))]


@pytest.mark.parametrize("device", DEVICES)
def test_what_arrives_is_what_was_sent(device) -> None:
    sent = torch.arange(5.0, device=device)
    way = OnItsWay(2.0 * sent)
    assert way.read().device.type == "cpu" and way.read().tolist() == [0.0, 2.0, 4.0, 6.0, 8.0]
