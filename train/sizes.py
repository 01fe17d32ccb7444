"""Sizes of videos as commands take them."""

import re

from dataset_tools.errors import PoseTrajError
from model.latent_size import check_size


def size_of(text: str) -> tuple[int, int]:
    """Read a size written as "576x320"; returns height and width. Raises PoseTrajError for one that cannot be."""
    match = re.fullmatch(r"(\d{1,6})x(\d{1,6})", text)
    if not match:
        raise PoseTrajError(f"the size {text!r} should be WIDTHxHEIGHT, such as 576x320")
    size = int(match[2]), int(match[1])
    check_size(size)
    return size
