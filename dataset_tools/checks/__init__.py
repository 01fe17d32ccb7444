"""Checks of one clip against the format and against itself, from its files as written."""

from dataset_tools.checks.clip import check_clip
from dataset_tools.checks.report import ClipReport, Fault

__all__ = ["ClipReport", "Fault", "check_clip"]
