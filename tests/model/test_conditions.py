"""What the networks are told, and that training and sampling ask them the same way."""

from dataclasses import replace

import pytest
import torch

from model.condition_dropout import DropRates
from model.conditions import Conditions, Noisy, network_output, network_outputs
from model.controlnet import TrajectoryControlNet
from model.fast.layout import use_fast_layout
from model.image_noise import ImageNoise, noisy_images
from model.one_token import use_one_token_attention
from tests.model import networks

SIZE = (8, 12)


def pair() -> tuple:
    unet = networks.unet()
    return unet, networks.trained(TrajectoryControlNet.from_unet(unet))


def told(batch: int = 2, seed: int = 3) -> Conditions:
    generator = torch.Generator().manual_seed(seed)
    seen, beside = networks.inputs(batch, SIZE, seed), networks.conditions(batch, SIZE, seed)
    return Conditions(
        image_latents=torch.randn(batch, 4, *SIZE, generator=generator),
        image_embedding=seen["encoder_hidden_states"],
        time_ids=seen["added_time_ids"],
        **beside,
    )


def noisy(batch: int = 2, seed: int = 4) -> torch.Tensor:
    return torch.randn(batch, networks.FRAMES, 4, *SIZE, generator=torch.Generator().manual_seed(seed))


def output(conditions: Conditions, **options) -> torch.Tensor:
    with torch.no_grad():
        return network_output(*pair(), noisy(len(conditions.time_ids)), torch.tensor([0.5, 3.0]), conditions, **options)


@pytest.mark.parametrize("condition", ["image", "trajectory", "camera"])
def test_a_condition_that_is_taken_away_from_one_sample_leaves_the_other_as_it_was(condition: str) -> None:
    yes, conditions = torch.tensor([True, True]), told()
    flags = {"image": yes, "trajectory": yes, "camera": yes, condition: torch.tensor([True, False])}
    before, after = output(conditions), output(conditions.keep(**flags))
    torch.testing.assert_close(after[0], before[0], rtol=1e-5, atol=1e-6)
    assert (after[1] - before[1]).abs().max() > 1e-4


@pytest.mark.parametrize(("condition", "field"), [("trajectory", "trajectory_maps"), ("camera", "camera")])
def test_a_condition_that_was_taken_away_is_not_seen_at_all(condition: str, field: str) -> None:
    yes = torch.tensor([True, True])
    flags = {"image": yes, "trajectory": yes, "camera": yes, condition: ~yes}
    conditions = told()
    other = replace(conditions, **{field: torch.rand_like(getattr(conditions, field))})
    assert torch.equal(output(conditions.keep(**flags)), output(other.keep(**flags)))
    assert not torch.equal(output(conditions), output(other))


def test_without_its_image_a_sample_gets_zeros_as_in_svds_guidance() -> None:
    kept = told().keep(torch.tensor([False, True]), *[torch.tensor([True, True])] * 2)
    assert (kept.image_latents[0] == 0).all() and (kept.image_embedding[0] == 0).all()
    assert torch.equal(kept.image_latents[1], told().image_latents[1])


def test_the_control_can_be_turned_off() -> None:
    conditions = told()
    unet, control = pair()
    with torch.no_grad():
        off = network_output(unet, control, noisy(), torch.tensor([0.5, 3.0]), conditions, control_scale=0.0)
        fresh = TrajectoryControlNet.from_unet(unet)
        plain = network_output(unet, fresh, noisy(), torch.tensor([0.5, 3.0]), conditions)
    torch.testing.assert_close(off, plain, rtol=1e-6, atol=1e-6)


def test_a_frame_of_the_conditions_is_that_frame() -> None:
    conditions = told()
    one = conditions.frame(torch.tensor([2, 0]))
    assert torch.equal(one.trajectory_maps[0, 0], conditions.trajectory_maps[0, 2])
    assert torch.equal(one.camera[1, 0], conditions.camera[1, 0])
    assert one.trajectory_maps.shape[1] == 1


def test_conditions_drop_out_each_by_itself_at_their_rates_and_from_the_seed() -> None:
    rates = DropRates(image=0.2, trajectory=0.5, camera=0.0)
    kept = rates.sample(20_000, torch.Generator().manual_seed(1))
    again = rates.sample(20_000, torch.Generator().manual_seed(1))
    assert abs((~kept.image).float().mean() - 0.2) < 0.02
    assert abs((~kept.trajectory).float().mean() - 0.5) < 0.02
    assert kept.camera.all()
    both = (~kept.image & ~kept.trajectory).float().mean()
    assert abs(both - 0.1) < 0.02, "independent"
    assert torch.equal(kept.image, again.image) and torch.equal(kept.trajectory, again.trajectory)
    with pytest.raises(ValueError, match="0 to 1"):
        DropRates(image=1.5)


def test_the_images_noise_has_the_strength_that_is_told_and_is_drawn_anew() -> None:
    images = torch.zeros(2, 3, 200, 200)
    strength = torch.tensor([0.02, 0.3])
    generator = torch.Generator().manual_seed(0)
    video_noise = torch.randn(2, 3, 200, 200, generator=torch.Generator().manual_seed(0))
    torch.randn(images.shape, generator=generator)  # the video's noise comes first from the same stream
    noise = noisy_images(images, strength, generator)
    assert torch.allclose(noise.std(dim=(1, 2, 3)), strength, rtol=0.02)
    for sample in range(2):
        together = torch.corrcoef(torch.stack([noise[sample].flatten(), video_noise[sample].flatten()]))[0, 1]
        assert abs(together) < 0.01


def test_strengths_are_svds() -> None:
    strengths = ImageNoise().sample(50_000, torch.Generator().manual_seed(2)).log()
    assert abs(strengths.mean() + 3.0) < 0.01 and abs(strengths.std() - 0.5) < 0.01


@pytest.mark.parametrize("fast", [False, True])
@pytest.mark.parametrize("controlled", [False, True])
def test_batches_computed_as_one_say_what_each_says_by_itself(fast, controlled) -> None:
    unet, control = pair()
    for network in (unet, control):
        if fast:
            use_one_token_attention(network)
            use_fast_layout(network)
        network.double()
    rows, frames = torch.arange(2), torch.tensor([2, 0])
    sigma, latents, conditions = torch.tensor([0.5, 3.0]).double(), noisy().double(), told()
    named = {name: value.double() for name, value in vars(conditions).items() if value.is_floating_point()}
    conditions = replace(conditions, **named)
    videos = Noisy(latents, sigma, conditions)
    alone = Noisy(latents[rows, frames][:, None], sigma, conditions.frame(frames), frames_alone=True)
    controlnet = control if controlled else None
    together = network_outputs(unet, controlnet, [videos, alone])
    for said, batch in zip(together, (videos, alone), strict=True):
        (expected,) = network_outputs(unet, controlnet, [batch])
        assert said.shape == batch.latents.shape
        torch.testing.assert_close(said, expected, rtol=1e-9, atol=1e-12)
    assert not torch.allclose(together[1][:, 0], together[0][rows, frames], rtol=1e-2), "time makes a difference"


def test_videos_that_come_after_others_are_refused() -> None:
    batch = Noisy(noisy(), torch.tensor([0.5, 3.0]), told())
    with pytest.raises(ValueError, match="must come before"):
        network_outputs(*pair(), [batch, batch])
