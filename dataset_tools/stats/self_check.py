"""The figures of the clips' self-check: the worst and the middle of each."""

import math
from array import array
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median
from typing import Any

from dataset_tools.stats.sample import number, text

HIGHER_IS_BETTER = frozenset(
    {
        "boxes_disjoint", "frames_seen", "tracks_on_mask", "tracks_at_depth", "outline_fit", "video_psnr_db",
        "tracks_visible", "background_share",
    }  # fmt: skip
)
LOWER_IS_BETTER = frozenset({"rotation_error", "mask_outside_hull_px", "extent_error", "floor_gap_m"})
MAX_FIGURES = 64
"""Figures of more names than this are left out."""


@dataclass(frozen=True)
class Figure:
    """One figure over the clips that have it. `worst` is None for a figure of which it is not known which side is
    better; `worst_clip` is that clip's key, the first of several."""

    clips: int
    least: float
    median: float
    most: float
    worst: float | None
    worst_clip: str


class Figures:
    """Gathers the figures of clip after clip: eight bytes each."""

    def __init__(self) -> None:
        self._values: dict[str, array] = {}
        self._worst: dict[str, tuple[float, str]] = {}

    def add(self, key: str, figures: Any) -> None:
        """Add the table `qa` of a clip's meta data; what is no finite number is left out."""
        for name, found in figures.items() if isinstance(figures, Mapping) else ():
            name, value = text(name), number(found)
            if math.isnan(value) or (name not in self._values and len(self._values) >= MAX_FIGURES):
                continue
            self._values.setdefault(name, array("d")).append(value)
            badness = -value if name in HIGHER_IS_BETTER else value
            if name not in self._worst or badness > self._worst[name][0]:
                self._worst[name] = badness, key

    def table(self) -> dict[str, Figure]:
        """The figures by name, in the order in which they first came."""
        return {name: self._figure(name, values) for name, values in self._values.items()}

    def _figure(self, name: str, values: array) -> Figure:
        least, most, worst, key = min(values), max(values), None, ""
        if name in HIGHER_IS_BETTER | LOWER_IS_BETTER:
            worst, key = (least if name in HIGHER_IS_BETTER else most), self._worst[name][1]
        return Figure(len(values), least, median(values), most, worst, key)
