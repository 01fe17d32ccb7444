"""A clip's arrays as the checks see them: sound in type and shape, in float64 where they are computed with."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from dataset_tools.geometry import box_corners, invert_rigid, project, transform

SMOOTHING_PX = 0.8
"""Width of the Gaussian under which pictures and masks are compared: about that of a renderer's pixel filter."""


@dataclass(frozen=True)
class ClipData:
    """Sizes and arrays of one clip.

    `arrays` maps names of the schema, and `video` (T,H,W,3) uint8, to what the files hold; only arrays whose dtype
    and shape follow the schema and whose values are finite where they must be are in it.
    """

    kind: str
    frames: int
    fps: float
    height: int
    width: int
    objects: int
    arrays: Mapping[str, NDArray]

    def __getitem__(self, name: str) -> NDArray:
        return self.arrays[name]

    def has(self, *names: str) -> bool:
        """Whether all of the named arrays are there and sound."""
        return all(name in self.arrays for name in names)

    @cached_property
    def camera_from_world(self) -> NDArray[np.float64]:
        """(T,4,4)"""
        return invert_rigid(self["world_from_camera"])

    @cached_property
    def camera_from_object(self) -> NDArray[np.float64]:
        """(T,N,4,4)"""
        return self.camera_from_world[:, None] @ self["world_from_object"]

    @cached_property
    def object_corners(self) -> NDArray[np.float64]:
        """(N,8,3) box corners in each object's frame."""
        return box_corners(self["box_size"])

    @cached_property
    def camera_corners(self) -> NDArray[np.float64]:
        """(T,N,8,3) box corners in the camera's frame, from poses and sizes alone."""
        return transform(self.camera_from_object[:, :, None], self.object_corners)

    @cached_property
    def camera_tracks(self) -> NDArray[np.float64]:
        """(T,P,3) tracked points in the camera's frame, from poses and `track_points` alone."""
        return transform(self.camera_from_object[:, self["track_object"]], self["track_points"])

    def project(self, points_camera: NDArray) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Pixels (T,...,2) and depths (T,...) of points (T,...,3) in the camera's frame, by the clip's intrinsics."""
        between = (1,) * (points_camera.ndim - 2)
        return project(points_camera, self["intrinsics"].reshape(-1, *between, 3, 3))

    def rays(self, t: int, rows: slice = slice(None), columns: slice = slice(None)) -> NDArray[np.float64]:
        """Points (h,w,3) one metre deep behind the centres of some rows and columns of pixels of frame t."""
        (fx, _, cx), (_, fy, cy), _ = self["intrinsics"][t]
        x = (np.arange(self.width)[columns] + 0.5 - cx) / fx
        y = (np.arange(self.height)[rows] + 0.5 - cy) / fy
        rays = np.ones((len(y), len(x), 3))
        rays[..., 0], rays[..., 1] = x[None, :], y[:, None]
        return rays

    @cached_property
    def smooth_video(self) -> NDArray[np.float32]:
        """(T,H,W,3) the decoded frames, 0 to 255, lightly smoothed within each frame."""
        spread = (SMOOTHING_PX, SMOOTHING_PX, 0.0)
        smooth = np.empty(self["video"].shape, np.float32)
        for frame, out in zip(self["video"], smooth, strict=True):
            gaussian_filter(frame.astype(np.float32), spread, output=out, mode="nearest", truncate=3.0)
        return smooth

    def name(self, item: int) -> str:
        """How a sentence names object `item` (0, 1, ...)."""
        return f"object {item}"
