import pytest
import torch

from model.fresh import first_weights, fresh_pipeline


def weights(pipeline) -> dict[str, torch.Tensor]:
    parts = {"unet": pipeline.unet, "vae": pipeline.vae, "controlnet": pipeline.controlnet}
    return {f"{part}.{name}": value for part, network in parts.items() for name, value in network.state_dict().items()}


def test_weights_come_from_the_seed_alone_and_torchs_random_state_stays() -> None:
    before = torch.get_rng_state()
    first = weights(fresh_pipeline("tiny", 1))
    assert torch.equal(torch.get_rng_state(), before)
    torch.rand(1)
    again, other = weights(fresh_pipeline("tiny", 1)), weights(fresh_pipeline("tiny", 2))
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not torch.equal(first["unet.conv_in.weight"], other["unet.conv_in.weight"])


def test_the_control_net_is_a_copy_of_the_backbones_encoder() -> None:
    pipeline = fresh_pipeline("tiny", 1)
    assert pipeline.image_encoder is None
    assert torch.equal(pipeline.unet.conv_in.weight, pipeline.controlnet.conv_in.weight)


def test_the_random_state_comes_back_after_an_error_too() -> None:
    before = torch.get_rng_state()
    with pytest.raises(KeyError), first_weights(3):
        torch.rand(1)
        raise KeyError
    assert torch.equal(torch.get_rng_state(), before)
