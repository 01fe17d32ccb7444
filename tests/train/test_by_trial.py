import pytest
import torch

from train.by_trial import convolutions_by_trial


@pytest.mark.parametrize("tried", [False, True])
def test_the_choice_holds_within_and_is_as_before_after_it(tried) -> None:
    before = torch.backends.cudnn.benchmark
    with pytest.raises(KeyError), convolutions_by_trial(tried):
        assert torch.backends.cudnn.benchmark == tried
        raise KeyError
    assert torch.backends.cudnn.benchmark == before
