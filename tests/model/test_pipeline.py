"""Sampling with networks of the preset `tiny`: files, guidance, and that it agrees with training."""

import numpy as np
import pytest
import torch
from diffusers import EulerDiscreteScheduler, StableVideoDiffusionPipeline, UNetSpatioTemporalConditionModel
from PIL import Image

from model.condition_kinds import ConditionKinds
from model.controlnet import TrajectoryControlNet
from model.edm import denoised
from model.errors import RequestError
from model.fresh import fresh_pipeline
from model.load import load_pipeline
from model.micro_conditioning import MicroConditioning
from model.paths import TimedPath
from model.pipeline import Camera, Guidance, TrajectoryVideoPipeline, guided
from model.presets import PRESETS, make_scheduler
from tests.model import networks

SIZE = (64, 96)
FRAMES = 4
PATH = [[(20, 30), (70, 40)]]


@pytest.fixture(scope="module")
def pipeline() -> TrajectoryVideoPipeline:
    torch.manual_seed(0)
    preset = PRESETS["tiny"]
    unet = preset.make_unet()
    control = networks.trained(preset.make_controlnet(unet))
    made = TrajectoryVideoPipeline(preset.make_vae(), None, unet, make_scheduler(), None, control)
    made.set_progress_bar_config(disable=True)
    return made


@pytest.fixture(scope="module")
def image() -> Image.Image:
    return Image.fromarray(np.random.default_rng(0).integers(0, 256, (*SIZE, 3), dtype=np.uint8))


def sample(pipeline: TrajectoryVideoPipeline, image: Image.Image, paths=PATH, seed: int = 1, **options) -> np.ndarray:
    generator = torch.Generator().manual_seed(seed)
    return pipeline(image, paths, SIZE, generator, num_frames=FRAMES, num_inference_steps=3, **options)


def test_a_video_has_the_size_asked_for_and_comes_from_the_seed(pipeline, image) -> None:
    first, again, other = sample(pipeline, image), sample(pipeline, image), sample(pipeline, image, seed=2)
    assert first.shape == (FRAMES, *SIZE, 3)
    assert first.min() >= 0 and first.max() <= 1
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_the_path_changes_the_video_and_no_path_is_the_null(pipeline, image) -> None:
    moved = sample(pipeline, image, [[(20, 30), (20, 60)]])
    assert not np.array_equal(sample(pipeline, image), moved)
    assert np.isfinite(sample(pipeline, image, [])).all()


@pytest.mark.parametrize("mode", ["RGBA", "L", "P"])
def test_an_image_of_any_mode_is_taken_as_rgb(pipeline, image, mode) -> None:
    given = image.convert(mode)
    assert np.array_equal(sample(pipeline, given), sample(pipeline, given.convert("RGB")))


@pytest.mark.parametrize("size", [(100, 96), (64, 100), (16, 64), (0, 64)])
def test_a_size_that_the_networks_do_not_take_is_refused(pipeline, image, size) -> None:
    with pytest.raises(RequestError, match=f"{size[1]}x{size[0]} cannot be; width and height are multiples of 8"):
        pipeline(image, PATH, size, torch.Generator(), num_frames=FRAMES)


def test_a_path_in_pixels_of_a_larger_picture_is_refused(pipeline, image) -> None:
    large = image.resize((1920, 1080))
    with pytest.raises(RequestError, match=r"begins at 900,500, .* the image of 1920x1080 is resized"):
        sample(pipeline, large, [[(900, 500), (20, 30)]])


@pytest.mark.parametrize("factor", [float("nan"), float("inf")])
def test_guidance_is_finite(factor) -> None:
    with pytest.raises(RequestError, match="finite"):
        Guidance(last=factor)


def test_guidance_of_one_is_the_conditional_output(pipeline, image) -> None:
    plain = sample(pipeline, image, guidance=Guidance(1.0, 1.0))
    with_trajectory = sample(pipeline, image, guidance=Guidance(1.0, 1.0, 1.0 + 1e-9))
    assert np.allclose(plain, with_trajectory, atol=1e-4)
    assert not np.allclose(plain, sample(pipeline, image, guidance=Guidance(1.0, 1.0, 3.0)), atol=1e-4)


@pytest.fixture
def told(pipeline, monkeypatch) -> list[dict]:
    """What the ControlNet is told at each step."""
    seen: list[dict] = []
    forward = pipeline.controlnet.forward

    def noted(**given):
        seen.append(given)
        return forward(**given)

    monkeypatch.setattr(pipeline.controlnet, "forward", noted)
    return seen


def test_the_control_net_sees_maps_of_the_path_from_nothing_to_one_and_the_micro_conditioning(
    pipeline, image, told
) -> None:
    sample(pipeline, image, told=MicroConditioning(9, 100, 0.05))
    maps = told[0]["trajectory_maps"]
    assert maps.min() == 0 and 0.5 < maps.max() <= 1
    first, last = maps[0, 0], maps[0, -1]
    assert first[:, 30, 20].max() > 0.5 and first[:, 40, 69].max() == 0
    assert last[:, 40, 69].max() > 0.5 and last[:, 30, 20].max() == 0
    assert torch.allclose(told[0]["added_time_ids"], torch.tensor([8.0, 100.0, 0.05]))
    assert told[0]["has_trajectory"].all() and not told[0]["has_camera"].any()


def test_a_timed_path_is_drawn_where_it_is_in_each_frame(pipeline, image, told) -> None:
    sample(pipeline, image, [TimedPath([(20, 30), (22, 30), (24, 30), (70, 30)])])
    maps = told[0]["trajectory_maps"][0]
    assert maps[2, :, 30, 24].max() > 0.5 and maps[2, :, 30, 53].max() == 0


def test_without_paths_the_control_net_is_told_so(pipeline, image, told) -> None:
    sample(pipeline, image, [])
    assert not told[0]["has_trajectory"].any()


def test_the_camera_counts_and_the_world_it_stands_in_does_not(pipeline, image, told) -> None:
    poses = torch.eye(4, dtype=torch.float64).repeat(FRAMES, 1, 1)
    poses[:, 0, 3] = torch.linspace(0, 1, FRAMES)
    world = torch.eye(4, dtype=torch.float64)
    world[:3, :3] = torch.tensor([[0.0, -1, 0], [1, 0, 0], [0, 0, 1]])
    world[:3, 3] = torch.tensor([5.0, 6.0, 7.0])
    intrinsics = torch.eye(3).repeat(FRAMES, 1, 1)
    here = sample(pipeline, image, camera=Camera(poses, intrinsics))
    there = sample(pipeline, image, camera=Camera(world @ poses, intrinsics))
    assert told[0]["has_camera"].all()
    assert np.allclose(here, there, atol=1e-5)
    assert not np.allclose(here, sample(pipeline, image), atol=1e-5)
    with pytest.raises(ValueError, match="poses"):
        sample(pipeline, image, camera=Camera(poses[:2], intrinsics[:2]))


@pytest.mark.parametrize("intrinsics", [None, torch.eye(3), torch.full((FRAMES, 3, 3), torch.nan)])
def test_a_control_net_that_sees_rays_needs_intrinsics_of_each_frame(pipeline, image, intrinsics) -> None:
    parts = pipeline.components
    control = TrajectoryControlNet.from_unet(pipeline.unet, camera="rays")
    seen = TrajectoryVideoPipeline(**parts | {"controlnet": control})
    with pytest.raises(RequestError, match="intrinsics of shape|not known in every frame"):
        sample(seen, image, camera=Camera(torch.eye(4).repeat(FRAMES, 1, 1), intrinsics))


def test_guidance_goes_beyond_the_image_frame_by_frame_and_beyond_the_path() -> None:
    full, imageless, pathless = (
        torch.randn(1, FRAMES, 4, 2, 2, generator=torch.Generator().manual_seed(k)) for k in range(3)
    )
    scale = torch.linspace(1, 3, FRAMES).reshape(1, -1, 1, 1, 1)
    found = guided(torch.cat([full, imageless, pathless]), Guidance(1.0, 3.0, 2.5), scale)
    torch.testing.assert_close(found, imageless + scale * (full - imageless) + 1.5 * (full - pathless))
    torch.testing.assert_close(guided(torch.cat([full, imageless]), Guidance(), scale)[:, 0], full[:, 0])


def test_the_schedulers_step_is_the_estimate_that_training_makes(pipeline) -> None:
    scheduler = make_scheduler()
    scheduler.set_timesteps(5)
    generator = torch.Generator().manual_seed(0)
    noisy, output = (torch.randn(1, FRAMES, 4, 8, 12, generator=generator) for _ in range(2))
    sigma, timestep = scheduler.sigmas[1], scheduler.timesteps[1]
    assert torch.allclose(timestep, 0.25 * sigma.log(), atol=1e-4), "the scheduler tells the time as the scalings do"
    scheduler.scale_model_input(noisy, timestep)
    clean = scheduler.step(output, timestep, noisy).pred_original_sample
    torch.testing.assert_close(clean, denoised(output, noisy, sigma[None]), rtol=1e-4, atol=1e-4)


def test_a_pipeline_that_was_written_is_read_again(pipeline, image, tmp_path) -> None:
    pipeline.save_pretrained(tmp_path)
    again = load_pipeline(tmp_path)
    again.set_progress_bar_config(disable=True)
    assert np.array_equal(sample(again, image), sample(pipeline, image))


def test_diffusers_own_loaders_read_what_was_written(pipeline, image, tmp_path) -> None:
    pipeline.save_pretrained(tmp_path)
    ours = TrajectoryVideoPipeline.from_pretrained(tmp_path)
    ours.set_progress_bar_config(disable=True)
    assert np.allclose(sample(ours, image), sample(pipeline, image), atol=1e-4)
    unet = UNetSpatioTemporalConditionModel.from_pretrained(tmp_path, subfolder="unet")
    assert tuple(unet.config.block_out_channels) == tuple(pipeline.unet.config.block_out_channels)
    for part in ("vae", "scheduler", "controlnet"):
        kind = type(getattr(pipeline, part))
        assert type(kind.from_pretrained(tmp_path, subfolder=part)) is kind


def test_a_folder_of_svd_that_diffusers_wrote_loads_and_samples_with_a_control_net_that_changes_nothing(
    image, tmp_path
) -> None:
    write_svd(tmp_path)
    ours = load_pipeline(tmp_path)
    ours.set_progress_bar_config(disable=True)
    video = sample(ours, image)
    assert video.shape == (FRAMES, *SIZE, 3)
    assert np.array_equal(video, sample(ours, image, control_scale=0.0))


def test_with_a_control_net_that_changes_nothing_a_step_is_that_of_diffusers_own_pipeline(image, tmp_path) -> None:
    write_svd(tmp_path)
    theirs = StableVideoDiffusionPipeline.from_pretrained(tmp_path)
    theirs.set_progress_bar_config(disable=True)
    ours = load_pipeline(tmp_path)
    ours.set_progress_bar_config(disable=True)
    expected = theirs(
        image,
        *SIZE,
        num_frames=FRAMES,
        num_inference_steps=3,
        fps=7,
        noise_aug_strength=0.02,
        generator=torch.Generator().manual_seed(1),
        output_type="np",
    ).frames[0]
    found = sample(ours, image)
    assert np.abs(found - expected).max() < 2e-3


def test_offloading_keeps_the_control_net_beside_the_unet_and_changes_nothing(pipeline, image) -> None:
    before = sample(pipeline, image)
    pipeline.enable_model_cpu_offload(device="cpu")
    try:
        assert pipeline.unet._hf_hook.prev_module_hook is None, "a step calls both, by turns"
        assert pipeline.vae._hf_hook.prev_module_hook is not None
        assert np.array_equal(sample(pipeline, image), before)
    finally:
        pipeline.remove_all_hooks()


def write_svd(folder) -> None:
    """A tiny pipeline of SVD with random weights, written by diffusers."""
    from transformers import CLIPImageProcessor, CLIPVisionConfig, CLIPVisionModelWithProjection

    torch.manual_seed(3)
    preset = PRESETS["tiny"]
    encoder = CLIPVisionModelWithProjection(
        CLIPVisionConfig(
            hidden_size=16,
            intermediate_size=16,
            num_hidden_layers=1,
            num_attention_heads=2,
            image_size=224,
            patch_size=56,
            projection_dim=preset.unet["cross_attention_dim"],
        )
    )
    StableVideoDiffusionPipeline(
        vae=preset.make_vae(),
        image_encoder=encoder,
        unet=UNetSpatioTemporalConditionModel(**preset.unet),
        scheduler=EulerDiscreteScheduler.from_config(make_scheduler().config),
        feature_extractor=CLIPImageProcessor(crop_size=224, size={"shortest_edge": 224}),
    ).save_pretrained(folder)


def test_poses_are_told_to_a_control_net_with_pose_maps(image) -> None:
    pipeline = fresh_pipeline("tiny", 0, ConditionKinds(pose_maps=True))
    pipeline.set_progress_bar_config(disable=True)
    seen: list[torch.Tensor] = []
    network = pipeline.controlnet
    network.register_forward_pre_hook(lambda _, __, told: seen.append(told["trajectory_maps"]), with_kwargs=True)
    axes = np.tile(np.array([[20.0, 30], [40, 30], [20, 50], [30, 20]]), (FRAMES, 1, 1, 1))
    sample(pipeline, image, axes_px=axes)
    told = seen[0]
    assert told.shape[2] == 6 and told[0, :, 3:, 30, 30].max(dim=0).values[0] > 0.5
    seen.clear()
    sample(pipeline, image)
    assert torch.equal(seen[0][:, :, :3], told[:, :, :3]) and not seen[0][:, :, 3:].any()
    with pytest.raises(ValueError, match="1 paths need"):
        sample(pipeline, image, axes_px=axes[:2])
