"""Cameras in closed form: motions about a target, and the framing that holds what moves."""

from blender_gen.cameras.camera import Camera
from blender_gen.cameras.draw import draw_camera, hold
from blender_gen.cameras.errors import FramingError
from blender_gen.cameras.framing import Framing, closest_depth, frame
from blender_gen.cameras.motion import Motion
from blender_gen.cameras.registry import MOTIONS
from blender_gen.cameras.shot import Shot
from blender_gen.cameras.spec import CameraSpec

__all__ = [
    "MOTIONS",
    "Camera",
    "CameraSpec",
    "Framing",
    "FramingError",
    "Motion",
    "Shot",
    "closest_depth",
    "draw_camera",
    "frame",
    "hold",
]
