"""In which of several forms a ControlNet is told its conditions."""

from dataclasses import dataclass

from dataset_tools.trajectory_maps import MapPen, MapStyle
from model.camera import CameraInput


@dataclass(frozen=True)
class ConditionKinds:
    """What a ControlNet is made for; its configuration carries it, so that training and sampling do alike.

    Attributes:
        pen: how trajectory maps are drawn, of `dataset_tools.trajectory_maps.MapPen`.
        camera: how the camera enters, of `model.camera`.
        pose_maps: whether maps of the objects' axes, of `model.pose_maps`, come beside those of their paths.
    """

    pen: MapStyle = "stroke"
    camera: CameraInput = "pose"
    pose_maps: bool = False

    @property
    def map_pen(self) -> MapPen:
        """The pen with its widths."""
        return MapPen(self.pen)

    def __str__(self) -> str:
        poses = "with pose maps" if self.pose_maps else "without pose maps"
        return f"the pen {self.pen}, the camera as {self.camera}, {poses}"
