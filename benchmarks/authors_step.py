"""A training step as the PoseTraj authors take it, by their paper and scripts: the baseline.

Half precision with a scaler of the loss, gradient checkpointing, one clip at a time, the VAE and CLIP in every step,
plain cross-attention, and the spatial loss by a second pass of both networks with all temporal layers.
"""

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from model.conditions import Conditions, network_output
from model.controlnet import TrajectoryControlNet
from model.edm import add_noise, denoising_loss
from model.losses import Drawn
from model.unet import TrajectoryUNet
from train.encoders import Encoders, latent_mean, to_pixels


@dataclass
class AuthorsStep:
    """Takes steps on videos (1,T,3,H,W) in 0..255, or on latents that were made before."""

    unet: TrajectoryUNet
    controlnet: TrajectoryControlNet
    encoders: Encoders
    half: torch.dtype

    def __post_init__(self) -> None:
        self.unet.requires_grad_(False).to(self.half)
        self.controlnet.enable_gradient_checkpointing()
        self.controlnet.train()
        self.optimiser = torch.optim.AdamW(self.controlnet.parameters(), lr=1e-5)
        self.scaler = torch.amp.GradScaler(self._kind, enabled=self.half == torch.float16)

    @property
    def _kind(self) -> str:
        return next(self.controlnet.parameters()).device.type

    def encode(self, video: Tensor, conditions: Conditions) -> tuple[Tensor, Conditions]:
        """Return clean latents, scaled, and the conditions with the image's."""
        pictures = to_pixels(video).flatten(0, 1)
        scale = self.encoders.vae.config.scaling_factor
        clean = scale * latent_mean(self.encoders.moments(pictures)).reshape(
            len(video), video.shape[1], *self._grid(video)
        )
        first = to_pixels(video[:, 0])
        embedding = self.encoders.embedding(first)
        told = replace(conditions, image_latents=latent_mean(self.encoders.moments(first)))
        return clean, told if embedding is None else replace(told, image_embedding=embedding[:, None].float())

    def _grid(self, video: Tensor) -> tuple[int, int, int]:
        return self.encoders.vae.config.latent_channels, video.shape[-2] // 8, video.shape[-1] // 8

    def step(self, clean: Tensor, drawn: Drawn, conditions: Conditions) -> float:
        """Take a step and return the loss."""
        with torch.autocast(self._kind, self.half, enabled=self.half != torch.float32):
            loss = self._loss(clean, drawn.noise, drawn.sigma, conditions)
            rows = torch.arange(len(clean), device=clean.device)
            single, noise = clean[rows, drawn.frames][:, None], drawn.noise[rows, drawn.frames][:, None]
            loss = loss + self._loss(single, noise, drawn.sigma, conditions.frame(drawn.frames))
        self.scaler.scale(loss).backward()
        self.scaler.step(self.optimiser)
        self.scaler.update()
        self.optimiser.zero_grad()
        return loss.item()

    def _loss(self, clean: Tensor, noise: Tensor, sigma: Tensor, conditions: Conditions) -> Tensor:
        noisy = add_noise(clean, noise, sigma)
        output = network_output(self.unet, self.controlnet, noisy, sigma, conditions)
        return denoising_loss(output, noisy, clean, sigma).mean()
