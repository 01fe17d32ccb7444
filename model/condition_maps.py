"""The pictures that a ControlNet sees of objects, for training and sampling alike."""

import torch
from torch import Tensor

from dataset_tools.drawing import object_colour
from model.condition_kinds import ConditionKinds
from model.pose_maps import draw_poses
from model.trajectory_maps import draw_trajectories


def condition_maps(
    kinds: ConditionKinds, centres_px: Tensor, axes_px: Tensor, objects: Tensor, size: tuple[int, int]
) -> Tensor:
    """Return trajectory maps (B,T,3,H,W) in [0, 1], or with the pose maps behind them (B,T,6,H,W).

    Args:
        centres_px: (B,T,N,2), NaN where a place is not known.
        axes_px: (B,T,N,4,2), of `dataset_tools.drawing.axes_px`, NaN where a pose is not known.
        objects: (B,N) bool, which of the N a sample has; object n has the colour `object_colour(n)`.
        size: height and width of the maps.
    """
    colours = [object_colour(number) for number in range(objects.shape[1])]
    maps = draw_trajectories(centres_px, objects, size, colours, kinds.map_pen)
    if kinds.pose_maps:
        maps = torch.cat([maps, draw_poses(axes_px, objects, size)], dim=2)
    return maps / 255.0
