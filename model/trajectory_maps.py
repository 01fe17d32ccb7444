"""Trajectory maps for a batch, drawn on the device from labels: those of `dataset_tools.trajectory_maps`."""

from collections.abc import Sequence

import torch
from torch import Tensor

from dataset_tools.trajectory_maps import MapPen
from model.raster import Raster


def draw_trajectories(
    centres_px: Tensor,
    objects: Tensor,
    size: tuple[int, int],
    colours: Sequence[tuple[int, int, int]],
    pen: MapPen | None = None,
) -> Tensor:
    """Return maps (B,T,3,H,W) in 0..255 float32, on black.

    Args:
        centres_px: (B,T,N,2), the objects' places in pixels of the maps; what is not finite is not drawn.
        objects: (B,N) bool, which of the N a sample has.
        size: height and width of the maps.
        colours: an RGB colour for each object.
        pen: how to draw.
    """
    pen = pen or MapPen()
    batch, frames, count = centres_px.shape[:3]
    places = torch.where(objects[:, None, :, None], centres_px.float(), torch.nan)
    before = torch.cat([torch.full_like(places[:, :1], torch.nan), places[:, :-1]], dim=1).flatten(0, 1)
    places = places.flatten(0, 1)
    raster = Raster(places.new_zeros(batch * frames, 3, *size))
    inks = torch.tensor(colours, device=places.device, dtype=torch.float32)
    for n in range(count):
        if pen.style == "glow":
            raster.glows(places[:, n], pen.sigma)
            raster.paint(inks[n])
            continue
        raster.segments(before[:, n], places[:, n], pen.segment_width)
        raster.paint(inks[n], pen.segment_opacity)
        raster.dots(places[:, n], pen.head_radius)
        raster.paint(inks[n])
    return raster.pictures().reshape(batch, frames, 3, *size)
