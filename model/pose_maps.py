"""Pose maps for a batch, drawn on the device: each object's axes, x (its front) red, y green, z blue, on black.

The picture is that of the layer `axes` of `dataset_tools.drawing.draw_frame` at scale 1.
"""

import torch
from PIL import ImageColor
from torch import Tensor

from dataset_tools.drawing import AXIS_COLOURS, AXIS_WIDTH, RIM_OPACITY, RIM_WIDTH, SHADOW
from model.raster import Raster

INKS = tuple(ImageColor.getrgb(colour) for colour in AXIS_COLOURS)


def draw_poses(axes_px: Tensor, objects: Tensor, size: tuple[int, int]) -> Tensor:
    """Return maps (B,T,3,H,W) in 0..255 float32, on black.

    Args:
        axes_px: (B,T,N,4,2), the centre and the ends of the axes in pixels, of `dataset_tools.drawing.axes_px`.
        objects: (B,N) bool, which of the N a sample has.
        size: height and width of the maps.
    """
    batch, frames, count = axes_px.shape[:3]
    ends = torch.where(objects[:, None, :, None, None], axes_px.float(), torch.nan).flatten(0, 1)
    raster = Raster(ends.new_zeros(batch * frames, 3, *size))
    rim = torch.tensor(SHADOW, device=ends.device, dtype=torch.float32)
    inks = torch.tensor(INKS, device=ends.device, dtype=torch.float32)
    for n in range(count):
        for axis, ink in enumerate(inks):
            for width, colour, opacity in ((AXIS_WIDTH + RIM_WIDTH, rim, RIM_OPACITY), (AXIS_WIDTH, ink, 1.0)):
                raster.segments(ends[:, n, 0], ends[:, n, axis + 1], width)
                raster.paint(colour, opacity)
    return raster.pictures().reshape(batch, frames, 3, *size)
