"""From linear light to 8 bits: the one place that decides how a picture looks."""

import numpy as np

VIEW = "soft-srgb-0.65"
KNEE = 0.65


def to_8_bit(linear: np.ndarray) -> np.ndarray:
    """Return sRGB bytes of linear Rec. 709 light, any shape.

    Below `KNEE` the curve is sRGB's own (IEC 61966-2-1); above it, light rolls off smoothly (C1) towards white
    instead of clipping.
    """
    light = np.clip(np.nan_to_num(linear.astype(np.float64), nan=0.0, posinf=1e6), 0.0, None)
    room = 1.0 - KNEE
    light = np.where(light > KNEE, 1.0 - room * np.exp(-(light - KNEE) / room), light)
    encoded = np.where(light <= 0.0031308, 12.92 * light, 1.055 * np.power(light, 1 / 2.4) - 0.055)
    return np.rint(np.clip(encoded, 0.0, 1.0) * 255.0).astype(np.uint8)
