"""The picture on the card: frames of clips from all over the dataset, with their boxes and paths."""

import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from dataset_tools.captions import film, objects
from dataset_tools.clip import Clip
from dataset_tools.contact_sheet import contact_sheet
from dataset_tools.stats.wording import printable

CLIPS = 48
COLUMNS = 8
WIDTH = 1920
"""Pixels that the frames in a row share."""
QUALITY = 82


def sheet_jpeg(clips: Sequence[Clip]) -> bytes:
    """A contact sheet of at most 48 clips, taken evenly from first to last, as a JPEG; the same clips, the same bytes.

    Raises FormatError for a clip that cannot be read, ValueError, IndexError or KeyError for one that cannot be drawn.
    """
    chosen = np.unique(np.linspace(0, len(clips) - 1, min(CLIPS, len(clips))).round().astype(int))
    columns = min(max(math.ceil(math.sqrt(1.3 * len(chosen))), 3), COLUMNS)
    facts = film(clips[0])
    width = round(WIDTH / columns * min(1.0, 2.0 * facts.width / facts.height))
    picture = contact_sheet((_plain(clips[int(index)]) for index in chosen), columns, frame_width=max(width, 64))
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=QUALITY, optimize=True)
    return file.getvalue()


def _plain(clip: Clip) -> Clip:
    """The clip with texts that can be written on one line."""
    plain = replace(clip)
    plain.meta.update(_one_line(clip.meta), objects=[_one_line(item) for item in objects(clip)])
    return plain


def _one_line(texts: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: printable(" ".join(value.split())) if isinstance(value, str) else value for name, value in texts.items()
    }
