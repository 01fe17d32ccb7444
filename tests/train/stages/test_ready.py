from dataclasses import replace

import pytest
import torch

from dataset_tools.drawing import object_colour
from dataset_tools.trajectory_maps import MapPen
from model.camera import plucker_rays, pose_numbers, relative_cameras
from model.condition_dropout import DropRates, Kept
from model.condition_kinds import ConditionKinds
from model.fresh import fresh_pipeline
from model.losses import training_losses
from model.pose_maps import draw_poses
from model.trajectory_maps import draw_trajectories
from tests.train.batches import batch_of
from train.draws import Draws
from train.encoders import Encoders, latent_mean, to_pixels
from train.example import Cut
from train.recipe import Recipe
from train.stages.ready import Preparation

PLAIN = ConditionKinds()
RECIPE = Recipe(camera=True, cut=Cut(4, 2), drop=DropRates(0.0, 0.0, 0.0), motion_bucket=99.0)


@pytest.fixture(scope="module")
def pipeline():
    return fresh_pipeline("tiny", 0)


@pytest.fixture(scope="module")
def batch(small):
    return batch_of(small, 3)


def preparation(pipeline, kinds=PLAIN, **changes) -> Preparation:
    return Preparation(replace(RECIPE, **changes), Encoders.of(pipeline), 32, kinds)


def row(ready, number: int) -> list[torch.Tensor]:
    tensors = [ready.clean, *vars(ready.drawn).values(), *vars(ready.conditions).values()]
    return [tensor[number] for tensor in tensors]


def test_a_sample_is_made_ready_the_same_in_any_batch(pipeline, small) -> None:
    make = preparation(pipeline)
    together, alone = make(batch_of(small, 3)), make(batch_of(small, 1, start=2))
    for one, other in zip(row(together, 2), row(alone, 0), strict=True):
        torch.testing.assert_close(one, other, atol=1e-5, rtol=1e-5)


def test_nothing_is_drawn_from_torchs_own_state(pipeline, batch) -> None:
    before = torch.get_rng_state()
    preparation(pipeline)(batch)
    assert torch.equal(torch.get_rng_state(), before)


def test_the_networks_are_told_what_the_batch_says(pipeline, batch) -> None:
    ready = preparation(pipeline)(batch)
    told = ready.conditions
    assert ready.clean.shape == (3, 4, 4, 4, 8) and told.trajectory_maps.shape == (3, 4, 3, 32, 64)
    assert told.trajectory_maps.min() == 0 and 0.5 < told.trajectory_maps.max() <= 1
    assert told.time_ids[:, :2].tolist() == [[7.0, 99.0]] * 3 and (told.time_ids[:, 2] > 0).all()
    assert torch.equal(told.camera, pose_numbers(relative_cameras(batch.world_from_camera)))
    assert told.has_camera.all() and told.has_trajectory.all()
    assert told.image_embedding.shape == (3, 1, 32) and not told.image_embedding.any()


def test_the_condition_images_noise_is_not_that_of_the_video(pipeline, batch) -> None:
    draws = Draws(
        torch.ones(3),
        torch.zeros(3, dtype=torch.long),
        torch.zeros(3),
        Kept(*[torch.ones(3).bool()] * 3),
        torch.ones(3, 3),
    )
    clear = preparation(pipeline)(batch, draws)
    first = latent_mean(Encoders.of(pipeline).moments(to_pixels(batch.pictures()[:, 0])))
    torch.testing.assert_close(clear.conditions.image_latents, first)
    noisy = preparation(pipeline)(batch, replace(draws, strength=torch.full((3,), 0.5)))
    assert not torch.allclose(noisy.conditions.image_latents, first)
    assert torch.equal(noisy.clean, clear.clean) and torch.equal(noisy.drawn.noise, clear.drawn.noise)


def test_the_condition_images_noise_tells_nothing_of_the_videos(pipeline, batch) -> None:
    """In pixels before the VAE, of its own stream: seeds that draw both from one make the first numbers the same."""
    seen: list[torch.Tensor] = []
    hook = pipeline.vae.encoder.register_forward_pre_hook(lambda _, given: seen.append(given[0]))
    ready = preparation(pipeline)(batch)
    hook.remove()
    image = (seen[0] - to_pixels(batch.pictures()[:, 0])).flatten(1)
    for told in (ready.drawn.noise, ready.clean):
        video = told.flatten(1)
        for own, noise in zip(image[:, : video.shape[1]], video, strict=True):
            assert abs(torch.corrcoef(torch.stack([own, noise]))[0, 1]) < 0.2
    assert (image.std(dim=1) > 0.005).all()


def test_a_condition_is_taken_away_where_it_is_drawn(pipeline, batch) -> None:
    told = preparation(pipeline, drop=DropRates(1.0, 1.0, 1.0))(batch).conditions
    assert not told.image_latents.any() and not told.has_trajectory.any() and not told.has_camera.any()


def test_a_stage_without_the_camera_tells_nobody_of_it(pipeline, batch) -> None:
    assert not preparation(pipeline)(batch, None).conditions.has_camera.logical_not().any()
    make = Preparation(replace(RECIPE, camera=False), Encoders.of(pipeline), 32)
    assert not make(batch).conditions.has_camera.any()


def test_rays_lie_on_the_latents_grid(pipeline, batch) -> None:
    told = preparation(pipeline, ConditionKinds(camera="rays"))(batch).conditions
    relative = relative_cameras(batch.world_from_camera)
    assert torch.equal(told.camera, plucker_rays(relative, batch.intrinsics, (32, 64), (4, 8)))


def test_maps_are_drawn_with_the_control_nets_pen(pipeline, batch) -> None:
    told = preparation(pipeline, ConditionKinds("glow"))(batch).conditions
    colours = [object_colour(n) for n in range(2)]
    glows = draw_trajectories(batch.centres_px, batch.objects, (32, 64), colours, MapPen("glow"))
    torch.testing.assert_close(told.trajectory_maps, glows / 255.0)


def test_pose_maps_come_behind_those_of_the_paths_where_the_control_net_has_them(pipeline, batch, real) -> None:
    plain, told = (preparation(pipeline, ConditionKinds(pose_maps=on))(batch).conditions for on in (False, True))
    poses = draw_poses(batch.axes_px[..., :4, :], batch.objects, (32, 64)) / 255.0
    assert poses.amax() > 0.5 and torch.equal(told.trajectory_maps[:, :, :3], plain.trajectory_maps)
    assert torch.equal(told.trajectory_maps[:, :, 3:], poses)
    unknown = preparation(pipeline, ConditionKinds(pose_maps=True))(batch_of(real, 2)).conditions.trajectory_maps
    assert unknown[:, :, :3].any() and not unknown[:, :, 3:].any()


def test_an_unknown_camera_is_told_as_unknown_and_finite(pipeline, real) -> None:
    told = preparation(pipeline)(batch_of(real, 2)).conditions
    assert not told.has_camera.any() and told.camera.isfinite().all()


def test_boxes_are_drawn_into_the_target_and_not_into_the_condition(pipeline, batch) -> None:
    plain, boxed = preparation(pipeline)(batch), preparation(pipeline, target="boxed")(batch)
    assert not torch.equal(plain.clean, boxed.clean)
    assert torch.equal(plain.conditions.image_latents, boxed.conditions.image_latents)
    assert torch.equal(plain.conditions.trajectory_maps, boxed.conditions.trajectory_maps)


def test_colours_are_changed_where_the_recipe_says_so(pipeline, batch) -> None:
    make = preparation(pipeline, jitter=0.4)
    plain, changed, again = preparation(pipeline)(batch), make(batch), make(batch)
    assert torch.equal(changed.clean, again.clean)
    assert all(not torch.allclose(one, other, atol=1e-3) for one, other in zip(plain.clean, changed.clean, strict=True))
    assert torch.equal(plain.conditions.trajectory_maps, changed.conditions.trajectory_maps)
    assert torch.equal(plain.drawn.sigma, changed.drawn.sigma)


def test_what_is_ready_gives_finite_losses(pipeline, batch) -> None:
    ready = preparation(pipeline)(batch)
    with torch.no_grad():
        losses = training_losses(pipeline.unet, pipeline.controlnet, ready.clean, ready.drawn, ready.conditions)
    assert losses.video.isfinite().all() and losses.frame.isfinite().all()
