"""Image and paths in, video out: diffusers' SVD pipeline with the trajectory ControlNet beside the UNet."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from diffusers import AutoencoderKLTemporalDecoder, EulerDiscreteScheduler, StableVideoDiffusionPipeline
from numpy.typing import ArrayLike
from PIL import Image
from torch import Tensor
from transformers import CLIPImageProcessor, CLIPVisionModelWithProjection

from dataset_tools.drawing import AXES
from model.camera import CHANNELS, plucker_rays, pose_numbers, relative_cameras
from model.condition_kinds import ConditionKinds
from model.condition_maps import condition_maps
from model.conditions import Conditions, network_output
from model.controlnet import TrajectoryControlNet
from model.errors import RequestError
from model.image_noise import noisy_images
from model.latent_size import check_size
from model.micro_conditioning import MicroConditioning, added_time_ids
from model.paths import TimedPath, check_start, places_along
from model.pictures import as_rgb
from model.unet import TrajectoryUNet


@dataclass(frozen=True)
class Guidance:
    """How far to go beyond what the conditions alone say (Ho and Salimans 2022, equation 6).

    Attributes:
        first, last: by the image, in the first and in the last frame, even in between: SVD's guidance for each frame.
        trajectory: by the paths; 1 leaves it out and saves a third of the work.
    """

    first: float = 1.0
    last: float = 3.0
    trajectory: float = 1.0

    def __post_init__(self) -> None:
        if not all(math.isfinite(factor) for factor in (self.first, self.last, self.trajectory)):
            raise RequestError(f"{self} cannot be: each is a finite number")


@dataclass(frozen=True)
class Camera:
    """The camera of the video to make: poses `world_from_camera` (T,4,4), and intrinsics (T,3,3) in its pixels, which a
    ControlNet needs that takes the camera as rays."""

    world_from_camera: Tensor
    intrinsics: Tensor | None = None


class TrajectoryVideoPipeline(StableVideoDiffusionPipeline):
    """SVD with a trajectory ControlNet. `image_encoder` and `feature_extractor` may be None: the image is then told
    by its latents alone, as the preset `small` is trained."""

    _optional_components = ["image_encoder", "feature_extractor"]
    model_cpu_offload_seq = "image_encoder->unet->vae"  # each makes room for the next; the ControlNet must not

    def __init__(
        self,
        vae: AutoencoderKLTemporalDecoder,
        image_encoder: CLIPVisionModelWithProjection | None,
        unet: TrajectoryUNet,
        scheduler: EulerDiscreteScheduler,
        feature_extractor: CLIPImageProcessor | None,
        controlnet: TrajectoryControlNet,
    ) -> None:
        super().__init__(vae, image_encoder, unet, scheduler, feature_extractor)
        self.register_modules(controlnet=controlnet)

    @torch.no_grad()
    def __call__(
        self,
        image: Image.Image,
        paths: Sequence[ArrayLike | TimedPath],
        size: tuple[int, int],
        generator: torch.Generator,
        num_frames: int = 14,
        num_inference_steps: int = 25,
        guidance: Guidance | None = None,
        told: MicroConditioning | None = None,
        camera: Camera | None = None,
        axes_px: ArrayLike | None = None,
        control_scale: float = 1.0,
        decode_chunk_size: int = 14,
        output_type: str = "np",
    ) -> np.ndarray | Tensor:
        """Return the frames (T,H,W,3) in [0, 1], or the latents (T,C,h,w) with the `output_type` "latent".

        Args:
            image: the first frame, of any mode; it is resized to `size`.
            paths: one for each object, in pixels of the video: points (K,2) that are walked at an even speed, or a
                `TimedPath` with a place for each frame; none for a video without a trajectory.
            size: height and width of the video, multiples of 8.
            generator: for the noise on the image and the video's own.
            num_inference_steps: steps of the scheduler.
            camera: None where its motion is not told.
            axes_px: (T,N,4,2), of `dataset_tools.drawing.axes_px`, the poses of the paths' objects for a ControlNet
                with pose maps; NaN or None where they are not told.
            control_scale: factor of what the ControlNet adds.

        Raises:
            RequestError: a ValueError; the networks do not take the size, a path cannot be or its points begin outside
                the video, the camera is not told for each frame, or the axes are not those of the paths' objects.
        """
        check_size(size)
        for path in paths:
            check_start(path, size, image.size)
        if camera is not None:
            _check_camera(camera, num_frames, self.controlnet.config.camera == "rays")
        image = as_rgb(image)
        guidance, told = guidance or Guidance(), told or MicroConditioning()
        device = self._execution_device
        conditions = self._conditions(image, paths, size, num_frames, told, camera, axes_px, generator, device)
        groups = _grouped(conditions, guidance)
        self.scheduler.set_timesteps(num_inference_steps, device=device)
        latents = self.prepare_latents(
            1, num_frames, self.unet.config.in_channels, *size, self.unet.dtype, device, generator, None
        ).float()
        scale = torch.linspace(guidance.first, guidance.last, num_frames, device=device).reshape(1, -1, 1, 1, 1)
        count = len(groups.has_trajectory)
        for step in self.progress_bar(range(num_inference_steps)):
            sigma = self.scheduler.sigmas[step].to(device).expand(count)
            said = network_output(
                self.unet,
                self.controlnet,
                latents.expand(count, -1, -1, -1, -1),
                sigma,
                groups,
                control_scale=control_scale,
            )
            timestep = self.scheduler.timesteps[step]
            self.scheduler.scale_model_input(latents, timestep)
            output = guided(said.float(), guidance, scale)
            latents = self.scheduler.step(output, timestep, latents, generator=generator).prev_sample
        if output_type == "latent":
            self.maybe_free_model_hooks()
            return latents[0]
        frames = self.decode_latents(latents.to(self.vae.dtype), num_frames, decode_chunk_size)
        self.maybe_free_model_hooks()
        return self.video_processor.postprocess_video(frames, output_type="np")[0]

    def _conditions(
        self,
        image: Image.Image,
        paths: Sequence[ArrayLike | TimedPath],
        size: tuple[int, int],
        frames: int,
        told: MicroConditioning,
        camera: Camera | None,
        axes_px: ArrayLike | None,
        generator: torch.Generator,
        device: torch.device,
    ) -> Conditions:
        """What is told of one video."""
        height, width = size
        dtype = self.unet.dtype
        pixels = self.video_processor.preprocess(image, height=height, width=width)
        strength = torch.tensor([told.noise_aug_strength])
        noisy = noisy_images(pixels, strength, generator)
        return Conditions(
            image_latents=self._image_latents(noisy, device).to(dtype),
            image_embedding=self._embedding(image, device),
            time_ids=added_time_ids(told.fps, told.motion_bucket, told.noise_aug_strength, 1, device),
            trajectory_maps=_maps(self.controlnet.kinds, paths, axes_px, size, frames, device).to(dtype),
            has_trajectory=torch.tensor([bool(len(paths))], device=device),
            camera=self._camera(camera, size, frames, device).to(dtype),
            has_camera=torch.tensor([camera is not None], device=device),
        )

    def _image_latents(self, pixels: Tensor, device: torch.device) -> Tensor:
        """The condition image's latents; in float32 where the VAE's configuration says that float16 is too short."""
        upcast = self.vae.dtype == torch.float16 and self.vae.config.force_upcast
        if upcast:
            self.vae.to(torch.float32)
        latents = self._encode_vae_image(pixels, device, 1, False)
        if upcast:
            self.vae.to(torch.float16)
        return latents

    def _embedding(self, image: Image.Image, device: torch.device) -> Tensor:
        if self.image_encoder is None:
            return torch.zeros(1, 1, self.unet.config.cross_attention_dim, device=device, dtype=self.unet.dtype)
        return self._encode_image(image, device, 1, False).to(self.unet.dtype)

    def _camera(self, camera: Camera | None, size: tuple[int, int], frames: int, device: torch.device) -> Tensor:
        kind = self.controlnet.config.camera
        grid = (size[0] // self.vae_scale_factor, size[1] // self.vae_scale_factor)
        if camera is None:
            shape = (1, frames, CHANNELS[kind]) + (grid if kind == "rays" else ())
            return torch.zeros(shape, device=device)
        relative = relative_cameras(camera.world_from_camera[None].to(device))
        if kind == "pose":
            return pose_numbers(relative)
        return plucker_rays(relative, camera.intrinsics[None].to(device), size, grid)


def _check_camera(camera: Camera, frames: int, as_rays: bool) -> None:
    poses, intrinsics = camera.world_from_camera, camera.intrinsics
    if poses.shape != (frames, 4, 4):
        raise RequestError(f"the camera has poses of shape {tuple(poses.shape)}; {frames} frames need ({frames}, 4, 4)")
    if as_rays and (intrinsics is None or intrinsics.shape != (frames, 3, 3)):
        found = None if intrinsics is None else tuple(intrinsics.shape)
        raise RequestError(f"the camera has intrinsics of shape {found}; this ControlNet needs ({frames}, 3, 3)")
    if not poses.isfinite().all() or (as_rays and not intrinsics.isfinite().all()):
        raise RequestError("the camera is not known in every frame; leave it away")


def _maps(
    kinds: ConditionKinds,
    paths: Sequence[ArrayLike | TimedPath],
    axes_px: ArrayLike | None,
    size: tuple[int, int],
    frames: int,
    device: torch.device,
) -> Tensor:
    """What the ControlNet sees of the paths and poses (1,T,K,H,W), in [0, 1]."""
    places = [places_along(path, frames) for path in paths]
    centres = torch.tensor(np.stack(places, axis=1) if places else np.empty((frames, 0, 2)), device=device)
    shape = (frames, len(places), *AXES.shape[:1], 2)
    axes = torch.full(shape, torch.nan) if axes_px is None else torch.as_tensor(np.asarray(axes_px, np.float32))
    if axes.shape != shape:
        raise RequestError(f"the axes have the shape {tuple(axes.shape)}; {len(places)} paths need {shape}")
    objects = torch.ones(1, len(places), dtype=torch.bool, device=device)
    return condition_maps(kinds, centres[None], axes[None].to(device), objects, size)


def _grouped(conditions: Conditions, guidance: Guidance) -> Conditions:
    """One sample as a batch: with all conditions, without the image, and, where it counts, without the paths."""
    flags = [(True, True), (False, True)] + ([(True, False)] if guidance.trajectory != 1.0 else [])
    image, trajectory = (torch.tensor(flag, device=conditions.has_camera.device) for flag in zip(*flags, strict=True))
    repeated = replace(
        conditions,
        **{name: value.expand(len(flags), *value.shape[1:]) for name, value in vars(conditions).items()},
    )
    return repeated.keep(image, trajectory, torch.ones_like(image))


def guided(output: Tensor, guidance: Guidance, scale: Tensor) -> Tensor:
    """Join the outputs of `_grouped` into one, (1,T,C,h,w)."""
    full, imageless = output[:1], output[1:2]
    guided = imageless + scale * (full - imageless)
    if len(output) > 2:
        guided = guided + (guidance.trajectory - 1.0) * (full - output[2:])
    return guided
