"""What the networks are told of a video, and the one computation with it that training and sampling share."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from model.controlnet import Told, TrajectoryControlNet
from model.edm import scalings, spread
from model.spatio_temporal import Seen
from model.unet import TrajectoryUNet


@dataclass(frozen=True)
class Conditions:
    """All conditions of B samples of T frames.

    Attributes:
        image_latents: (B,C,h,w), the condition image's, as the VAE gives them: not scaled.
        image_embedding: (B,1,D), the condition image's.
        time_ids: (B,3), of `micro_conditioning.added_time_ids`.
        trajectory_maps: (B,T,K,H,W) in [0, 1], of `condition_maps.condition_maps`.
        has_trajectory: (B,) bool.
        camera: (B,T,12) of `camera.pose_numbers` or (B,T,6,h,w) of `camera.plucker_rays`.
        has_camera: (B,) bool.
    """

    image_latents: Tensor
    image_embedding: Tensor
    time_ids: Tensor
    trajectory_maps: Tensor
    has_trajectory: Tensor
    camera: Tensor
    has_camera: Tensor

    def keep(self, image: Tensor, trajectory: Tensor, camera: Tensor) -> "Conditions":
        """Return them with a condition taken away from the samples whose flag (B,) is False.

        An image goes to zeros, latents and embedding, as in SVD's own guidance; trajectory and camera to the learned
        nulls of the ControlNet (Ho and Salimans 2022, "Classifier-Free Diffusion Guidance").
        """
        device = self.has_camera.device
        image, trajectory, camera = (flag.to(device, non_blocking=True) for flag in (image, trajectory, camera))
        return replace(
            self,
            image_latents=self.image_latents * spread(image, 4).to(self.image_latents.dtype),
            image_embedding=self.image_embedding * spread(image, 3).to(self.image_embedding.dtype),
            has_trajectory=self.has_trajectory & trajectory,
            has_camera=self.has_camera & camera,
        )

    def frame(self, frames: Tensor) -> "Conditions":
        """Return those of one frame of each sample, `frames` (B,): T is 1."""
        rows = torch.arange(len(frames), device=frames.device)
        return replace(
            self, trajectory_maps=self.trajectory_maps[rows, frames][:, None], camera=self.camera[rows, frames][:, None]
        )


@dataclass(frozen=True)
class Noisy:
    """Noisy latents (B,T,C,h,w) at noise levels `sigma` (B,), and their conditions.

    `frames_alone`: take every frame by itself, without the temporal layers.
    """

    latents: Tensor
    sigma: Tensor
    conditions: Conditions
    frames_alone: bool = False

    def seen(self) -> Seen:
        """What both networks are shown."""
        scale = scalings(self.sigma, self.latents.ndim)
        told = self.conditions
        image = told.image_latents[:, None].expand(-1, self.latents.shape[1], -1, -1, -1)
        sample = torch.cat([(scale.into * self.latents).to(image.dtype), image], dim=2)
        return Seen(sample, scale.noise, told.image_embedding, told.time_ids, self.frames_alone)

    def told(self) -> Told:
        """What the ControlNet is told."""
        known = self.conditions
        return Told(known.trajectory_maps, known.has_trajectory, known.camera, known.has_camera)


def network_outputs(
    unet: TrajectoryUNet, controlnet: TrajectoryControlNet | None, batches: Sequence[Noisy]
) -> list[Tensor]:
    """Return the outputs F (B,T,C,h,w) of the two networks for several batches, computed as one.

    The networks' own calls are not used, so that hooks which hang on them are not heard.

    Args:
        controlnet: None for the backbone by itself; paths and camera are then told to nobody.
        batches: all but the first take frames by themselves.
    """
    shown = [batch.seen() for batch in batches]
    if controlnet is None:
        return unet.outputs(shown)
    residuals = controlnet.residuals(shown, [batch.told() for batch in batches])
    return unet.outputs(shown, residuals.down, residuals.mid)


def network_output(
    unet: TrajectoryUNet,
    controlnet: TrajectoryControlNet,
    noisy: Tensor,
    sigma: Tensor,
    conditions: Conditions,
    control_scale: float = 1.0,
) -> Tensor:
    """Return the output F (B,T,C,h,w) for one batch of videos, by the networks' own calls, on which hooks may hang.

    Args:
        control_scale: factor of what the ControlNet adds.
    """
    batch = Noisy(noisy, sigma, conditions)
    seen = vars(batch.seen())
    residuals = controlnet(**seen, **vars(batch.told()))
    if control_scale != 1.0:
        residuals = residuals.scaled(control_scale)
    return unet(**seen, down_block_residuals=residuals.down, mid_block_residual=residuals.mid).sample
