"""How much smaller latents are than pictures, and which sizes of pictures there can be."""

from model.errors import RequestError

PIXELS_PER_LATENT = 8
"""Of SVD's VAE, and of the presets', along each side."""
LEAST_SIDE = 24
"""Pixels; with fewer, a normalisation in the preset `tiny` is left with one value, which it cannot take."""


def check_size(size: tuple[int, int]) -> None:
    """Raise RequestError for a size, height and width in pixels, that the networks do not take."""
    if any(side % PIXELS_PER_LATENT or side < LEAST_SIDE for side in size):
        raise RequestError(
            f"a size of {size[1]}x{size[0]} cannot be; width and height are multiples of {PIXELS_PER_LATENT}, "
            f"{LEAST_SIDE} or more, such as 576x320"
        )
