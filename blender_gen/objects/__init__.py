"""From folders of 3-D files to objects that can be rendered: discovery, catalogue, safety, intake."""

from blender_gen.objects.importing import worker_command
from blender_gen.objects.intake import asset_paths, intake
from blender_gen.objects.locate import locate
from blender_gen.objects.record import ObjectRecord
from blender_gen.objects.report import format_intake

__all__ = ["ObjectRecord", "asset_paths", "format_intake", "intake", "locate", "worker_command"]
