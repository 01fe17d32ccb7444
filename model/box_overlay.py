"""The 3-D box drawn into videos, on the device, from labels: the first stage's targets.

The picture is that of `dataset_tools.drawing.draw_frame` at scale 1: hidden edges faint, the front face marked with a
cross and a tint, nearer objects over farther ones.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from dataset_tools.drawing import RIM_OPACITY, RIM_WIDTH, SHADOW
from dataset_tools.geometry import EDGES, FACES
from model.raster import Raster


def draw_boxes(
    video: Tensor, corners_px: Tensor, depth: Tensor, colours: Sequence[tuple[int, int, int]], objects: Tensor
) -> Tensor:
    """Return videos (B,T,3,H,W) in 0..255 float32 with the boxes of their objects drawn.

    Args:
        video: (B,T,3,H,W) in 0..255.
        corners_px: (B,T,N,8,2) in pixels of the videos, in the format's fixed order; a box part of which is not finite
            is drawn as far as it can be.
        depth: (B,T,N), the objects' distance, to draw far ones first; any value where there is no object.
        colours: an RGB colour for each object.
        objects: (B,N) bool, which of the N a sample has.
    """
    batch, frames, count = corners_px.shape[:3]
    raster = Raster(video.flatten(0, 1))
    corners, depth = corners_px.flatten(0, 1).float(), depth.flatten(0, 1)
    present = objects[:, None].expand(batch, frames, count).flatten(0, 1)
    order = torch.where(present, depth, torch.inf).argsort(dim=1, descending=True, stable=True)  # (M,N)
    rows = torch.arange(batch * frames, device=video.device)
    inks = torch.tensor(colours, device=video.device, dtype=torch.float32)
    rim = torch.tensor(SHADOW, device=video.device, dtype=torch.float32)
    for turn in order.T:
        there = present[rows, turn].reshape(-1, 1, 1)
        _draw_box(raster, torch.where(there, corners[rows, turn], torch.nan), inks[turn], rim)
    return raster.pictures().reshape(video.shape)


def faces_towards(corners_px: Tensor) -> Tensor:
    """Tell which of the FACES (M,6) of boxes turn towards the camera, from their corners (M,8,2) in pixels.

    A face with a corner that is not finite counts as turned towards it.
    """
    quads = corners_px[:, torch.tensor(FACES, device=corners_px.device)]  # (M,6,4,2)
    following = quads.roll(-1, dims=2)
    area = (quads[..., 0] * following[..., 1] - quads[..., 1] * following[..., 0]).sum(dim=2)
    return ~(area >= 0.0)


def edges_visible(towards: Tensor) -> Tensor:
    """Tell which of the EDGES (M,12) a box itself does not hide, from its faces that turn to the camera (M,6)."""
    shared = torch.tensor([[{a, b} <= set(face) for face in FACES] for a, b in EDGES], device=towards.device)
    return (towards[:, None] & shared).any(dim=2)


def _draw_box(raster: Raster, corners: Tensor, colour: Tensor, rim: Tensor) -> None:
    towards = faces_towards(corners)
    visible = edges_visible(towards)
    front = corners[:, list(FACES[0])]
    raster.polygons(front)
    raster.paint(colour, torch.where(towards[:, 0], 0.3, 0.1))
    for number, (a, b) in enumerate(EDGES):
        raster.segments(corners[:, a], corners[:, b], 1.0, ~visible[:, number])
    raster.paint(colour, 0.45)
    for a, b in ((0, 2), (1, 3)):
        raster.segments(front[:, a], front[:, b], 1.0)
    raster.paint(colour, torch.where(towards[:, 0], 0.9, 0.3))
    for width, ink, opacity in ((1.7 + RIM_WIDTH, rim, RIM_OPACITY), (1.7, colour, 1.0)):
        for number, (a, b) in enumerate(EDGES):
            raster.segments(corners[:, a], corners[:, b], width, visible[:, number])
        raster.paint(ink, opacity)
