"""Which folder each object came from, as the generator's list of objects tells it."""

import json
from collections.abc import Iterator

from dataset_tools.places import filesystem_of
from dataset_tools.stats.sample import text


def read_origins(url: str) -> dict[str, str]:
    """Return the folder's name for the hash of each accepted object listed at a path or fsspec URL.

    Empty where no such list lies; lines that are no object's are passed over, `posetraj validate` names them.
    """
    filesystem, path = filesystem_of(url)
    try:
        with filesystem.open(path, "rb") as file:
            return dict(found for line in file for found in _origin(line))
    except OSError:
        return {}


def _origin(line: bytes) -> Iterator[tuple[str, str]]:
    try:
        told = json.loads(line)
    except (ValueError, RecursionError):
        return
    if isinstance(told, dict) and told.get("state") == "accepted" and text(told.get("sha256")):
        yield text(told["sha256"]), text(told.get("collection"))
