"""Clips and datasets written in the forms that other programs read."""

from dataset_tools.exports.dataset import FORMS, export_dataset
from dataset_tools.exports.one_clip import export_clip

__all__ = ["FORMS", "export_clip", "export_dataset"]
