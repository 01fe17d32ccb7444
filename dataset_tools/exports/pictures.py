"""Pictures as files."""

import io
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

JPEG_QUALITY = 95
PNG_LEVEL = 3


def write_png(path: Path, picture: NDArray[np.uint8] | NDArray[np.uint16]) -> None:
    """Write a picture (H,W,3) u8, or (H,W) u8 or u16, exactly, making its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(picture).save(path, "PNG", compress_level=PNG_LEVEL)


def write_jpeg(path: Path, picture: NDArray[np.uint8]) -> None:
    """Write a picture (H,W,3) with all of its colour samples, making its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(jpeg_bytes(picture))


def jpeg_bytes(picture: NDArray[np.uint8]) -> bytes:
    """A picture (H,W,3) as a JPEG with all of its colour samples."""
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "JPEG", quality=JPEG_QUALITY, subsampling=0)
    return file.getvalue()
