"""Pictures of any mode as the networks see them."""

import numpy as np
from PIL import Image

from model.errors import RequestError

WHITE_16 = 65535


def as_rgb(image: Image.Image) -> Image.Image:
    """Return a picture in RGB with 8 bits; what is transparent loses its transparency.

    Grey of 16 bits is scaled: Pillow's own conversion cuts it off at 255 of 65535. Raises RequestError for grey in
    floating point, whose white is not known.
    """
    if image.mode == "F":
        raise RequestError("an image of floating-point numbers has no white; save it with 8 or 16 bits")
    if image.mode.startswith("I"):
        share = np.asarray(image).clip(0, WHITE_16) / WHITE_16
        image = Image.fromarray(np.rint(255.0 * share).astype(np.uint8))
    return image.convert("RGB")
