"""Textures: their size in pixels is read from the header before anything decodes them."""

import io
import warnings
from pathlib import Path

from PIL import Image

from blender_gen.objects.safety.refusal import Limits, ObjectRefused


def check_image(image: Path | bytes, name: str, limits: Limits) -> None:
    """Raise ObjectRefused where an image's header names more pixels than may be decoded.

    Formats that Pillow does not know (EXR, HDR, KTX2) are left to Blender and its memory limit.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(image) if isinstance(image, bytes) else image) as header:
                width, height = header.size
    except Image.DecompressionBombError as error:
        raise ObjectRefused(f"texture {name} is too large to decode") from error
    except (OSError, ValueError, SyntaxError):
        return
    if width * height > limits.image_pixels:
        raise ObjectRefused(
            f"texture {name} is too large: {width} x {height} pixels, at most {limits.image_pixels:,} are decoded"
        )
