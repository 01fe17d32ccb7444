"""One clip as the table of plain values that a page embeds: film, label numbers and facts."""

import base64
import io
import math
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from dataset_tools.captions import figure, film, motion, name_of, objects, spoken
from dataset_tools.clip import Clip
from dataset_tools.drawing import axes_px, object_colour, track_colours

TRACKS_PER_OBJECT = 128
"""More tracked points than this on an object are thinned out, to keep pages small."""
FACTS = ("camera", "environment", "floor", "view", "engine", "samples", "blender", "center_source", "attempt")


def clip_table(clip: Clip) -> dict[str, Any]:
    """What a page needs to show `clip`, for JSON.

    Arrays are flat lists, pixels to 0.01 (tracks to 0.1), None for what is not finite: `centres` (T,N,2), `boxes`
    (T,N,8,2) or `rectangles` (T,N,4), `axes` (T,N,4,2), `order` (T,N) from far to near, `tracks` (T,P,2) with
    None where a point is hidden. Raises FormatError for a clip that cannot be read.
    """
    clip.require("center_px", "box2d", "track_object", "track_px", "track_visible")
    labels, meta, facts = clip.labels, clip.meta, film(clip)
    frames, count = labels["center_px"].shape[:2]
    checks = meta.get("qa")
    return {
        "key": clip.key,
        "split": clip.split or str(meta.get("split", "")),
        "fps": facts.fps,
        "width": facts.width,
        "height": facts.height,
        "frames": frames,
        "video": base64.b64encode(clip.read("video.mp4")).decode("ascii"),
        "masks": _sprite(clip.masks) if clip.has("masks") else None,
        "objects": [_object(entry) for entry in objects(clip)],
        "facts": [[spoken(name), str(meta[name])] for name in FACTS if str(meta.get(name, "")) != ""],
        "checks": [[spoken(name), figure(value)] for name, value in checks.items()] if checks else [],
        "centres": _flat(labels["center_px"], 2),
        "boxes": _flat(labels["box_corners_px"], 2) if "box_corners_px" in labels else None,
        "rectangles": None if "box_corners_px" in labels else _flat(labels["box2d"], 2),
        "axes": _flat(axes_px(labels), 2) if "world_from_object" in labels else None,
        "order": _order(labels, frames, count),
        "tracks": _tracks(labels),
    }


def _object(entry: dict[str, Any]) -> dict[str, Any]:
    return {
        **{name: str(entry.get(name, "")) for name in ("category", "source", "licence", "author")},
        "name": name_of(entry),
        "motion": motion(entry, "family", "facing"),
        "frontKnown": entry.get("front_known") is not False,
        "symmetric": entry.get("symmetric") is True,
    }


def _flat(array: NDArray[np.floating], decimals: int) -> list[float | None]:
    values = np.round(np.asarray(array, np.float64), decimals).ravel().tolist()
    return [value if math.isfinite(value) else None for value in values]


def _order(labels: dict[str, NDArray], frames: int, count: int) -> list[int]:
    if "center_depth" not in labels:
        return list(range(count)) * frames
    return np.argsort(-labels["center_depth"], axis=1).ravel().tolist()


def _tracks(labels: dict[str, NDArray]) -> dict[str, Any]:
    owner = labels["track_object"]
    kept = [np.flatnonzero(owner == n) for n in np.unique(owner)]
    kept = [points[:: max(1, math.ceil(len(points) / TRACKS_PER_OBJECT))] for points in kept]
    chosen = np.concatenate([np.empty(0, int), *kept])
    px = np.where(labels["track_visible"][:, chosen, None], labels["track_px"][:, chosen], np.nan)
    colours = ["#{:02x}{:02x}{:02x}".format(*colour) for colour in track_colours(labels)[chosen].tolist()]
    return {"colours": colours, "px": _flat(px, 1)}


def _sprite(masks: NDArray[np.uint8]) -> dict[str, Any]:
    """All masks (T,H,W) as one PNG with see-through background, `columns` frames in a row."""
    frames, height, width = masks.shape
    columns = math.ceil(math.sqrt(frames))
    rows = math.ceil(frames / columns)
    padded = np.zeros((rows * columns, height, width), np.uint8)
    padded[:frames] = masks
    tiled = (
        padded.reshape(rows, columns, height, width).swapaxes(1, 2).reshape(rows * height, columns * width)
    )
    picture = Image.frombytes("P", tiled.shape[::-1], tiled.tobytes())
    picture.putpalette([0, 0, 0, *(channel for n in range(255) for channel in object_colour(n))])
    file = io.BytesIO()
    picture.save(file, "PNG", transparency=0, optimize=True)
    return {"columns": columns, "png": base64.b64encode(file.getvalue()).decode("ascii")}
