import torch

from model.conditions import network_output
from model.controlnet import TrajectoryControlNet
from model.edm import add_noise, denoised, loss_weight
from model.losses import Drawn, training_losses
from tests.model import networks
from tests.model.test_conditions import noisy, pair, told

SIGMA = torch.tensor([0.4, 5.0])


def drawn(clean: torch.Tensor, seed: int = 0) -> Drawn:
    return Drawn.at(clean, SIGMA, torch.Generator().manual_seed(seed))


def test_the_video_loss_is_the_weighted_error_of_the_estimate() -> None:
    unet, control = pair()
    clean, conditions = noisy(), told()
    draw = drawn(clean)
    with torch.no_grad():
        losses = training_losses(unet, control, clean, draw, conditions)
        blurred = add_noise(clean, draw.noise, SIGMA)
        estimate = denoised(network_output(unet, control, blurred, SIGMA, conditions), blurred, SIGMA)
    expected = loss_weight(SIGMA) * (estimate - clean).square().flatten(1).mean(dim=1)
    torch.testing.assert_close(losses.video, expected)


def test_the_frame_loss_knows_one_frame_alone() -> None:
    unet, control = pair()
    clean, conditions = noisy(), told()
    draw = drawn(clean)
    rows = torch.arange(2)
    other = torch.randn_like(clean)
    other[rows, draw.frames] = clean[rows, draw.frames]
    with torch.no_grad():
        first = training_losses(unet, control, clean, draw, conditions)
        second = training_losses(unet, control, other, draw, conditions)
    torch.testing.assert_close(first.frame, second.frame)
    assert not torch.allclose(first.video, second.video)


def test_two_samples_at_once_lose_what_each_loses_alone() -> None:
    unet, control = pair()
    clean, conditions = noisy(), told()
    draw = drawn(clean)
    with torch.no_grad():
        both = training_losses(unet, control, clean, draw, conditions)
        for k in range(2):
            part = slice(k, k + 1)
            own = Drawn(draw.noise[part], draw.sigma[part], draw.frames[part])
            alone = type(conditions)(**{name: value[part] for name, value in vars(conditions).items()})
            found = training_losses(unet, control, clean[part], own, alone)
            torch.testing.assert_close(found.video[0], both.video[k], rtol=1e-4, atol=1e-5)
            torch.testing.assert_close(found.frame[0], both.frame[k], rtol=1e-4, atol=1e-5)


def test_gradients_reach_the_control_net_alone() -> None:
    unet = networks.unet().requires_grad_(False)
    control = networks.trained(TrajectoryControlNet.from_unet(unet))
    clean = noisy()
    training_losses(unet, control, clean, drawn(clean), told()).total(1.0).backward()
    assert all(weights.grad is None for weights in unet.parameters())
    still = [name for name, weights in control.named_parameters() if weights.grad is None]
    assert still == []


def test_a_control_net_that_begins_learns_from_its_taps_on() -> None:
    unet = networks.unet().requires_grad_(False)
    control = TrajectoryControlNet.from_unet(unet)
    clean = noisy()
    training_losses(unet, control, clean, drawn(clean), told()).total(1.0).backward()
    assert all(weights.grad.abs().max() > 0 for name, weights in control.named_parameters() if "tap" in name)


def test_draws_come_from_the_generator_alone() -> None:
    clean = noisy()
    first, second = drawn(clean, 7), drawn(clean, 7)
    assert torch.equal(first.noise, second.noise) and torch.equal(first.frames, second.frames)
    assert not torch.equal(first.noise, drawn(clean, 8).noise)
