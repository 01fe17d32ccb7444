"""Cameras in closed form: motions about a target, and the framing that holds what moves."""

from blender_gen.cameras.camera import Camera
from blender_gen.cameras.draw import draw_camera
from blender_gen.cameras.errors import FramingError
from blender_gen.cameras.framing import Framing, frame_points
from blender_gen.cameras.motion import Motion
from blender_gen.cameras.registry import MOTIONS
from blender_gen.cameras.spec import CameraSpec

__all__ = [
    "MOTIONS",
    "Camera",
    "CameraSpec",
    "Framing",
    "FramingError",
    "Motion",
    "draw_camera",
    "frame_points",
]
