"""A clip opened for an export: frames, the arrays that the export needs, and their sizes held against each other."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dataset_tools.checks.arrays import Sizes, check_fields
from dataset_tools.clip import Clip
from dataset_tools.errors import FormatError
from dataset_tools.schema import LABELS, MEMBERS

_PLANES = {member.array.name: member.array for member in MEMBERS if member.array is not None}


@dataclass(frozen=True, eq=False)
class OpenedClip:
    """Frames (T,H,W,3), the needed arrays by name, and a table for each object.

    `split` is "all" for a clip of no split. `arrays` holds those of the optional arrays that the clip has.
    """

    key: str
    split: str
    shard: str
    frames: NDArray[np.uint8]
    arrays: dict[str, NDArray]
    objects: tuple[dict[str, Any], ...]


def open_clip(clip: Clip, needed: tuple[str, ...], optional: tuple[str, ...] = ()) -> OpenedClip:
    """Decode a clip and read `needed` and, where it has them, `optional` arrays, and always `center_px`.

    Raises FormatError that names the clip and what it lacks, or what does not fit together.
    """
    needed = ("center_px", *needed)
    clip.require(*needed)
    listed = clip.meta.get("objects")
    if not isinstance(listed, list) or not all(isinstance(entry, dict) for entry in listed):
        raise FormatError(f"meta.json of clip {clip.key} lists no objects; write the clip again")
    frames = clip.video()
    names = (*needed, *(name for name in optional if clip.has(name)))
    arrays = {name: getattr(clip, name) if name in _PLANES else clip.labels[name] for name in names}
    fields = tuple(field for field in (*LABELS, *_PLANES.values()) if field.name in arrays)
    sizes = Sizes(len(frames), len(listed), *frames.shape[1:3])
    _, faults = check_fields(arrays, fields, f"clip {clip.key}", clip.kind, sizes)
    if faults:
        raise FormatError(f"{faults[0].message}; 'posetraj validate' says all that is wrong")
    if "masks" in arrays and arrays["masks"].max(initial=0) > len(listed):
        raise FormatError(
            f"clip {clip.key}: masks show an object {arrays['masks'].max()} of {len(listed)}; write the clip again"
        )
    return OpenedClip(clip.key, clip.split or "all", clip.shard, frames, arrays, tuple(listed))


def text_of(entry: dict[str, Any], name: str) -> str:
    """A text of an object's table, "" where it has none."""
    return str(entry.get(name, ""))
