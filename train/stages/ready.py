"""A batch made ready on the device: latents, noise and conditions, all from labels and the samples' seeds."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from dataset_tools.drawing import object_colour
from model.box_overlay import draw_boxes
from model.camera import plucker_rays, pose_numbers, relative_cameras
from model.condition_kinds import ConditionKinds
from model.condition_maps import condition_maps
from model.conditions import Conditions
from model.edm import spread
from model.latent_size import PIXELS_PER_LATENT
from model.losses import Drawn
from model.micro_conditioning import added_time_ids
from train.draws import IMAGE, NOISE, POSTERIOR, Draws, draw, normal
from train.encoders import Encoders, latent_mean, latent_sample, to_pixels
from train.jitter import jittered
from train.loader import Batch
from train.recipe import Recipe


@dataclass(frozen=True)
class Ready:
    """What the networks see of B samples: clean latents (B,T,C,h,w), scaled; the draws; the conditions."""

    clean: Tensor
    drawn: Drawn
    conditions: Conditions


@dataclass(frozen=True)
class Preparation:
    """Makes batches ready.

    Attributes:
        embedding_width: of the image's embedding, for models that have none: it is then zeros.
        kinds: in which form the ControlNet is told its conditions.
        maps: draws them, as `condition_maps` does.
    """

    recipe: Recipe
    encoders: Encoders
    embedding_width: int
    kinds: ConditionKinds = ConditionKinds()
    maps: Callable[..., Tensor] = condition_maps

    @torch.no_grad()
    def __call__(self, batch: Batch, draws: Draws | None = None) -> Ready:
        """Make a batch that lies on the device ready; `draws` are by the recipe where they are not given."""
        device, frames = batch.centres_px.device, batch.centres_px.shape[1]
        size = (batch.height, batch.width)
        draws = (draws or draw(self.recipe, batch.seeds, frames)).to(device)
        moments, image_latents, strength, embedding = self._encoded(batch, draws)
        shape = (frames, moments.shape[2] // 2, *moments.shape[3:])
        scale = self.encoders.vae.config.scaling_factor
        clean = scale * latent_sample(moments, normal(batch.seeds, POSTERIOR, shape, device))
        drawn = Drawn(normal(batch.seeds, NOISE, shape, device), draws.sigma, draws.frames)
        maps = self.maps(self.kinds, batch.centres_px, batch.axes_px[..., :4, :], batch.objects, size)
        told = added_time_ids(batch.fps, self.recipe.motion_bucket, strength, len(clean), device)
        conditions = Conditions(
            image_latents=image_latents.float(),
            image_embedding=embedding,
            time_ids=told,
            trajectory_maps=maps,
            has_trajectory=batch.objects.any(dim=1),
            camera=self._camera(batch, size),
            has_camera=batch.has_camera & self.recipe.camera,
        )
        kept = draws.kept
        return Ready(clean, drawn, conditions.keep(kept.image, kept.trajectory, kept.camera))

    def _encoded(self, batch: Batch, draws: Draws) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Moments (B,T,2C,h,w), the image's latents (B,C,h,w) and noise's strength (B,), its embedding (B,1,D)."""
        if batch.moments is not None:
            moments, image_latents = batch.moments, batch.image_latents
            strength, embedding = batch.noise_strength, batch.embedding
        else:
            video = batch.pictures()
            if self.recipe.jitter:
                video = jittered(video, draws.colours)
            first = to_pixels(video[:, 0])
            strength = draws.strength
            noise = normal(batch.seeds, IMAGE, first.shape[1:], video.device)
            image_latents = latent_mean(self.encoders.moments(first + spread(strength, 4) * noise))
            embedding = self.encoders.embedding(first)
            moments = self.encoders.moments(to_pixels(self._target(batch, video)).flatten(0, 1))
            moments = moments.reshape(*video.shape[:2], *moments.shape[1:])
        if embedding is None:
            embedding = image_latents.new_zeros(len(image_latents), self.embedding_width)
        return moments, image_latents, strength, embedding[:, None].float()

    def _target(self, batch: Batch, video: Tensor) -> Tensor:
        if self.recipe.target == "plain":
            return video
        colours = [object_colour(number) for number in range(batch.objects.shape[1])]
        return draw_boxes(video, batch.corners_px, batch.depth, colours, batch.objects)

    def _camera(self, batch: Batch, size: tuple[int, int]) -> Tensor:
        """(B,T,12) or (B,T,6,h,w); where the camera is not known it stands still."""
        still = torch.eye(4, dtype=torch.float64, device=batch.world_from_camera.device)
        relative = relative_cameras(torch.where(spread(batch.has_camera, 4), batch.world_from_camera, still))
        if self.kinds.camera == "pose":
            return pose_numbers(relative)
        grid = (size[0] // PIXELS_PER_LATENT, size[1] // PIXELS_PER_LATENT)
        return plucker_rays(relative, batch.intrinsics, size, grid)
