from dataclasses import replace

import torch

from model.conditions import network_output
from model.controlnet import TrajectoryControlNet
from model.edm import add_noise, denoised, loss_weight
from model.losses import Drawn, Losses, training_losses
from model.one_token import use_one_token_attention
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


def test_the_frame_loss_runs_no_temporal_layer_and_the_video_loss_does() -> None:
    unet, control = pair()
    frames: list[int] = []
    for network in (unet, control):
        for name, module in network.named_modules():
            if name.endswith("temporal_res_block"):
                module.register_forward_hook(lambda module, seen, _: frames.append(seen[0].shape[2]))
    clean = noisy()
    with torch.no_grad():
        training_losses(unet, control, clean, drawn(clean), told(), single_frames=False)
        in_the_video = len(frames)
        training_losses(unet, control, clean, drawn(clean), told())
    assert in_the_video > 0 and len(frames) == 2 * in_the_video
    assert set(frames) == {networks.FRAMES}


def test_the_frame_loss_is_told_of_its_own_frame() -> None:
    unet, control = pair()
    clean, conditions = noisy(), told()
    draw = drawn(clean)
    rows = torch.arange(2)
    maps = torch.rand_like(conditions.trajectory_maps)
    maps[rows, draw.frames] = conditions.trajectory_maps[rows, draw.frames]
    own = conditions.trajectory_maps.clone()
    own[rows, draw.frames] = torch.rand_like(own[rows, draw.frames])
    with torch.no_grad():
        plain, elsewhere, there = (
            training_losses(unet, control, clean, draw, replace(conditions, trajectory_maps=found)).frame
            for found in (conditions.trajectory_maps, maps, own)
        )
    torch.testing.assert_close(plain, elsewhere)
    assert not torch.allclose(plain, there)


def test_the_total_weighs_the_frame_loss() -> None:
    losses = Losses(torch.tensor([1.0, 3.0]), torch.tensor([10.0, 20.0]))
    assert losses.total(0.0).item() == 2.0
    assert losses.total(2.0).item() == 32.0
    assert Losses(losses.video, None).total(2.0).item() == 2.0


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


def test_with_attention_to_one_token_all_that_is_trained_still_gets_a_gradient() -> None:
    unet = networks.unet().requires_grad_(False)
    control = networks.trained(TrajectoryControlNet.from_unet(unet))
    for network in (unet, control):
        use_one_token_attention(network)
    clean = noisy()
    training_losses(unet, control, clean, drawn(clean), told()).total(1.0).backward()
    still = [name for name, weights in control.named_parameters() if weights.requires_grad and weights.grad is None]
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
