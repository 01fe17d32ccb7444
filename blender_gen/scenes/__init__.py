"""Scenes as plain numbers: which light, which floor; Blender builds them in blender_gen.blender.stage."""

from blender_gen.scenes.spec import ENVIRONMENTS, FLOORS, SceneSpec, draw_scene

__all__ = ["ENVIRONMENTS", "FLOORS", "SceneSpec", "draw_scene"]
