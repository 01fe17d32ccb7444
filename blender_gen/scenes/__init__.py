"""Scenes as plain numbers: light, floor and backdrop; Blender builds them in blender_gen.blender.stage."""

from blender_gen.scenes.backdrop import BACKDROPS
from blender_gen.scenes.errors import SceneError, SceneLibraryError
from blender_gen.scenes.floor import FLOORS
from blender_gen.scenes.library import is_hdri_name, is_texture_name, scan_hdris, scan_textures, still_the_file
from blender_gen.scenes.spec import ENVIRONMENTS, SceneSpec, draw_scene

__all__ = [
    "BACKDROPS",
    "ENVIRONMENTS",
    "FLOORS",
    "SceneError",
    "SceneLibraryError",
    "SceneSpec",
    "draw_scene",
    "is_hdri_name",
    "is_texture_name",
    "scan_hdris",
    "scan_textures",
    "still_the_file",
]
