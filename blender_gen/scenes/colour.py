"""Random colours, linear RGB."""

import colorsys

import numpy as np

Colour = tuple[float, float, float]
Range = tuple[float, float]


def draw_colour(rng: np.random.Generator, hue: float, saturation: Range, value: Range) -> Colour:
    """Draw a linear RGB colour of this hue (in turns, any real) from ranges of saturation and value."""
    rgb = colorsys.hsv_to_rgb(hue % 1.0, rng.uniform(*saturation), rng.uniform(*value))
    red, green, blue = map(float, rgb)
    return red, green, blue
