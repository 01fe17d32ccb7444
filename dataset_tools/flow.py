"""Optical flow that rigid motion gives: from depth, masks and poses, in float64."""

import numpy as np
from numpy.typing import NDArray

from dataset_tools.errors import FormatError
from dataset_tools.geometry import invert_rigid, pixel_centres, project, rotate, transform, unproject
from dataset_tools.schema import NEAR


def flow_from_depth(
    depth: NDArray[np.floating],
    masks: NDArray[np.uint8],
    intrinsics: NDArray[np.float64],
    world_from_camera: NDArray[np.float64],
    world_from_object: NDArray[np.float64],
) -> NDArray[np.float32]:
    """Where the surface at each pixel's centre in frame t lies in frame t+1, minus where it is: (T-1,H,W,2).

    `depth` (T,H,W) is in metres along z with inf where nothing was hit, `masks` (T,H,W) has n+1 for object n
    and 0 for the world that stands still; `intrinsics` (T,3,3), `world_from_camera` (T,4,4) and
    `world_from_object` (T,N,4,4) are the clip's. Where nothing was hit the sky is infinitely far: only the
    camera's rotation moves it.

    NaN where the target cannot be seen at all: at or under NEAR (0.05 m) of depth in frame t+1, as for every
    projected point of the format, and for the sky where the direction does not point forward any more.
    Raises FormatError where the shapes disagree or a mask names an object that has no pose.
    """
    frames, height, width = depth.shape
    objects = world_from_object.shape[1]
    if (
        masks.shape != depth.shape
        or not len(intrinsics) == len(world_from_camera) == len(world_from_object) == frames
    ):
        raise FormatError(
            f"depth {depth.shape}, masks {masks.shape}, intrinsics {intrinsics.shape}, cameras "
            f"{world_from_camera.shape} and objects {world_from_object.shape} are not of one clip"
        )
    if masks.size and masks.max() > objects:
        raise FormatError(
            f"the masks show object {int(masks.max()) - 1} but there are {objects} objects, from 0"
        )
    centres = pixel_centres(height, width)
    flow = np.empty((max(frames - 1, 0), height, width, 2), np.float32)
    for t in range(frames - 1):
        source = unproject(centres, 1.0, intrinsics[t])  # (H,W,3), at a depth of 1
        motions = _camera_motions(world_from_camera[t : t + 2], world_from_object[t : t + 2])
        finite = np.isfinite(depth[t])
        target = np.full((height, width, 2), np.nan)
        for label, motion in enumerate(motions):
            here = finite & (masks[t] == label)
            points = source[here] * depth[t][here][:, None].astype(np.float64)
            target[here] = project(transform(motion, points), intrinsics[t + 1], near=NEAR)[0]
        sky = np.isposinf(depth[t])
        target[sky] = project(rotate(motions[0], source[sky]), intrinsics[t + 1], near=0.0)[0]
        flow[t] = target - centres
    return flow


def _camera_motions(
    world_from_camera: NDArray[np.float64], world_from_object: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Matrices (N+1,4,4) from the first camera's frame to the second's, for the still world and each object.

    `world_from_camera` is (2,4,4) and `world_from_object` (2,N,4,4).
    """
    still = np.eye(4)[None]
    moved = world_from_object[1] @ invert_rigid(world_from_object[0])
    return invert_rigid(world_from_camera[1]) @ np.concatenate((still, moved)) @ world_from_camera[0]
