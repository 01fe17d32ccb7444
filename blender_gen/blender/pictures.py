"""Pictures between files, numpy and Blender."""

from dataclasses import dataclass

import bpy
import numpy as np

from blender_gen.blender.serve import Refused


@dataclass(frozen=True)
class Picture:
    """Pixels of a file, top row first, (H,W,3) float32; sRGB-encoded where the file has 8 bits, else linear."""

    pixels: np.ndarray
    encoded: bool

    @property
    def linear(self) -> np.ndarray:
        """The pixels in linear light, (H,W,3) float64."""
        pixels = self.pixels.astype(np.float64)
        if not self.encoded:
            return pixels
        return np.where(pixels <= 0.04045, pixels / 12.92, ((pixels + 0.055) / 1.055) ** 2.4)


def read_picture(path: str, largest: int) -> Picture:
    """Read a file that Blender knows, made smaller until neither side has more than `largest` pixels.

    Raises:
        Refused: Blender cannot read it.
    """
    try:
        image = bpy.data.images.load(path)
    except RuntimeError as error:
        raise Refused(f"Blender cannot read the picture {path}: {error}") from error
    width, height = image.size
    if not (width and height and image.has_data):
        raise Refused(f"Blender finds no picture in {path}; save it again, or remove it")
    if max(width, height) > largest:
        factor = largest / max(width, height)
        image.scale(max(1, round(width * factor)), max(1, round(height * factor)))
    pixels, encoded = image_pixels(image), not image.is_float
    bpy.data.images.remove(image)
    return Picture(np.repeat(pixels[..., :1], 3, axis=-1) if pixels.shape[-1] < 3 else pixels[..., :3], encoded)


def image_pixels(image: bpy.types.Image) -> np.ndarray:
    """Return an image's pixels (H,W,C) float32, top row first."""
    width, height = image.size
    pixels = np.empty(width * height * image.channels, np.float32)
    image.pixels.foreach_get(pixels)
    return pixels.reshape(height, width, -1)[::-1]


def picture_image(name: str, pixels: np.ndarray, encoded: bool = False) -> bpy.types.Image:
    """Return an image of pixels (H,W,3), top row first, in linear light or sRGB-encoded."""
    height, width = pixels.shape[:2]
    image = bpy.data.images.new(name, width, height, alpha=False, float_buffer=not encoded)
    image.colorspace_settings.name = "sRGB" if encoded else "Linear Rec.709"
    rgba = np.ones((height, width, 4), np.float32)
    rgba[..., :3] = pixels[::-1]
    image.pixels.foreach_set(rgba.ravel())
    image.update()
    return image
