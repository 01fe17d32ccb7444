"""Procedural objects: a seed in, GLB files and their catalogue out."""

from blender_gen.bundled.write import write_bundled, write_one_bundled

__all__ = ["write_bundled", "write_one_bundled"]
