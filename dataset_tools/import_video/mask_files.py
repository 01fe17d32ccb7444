"""Masks that lie in files: a folder per film with a PNG of object numbers for each frame."""

import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from dataset_tools.errors import FormatError
from dataset_tools.import_video.film import natural
from dataset_tools.import_video.fit import Fit

VOID = 255
MIN_SEEN_SHARE = 0.5
MIN_PIXELS = 20
_MODES = ("1", "L", "P", "I", "I;16")


def mask_paths(folder: Path, frames: int) -> dict[int, Path]:
    """The mask of each frame of a film, by its number.

    As many files as frames are taken in natural order; of fewer, the last number in the name is the frame's, from 0.
    Raises FormatError for a folder that is not there or gives a frame two masks.
    """
    found = sorted(folder.glob("*.png"), key=natural) if folder.is_dir() else []
    if not found:
        raise FormatError(
            f"there are no masks for it, {str(folder)!r:.200} holds no PNG; name the folder like the film"
        )
    if len(found) == frames:
        return dict(enumerate(found))
    numbers = {}
    for path in found:
        digits = re.findall(r"[0-9]+", path.stem)
        number = int(digits[-1]) if digits else -1
        if number < 0 or number in numbers:
            raise FormatError(f"its mask {path.name!r:.80} does not say of which frame it is; write one PNG for each")
        numbers[number] = path
    return numbers


def read_masks(paths: dict[int, Path], frames: tuple[int, ...], fit: Fit, most: int) -> tuple[NDArray[np.uint8], list]:
    """Masks (T,H,W) of some frames, as in the format, and the numbers that the files call the objects by.

    Objects seen with at least 20 pixels in half of the frames are kept, the largest `most` of them, in order of
    size; 0 is background and 255 void. Raises FormatError for a frame without a mask and for what is no index mask.
    """
    read = []
    for frame in frames:
        if frame not in paths:
            raise FormatError(f"frame {frame} has no mask")
        read.append(fit.indices(_read(paths[frame], fit)))
    stored = np.stack(read)
    names = [int(value) for value in np.unique(stored) if value not in (0, VOID)]
    areas = {name: (stored == name).sum(axis=(1, 2)) for name in names}
    seen = [name for name in names if (areas[name] >= MIN_PIXELS).mean() >= MIN_SEEN_SHARE]
    kept = sorted(seen, key=lambda name: (-int(areas[name].sum()), name))[:most]
    masks = np.zeros(stored.shape, np.uint8)
    for n, name in enumerate(kept):
        masks[stored == name] = n + 1
    return masks, kept


def _read(path: Path, fit: Fit) -> NDArray[np.int32]:
    """The numbers (H,W) of a mask that has the film's stored or upright size, turned as the film is stored."""
    try:
        with Image.open(path) as picture:
            if picture.mode not in _MODES or picture.format != "PNG":
                raise FormatError(
                    f"the mask {path.name!r:.80} is {picture.format} of mode {picture.mode}; write a PNG of one "
                    f"channel whose values are object numbers"
                )
            if picture.size != fit.upright:
                raise FormatError(
                    f"the mask {path.name!r:.80} has {picture.width}x{picture.height} pixels, the film "
                    f"{fit.upright[0]}x{fit.upright[1]}"
                )
            values = np.asarray(picture).astype(np.int32)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise FormatError(f"the mask {path.name!r:.80} cannot be read ({error})") from error
    return np.rot90(values, -fit.quarter_turns).astype(np.float32)  # OpenCV resizes no 32-bit integers
