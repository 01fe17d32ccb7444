"""What a clip's meta data say, as short texts to show; nothing is taken on trust but that meta is a table."""

import math
from dataclasses import dataclass
from typing import Any

from dataset_tools.clip import Clip
from dataset_tools.errors import FormatError


@dataclass(frozen=True)
class Film:
    """What is needed to play a clip: frames per second and the frame's size in pixels."""

    fps: float
    width: int
    height: int


def film(clip: Clip) -> Film:
    """The film's facts; raises FormatError where meta.json does not give positive, finite ones."""
    values = [clip.meta.get(name) for name in ("fps", "width", "height")]
    for value in values:
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < math.inf:
            raise FormatError(
                f"meta.json of clip {clip.key} gives fps, width and height as {values!r:.120}; "
                f"three positive numbers belong there, write the clip again"
            )
    return Film(float(values[0]), int(values[1]), int(values[2]))


def objects(clip: Clip) -> list[dict[str, Any]]:
    """The tables of `meta["objects"]`, as many as the labels have objects; an empty one where none is given."""
    listed = clip.meta.get("objects")
    tables = (
        [entry if isinstance(entry, dict) else {} for entry in listed] if isinstance(listed, list) else []
    )
    count = clip.labels["center_px"].shape[1]
    return (tables + [{}] * count)[:count]


def name_of(entry: dict[str, Any]) -> str:
    """An object's name, or its asset's id where it has none."""
    return str(entry.get("name") or entry.get("asset_id", ""))


def spoken(name: Any) -> str:
    """An identifier as words on one line: `circle_arc` gives "circle arc"."""
    return " ".join(str(name).replace("_", " ").split())


def figure(value: Any) -> str:
    """A number to four digits, "not known" for NaN and infinity, and any other value as its text."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    return f"{value:.4g}" if math.isfinite(value) else "not known"


def motion(entry: dict[str, Any], *fields: str) -> str:
    """How an object moves, "circle arc · 102°": the named fields, then its total rotation, as far as known."""
    degrees = entry.get("rotation_deg")
    known = isinstance(degrees, int | float) and math.isfinite(degrees)
    words = [spoken(entry.get(name, "")) for name in fields]
    return " · ".join(filter(None, [*words, f"{degrees:.0f}°" if known else ""]))
