"""Read the passes of a multilayer EXR file, as Blender 4.5 (one part) and 5.x (a part per pass) write it."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import OpenEXR

NOTHING_HIT_M = 1e9


@dataclass(frozen=True)
class LabelPasses:
    """What Cycles saw through each pixel's centre: `depth` (H,W) f32 metres along the camera's axis, inf where
    nothing was hit; `normals` (H,W,3) f32 in world axes; `index` (H,W) u8, 0 for the floor and nothing."""

    depth: np.ndarray
    normals: np.ndarray
    index: np.ndarray


def read_colour(path: Path) -> np.ndarray:
    """Return a picture's colours as (H,W,3) float32 linear light."""
    channels = _channels(path)
    return np.stack([_find(channels, path, "", letter) for letter in "RGB"], axis=-1)


def read_labels(path: Path) -> LabelPasses:
    """Return the label passes of one frame."""
    channels = _channels(path)
    depth = _find(channels, path, "depth", "ZV")
    return LabelPasses(
        depth=np.where(depth < NOTHING_HIT_M, depth, np.float32(np.inf)),
        normals=np.stack([_find(channels, path, "normal", letter) for letter in "XYZ"], axis=-1),
        index=np.rint(_find(channels, path, "index", "XV")).astype(np.uint8),
    )


def _channels(path: Path) -> dict[str, np.ndarray]:
    with OpenEXR.File(str(path), separate_channels=True) as file:
        return {
            f"{part.name()}.{name}".lower(): channel.pixels
            for part in file.parts
            for name, channel in part.channels.items()
        }


def _find(channels: dict[str, np.ndarray], path: Path, name: str, letters: str) -> np.ndarray:
    for full_name, pixels in channels.items():
        if name in full_name and full_name.rsplit(".", 1)[-1] in letters.lower():
            return np.asarray(pixels, dtype=np.float32)
    raise ValueError(f"{path.name} has no channel {name}.{letters[0]}; it has {', '.join(channels)}")
