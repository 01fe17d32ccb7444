"""The camera's motion as a condition: SE(3) relative to the first frame, as numbers or as rays.

Plücker rays: Sitzmann et al. 2021, "Light Field Networks", section 3; as a condition of video diffusion, He et al.
2024, "CameraCtrl", section 3.2. The twelve numbers are those of Wang et al. 2023, "MotionCtrl", section 3.1.
"""

from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional

CameraInput = Literal["pose", "rays"]
CHANNELS = {"pose": 12, "rays": 6}


def relative_cameras(world_from_camera: Tensor) -> Tensor:
    """Return `first_from_camera` (B,T,4,4) of cameras (B,T,4,4): inverse(first) @ each; identity in the first frame.

    In float64: distances from the world's origin cancel.
    """
    poses = world_from_camera.double()
    rotation, translation = poses[:, :1, :3, :3].mT, poses[..., :3, 3:]
    relative = torch.zeros_like(poses)
    relative[..., :3, :3] = rotation @ poses[..., :3, :3]
    relative[..., :3, 3:] = rotation @ (translation - translation[:, :1])
    relative[..., 3, 3] = 1.0
    return relative


def pose_numbers(first_from_camera: Tensor) -> Tensor:
    """Return the first three rows of each matrix (B,T,4,4) as (B,T,12) float32: rotation and translation, by rows."""
    return first_from_camera[..., :3, :].flatten(-2).float()


def plucker_rays(first_from_camera: Tensor, intrinsics: Tensor, size: tuple[int, int], grid: tuple[int, int]) -> Tensor:
    """Return the rays through the centres of a grid's cells, (B,T,6,h,w) float32, in the first camera's frame.

    The channels are the moment `o x d` and the unit direction `d`; o is the camera's place in metres.

    Args:
        first_from_camera: (B,T,4,4), of `relative_cameras`.
        intrinsics: (B,T,3,3) in pixels of the frame.
        size: height and width of the frame in pixels.
        grid: height and width of the grid, such as the latents'.
    """
    (height, width), (rows, columns) = size, grid
    device, dtype = first_from_camera.device, torch.float64
    y = (torch.arange(rows, device=device, dtype=dtype) + 0.5) * (height / rows)
    x = (torch.arange(columns, device=device, dtype=dtype) + 0.5) * (width / columns)
    y, x = torch.meshgrid(y, x, indexing="ij")
    pixels = torch.stack([x, y, torch.ones_like(x)], dim=-1)  # (h,w,3)
    camera_from_pixel = torch.linalg.inv_ex(intrinsics.to(dtype)).inverse  # `inv` would wait for the device
    directions = torch.einsum(
        "btij,btjk,hwk->bthwi", first_from_camera[..., :3, :3].to(dtype), camera_from_pixel, pixels
    )
    directions = directions / directions.norm(dim=-1, keepdim=True)
    origins = first_from_camera[..., None, None, :3, 3].to(dtype).expand_as(directions)
    return torch.cat([torch.linalg.cross(origins, directions), directions], dim=-1).permute(0, 1, 4, 2, 3).float()


class CameraInjection(nn.Module):
    """Joins the camera to a condition's features by a projection that begins as the identity on the features.

    A sample whose camera is not known gets a learned null. Until it is trained, nothing that it is given changes its
    output.
    """

    def __init__(self, channels: int, camera: CameraInput = "pose") -> None:
        super().__init__()
        self.projection = nn.Conv2d(channels + CHANNELS[camera], channels, kernel_size=1)
        self.unknown = nn.Parameter(torch.zeros(CHANNELS[camera]))
        with torch.no_grad():
            self.projection.weight.zero_()
            self.projection.weight[:, :channels, 0, 0].copy_(torch.eye(channels))
            self.projection.bias.zero_()

    def forward(self, features: Tensor, camera: Tensor, known: Tensor) -> Tensor:
        """Return features (B,T,C,h,w) that know the camera.

        Args:
            features: (B,T,C,h,w).
            camera: (B,T,12), or rays (B,T,6,h,w); any finite numbers where it is not known.
            known: (B,) bool.
        """
        batch, frames, channels = features.shape[:3]
        if camera.ndim == 3:  # the same in a whole frame: it is projected once
            camera = camera[..., None, None]
        unknown = self.unknown[:, None, None].expand_as(camera)
        camera = torch.where(known.reshape(-1, 1, 1, 1, 1), camera.to(features.dtype), unknown.to(features.dtype))
        of_features, of_camera = self.projection.weight.split([channels, camera.shape[2]], dim=1)
        said = functional.conv2d(features.flatten(0, 1), of_features, self.projection.bias)
        said = said + functional.conv2d(camera.flatten(0, 1), of_camera)
        return said.unflatten(0, (batch, frames))
