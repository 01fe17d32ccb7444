"""SVD's micro-conditioning: the three numbers beside the noise level, in the one order that training and sampling use.

Blattmann et al. 2023, "Stable Video Diffusion", appendix C: the frame rate, the amount of motion and the strength of
the noise on the condition image are embedded and added to the embedding of time. Checkpoints were trained on the frame
rate less one.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from model.errors import RequestError

MOTION_BUCKETS = 256


@dataclass(frozen=True)
class MicroConditioning:
    """What SVD is told of a video.

    Attributes:
        fps: frames per second, at least 1.
        motion_bucket: amount of motion, 0 to 255.
        noise_aug_strength: standard deviation of the noise on the condition image, whose values lie in [-1, 1].
    """

    fps: float = 7.0
    motion_bucket: float = 127.0
    noise_aug_strength: float = 0.02

    def __post_init__(self) -> None:
        known_motion = 0 <= self.motion_bucket < MOTION_BUCKETS
        if not 1 <= self.fps < math.inf or not known_motion or not 0 <= self.noise_aug_strength < math.inf:
            raise RequestError(
                f"{self} cannot be: fps is at least 1, motion_bucket 0 to {MOTION_BUCKETS - 1}, noise_aug_strength 0 "
                "or more"
            )


def added_time_ids(
    fps: Tensor | float,
    motion_bucket: Tensor | float,
    noise_aug_strength: Tensor | float,
    batch: int,
    device: torch.device | str = "cpu",
) -> Tensor:
    """Return the `added_time_ids` (B,3) float32 of a UNet: frame rate less one, motion bucket, noise strength.

    Each is a number or one per sample, (B,).
    """
    columns = (torch.as_tensor(fps) - 1, torch.as_tensor(motion_bucket), torch.as_tensor(noise_aug_strength))
    there = [column.to(device, torch.float32, non_blocking=True) for column in columns]  # a GPU goes on meanwhile
    return torch.stack([column.expand(batch) for column in there], dim=1)
