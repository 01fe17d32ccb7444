"""The four-legged animals as numbers. Lengths are shares of the height at the withers."""

from dataclasses import dataclass

RGB = tuple[float, float, float]


@dataclass(frozen=True)
class Breed:
    """What one animal's body is drawn from; colours are sRGB from 0 to 1.

    `neck` is length, rise in degrees, half thickness at the chest and at the head; `head` is length, half width, half
    height, and degrees that it is bent down; `muzzle` is its share of the head's length, half width, half height;
    `leg` is half thickness at the top, at the knee and above the foot; `coats` are pairs of ground and pattern.
    """

    height_m: tuple[float, float]
    length: float
    chest: float
    belly: float
    half_width: float
    neck: tuple[float, float, float, float]
    head: tuple[float, float, float, float]
    muzzle: tuple[float, float, float]
    leg: tuple[float, float, float]
    foot: str
    ears: tuple[str, float]
    tail: tuple[str, float]
    pattern: tuple[str, ...]
    coats: tuple[tuple[RGB, RGB], ...]
    extras: tuple[str, ...] = ()


WHITE, CREAM, BLACK = (0.93, 0.92, 0.89), (0.93, 0.86, 0.72), (0.11, 0.10, 0.10)
TAN, BROWN, DARK = (0.76, 0.56, 0.33), (0.45, 0.28, 0.16), (0.27, 0.17, 0.11)
GINGER, GREY, RUST = (0.86, 0.52, 0.22), (0.50, 0.50, 0.52), (0.74, 0.36, 0.14)

BREEDS = {
    "dog": Breed(
        (0.35, 0.65), 1.08, 0.46, 0.32, 0.17, (0.36, 52, 0.15, 0.115), (0.46, 0.125, 0.13, 12), (0.48, 0.065, 0.065),
        (0.115, 0.058, 0.045), "paw", ("flop", 0.22), ("up", 0.5), ("patches", "saddle", "spots", "belly"),
        ((WHITE, BROWN), (TAN, DARK), (CREAM, RUST), (WHITE, BLACK), (GINGER, WHITE)), ("collar", "tongue"),
    ),
    "fox": Breed(
        (0.38, 0.45), 1.06, 0.38, 0.31, 0.18, (0.32, 48, 0.14, 0.11), (0.46, 0.12, 0.115, 10), (0.5, 0.042, 0.045),
        (0.085, 0.045, 0.036), "paw", ("prick", 0.23), ("brush", 0.54), ("belly",),
        (((0.82, 0.40, 0.13), WHITE), ((0.74, 0.33, 0.12), CREAM)),
    ),
    "cat": Breed(
        (0.26, 0.32), 1.22, 0.44, 0.40, 0.165, (0.20, 48, 0.15, 0.125), (0.35, 0.18, 0.165, 4), (0.24, 0.095, 0.075),
        (0.105, 0.06, 0.052), "paw", ("prick", 0.19), ("wave", 0.72), ("stripes", "patches", "belly"),
        ((GINGER, (0.70, 0.36, 0.12)), (GREY, (0.27, 0.27, 0.29)), (WHITE, BLACK), (CREAM, GINGER), (GREY, WHITE)),
        ("whiskers", "bright eyes"),
    ),
    "horse": Breed(
        (1.4, 1.7), 1.06, 0.46, 0.40, 0.155, (0.58, 52, 0.17, 0.095), (0.46, 0.085, 0.115, 48), (0.5, 0.058, 0.065),
        (0.115, 0.052, 0.040), "hoof", ("prick", 0.12), ("hair", 0.62), ("plain", "patches", "socks"),
        ((BROWN, DARK), (TAN, WHITE), (DARK, BROWN), (WHITE, BROWN), (RUST, DARK)), ("mane",),
    ),
    "zebra": Breed(
        (1.2, 1.4), 1.04, 0.48, 0.42, 0.17, (0.50, 52, 0.18, 0.10), (0.43, 0.09, 0.115, 45), (0.48, 0.06, 0.065),
        (0.115, 0.055, 0.042), "hoof", ("prick", 0.14), ("tuft", 0.5), ("stripes",),
        ((WHITE, BLACK),), ("crest",),
    ),
    "cow": Breed(
        (1.3, 1.5), 1.22, 0.56, 0.54, 0.235, (0.40, 22, 0.21, 0.14), (0.44, 0.13, 0.135, 40), (0.5, 0.095, 0.085),
        (0.125, 0.066, 0.055), "hoof", ("leaf", 0.19), ("tuft", 0.54), ("patches",),
        ((WHITE, BLACK), (WHITE, BROWN), (BLACK, WHITE), (RUST, WHITE), (CREAM, TAN)), ("horns", "udder", "nose"),
    ),
    "pig": Breed(
        (0.6, 0.85), 1.5, 0.72, 0.70, 0.33, (0.24, 8, 0.31, 0.24), (0.52, 0.225, 0.24, 14), (0.42, 0.11, 0.11),
        (0.16, 0.09, 0.07), "hoof", ("leafup", 0.24), ("curl", 0.3), ("plain", "patches"),
        (((0.92, 0.66, 0.62), (0.20, 0.16, 0.16)), ((0.88, 0.60, 0.56), (0.35, 0.24, 0.20))), ("snout",),
    ),
    "giraffe": Breed(
        (2.4, 2.9), 0.74, 0.40, 0.34, 0.14, (0.92, 66, 0.13, 0.06), (0.30, 0.062, 0.07, 24), (0.5, 0.04, 0.04),
        (0.085, 0.042, 0.033), "hoof", ("leaf", 0.13), ("tuft", 0.4), ("cells",),
        ((CREAM, (0.62, 0.36, 0.15)), ((0.90, 0.78, 0.55), (0.50, 0.27, 0.12))), ("crest", "ossicones"),
    ),
    "elephant": Breed(
        (2.4, 3.1), 1.06, 0.58, 0.56, 0.28, (0.16, 12, 0.28, 0.22), (0.36, 0.19, 0.22, 22), (0.3, 0.13, 0.14),
        (0.15, 0.115, 0.105), "pad", ("fan", 0.40), ("tuft", 0.42), ("plain",),
        (((0.47, 0.46, 0.47), (0.40, 0.39, 0.40)), ((0.54, 0.50, 0.47), (0.46, 0.43, 0.41))), ("trunk", "tusks"),
    ),
    "sheep": Breed(
        (0.6, 0.75), 1.22, 0.58, 0.58, 0.26, (0.26, 36, 0.2, 0.14), (0.38, 0.105, 0.12, 30), (0.5, 0.07, 0.07),
        (0.10, 0.055, 0.048), "hoof", ("leaf", 0.17), ("stub", 0.14), ("plain",),
        ((BLACK, BLACK), (CREAM, CREAM), (DARK, DARK)), ("wool",),
    ),
}  # fmt: skip
