"""Writing what was counted."""

import os
from pathlib import Path

from dataset_tools.atomic import write_bytes
from dataset_tools.errors import PoseTrajError


class CannotWrite(PoseTrajError):
    """A file that cannot be written where it was asked for."""


def write_data(path: str | os.PathLike, data: bytes) -> Path:
    """Write a file atomically, making its folder; returns its path. Raises CannotWrite."""
    path = Path(path)
    try:
        write_bytes(path, data)
    except OSError as error:
        raise CannotWrite(f"cannot write {path} ({error.strerror}); name a file in a folder of your own") from error
    return path


def write_text(path: str | os.PathLike, text: str) -> Path:
    """Write a text file atomically, making its folder; returns its path. Raises CannotWrite."""
    return write_data(path, text.encode())
