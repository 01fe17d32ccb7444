"""A camera with its times and its film."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dataset_tools.geometry import pinhole

if TYPE_CHECKING:
    from blender_gen.cameras.spec import CameraSpec


@dataclass(frozen=True)
class Camera:
    """What `CameraSpec.build` returns. Axes are OpenCV's: x right, y down, z forward."""

    spec: "CameraSpec"
    duration_s: float
    width: int
    height: int

    def world_from_camera(self, t: ArrayLike) -> NDArray[np.float64]:
        """Return rigid poses (...,4,4) at t (...) seconds in [0, duration_s].

        Raises:
            MotionError: a time outside the clip.
        """
        view = self.spec.motion.view(t, self.duration_s)
        pose = np.zeros((*view.offset.shape[:-1], 4, 4))
        pose[..., :3, :3] = view.rotation
        pose[..., :3, 3] = np.asarray(self.spec.target) + self.spec.distance_m * view.offset
        pose[..., 3, 3] = 1.0
        return pose

    @property
    def intrinsics(self) -> NDArray[np.float64]:
        """Pixel matrix (3,3): square pixels, the axis through the middle of the film."""
        return pinhole(self.spec.focal_widths * self.width, self.width, self.height)
