"""An aeroplane: a small one with a propeller, a biplane, an airliner, or a jet fighter."""

import numpy as np

from blender_gen.bundled.kinds.fighter import fighter
from blender_gen.bundled.parts import (
    BLACK,
    GLASS,
    METAL,
    RUBBER,
    WHITE,
    Material,
    Part,
    Parts,
    lacquer,
    pair,
    textured,
    tinted_unlike,
)
from blender_gen.bundled.shapes import along_x, ellipsoid, lathe, rounded_box, tube, turned, wing

LEATHER = Material("leather", (0.2, 0.1, 0.05), roughness=0.7)


def plane(rng: np.random.Generator) -> Parts:
    """Draw an aeroplane's type, proportions and livery."""
    style = str(rng.choice(["propeller", "biplane", "airliner", "fighter"], p=[0.3, 0.2, 0.32, 0.18]))
    if style == "airliner":
        return _airliner(rng)
    return fighter(rng) if style == "fighter" else _propeller_plane(rng, style == "biplane")


def _banded(rng: np.random.Generator, plain: Material, figure: Material, low: float, high: float) -> Material:
    """A fuselage's skin with a stripe, two, or another colour below."""
    pattern = str(rng.choice(["livery", "racing", "stripes"]))
    height = high - low
    share = rng.uniform(0.28, 0.4) if pattern == "livery" else rng.uniform(0.12, 0.22)
    start = low - (0.05 if pattern == "livery" else 0.1) * height
    return textured(
        plain,
        pattern,
        figure.colour,
        uv_scale_m=1.2 * height,
        share=share,
        projection="along y",
        origin_m=(0, 0, start),
    )


def _propeller_plane(rng: np.random.Generator, biplane: bool) -> Parts:
    length, radius = rng.uniform(6.2, 7.6), rng.uniform(0.52, 0.62)
    span = rng.uniform(7.0, 8.4) if biplane else rng.uniform(8.2, 10.2)
    paint = lacquer(rng)
    trim = Material("trim", tinted_unlike(rng, paint), roughness=0.3)
    plain = WHITE if rng.random() < 0.4 else paint
    skin = _banded(rng, plain, paint if plain is WHITE else trim, -radius, radius)
    nose, tail = length * 0.42, -length * 0.58
    body = along_x(
        [
            (nose, 0.62 * radius, -0.55 * radius, 0.5 * radius),
            (nose - 0.15, 0.8 * radius, -0.75 * radius, 0.66 * radius),
            (nose - 1.0, radius, -radius, 0.85 * radius),
            (0.3, radius, -1.05 * radius, radius),
            (-0.9, 0.92 * radius, -0.95 * radius, radius),
            (0.6 * tail, 0.5 * radius, -0.4 * radius, 0.7 * radius),
            (tail, 0.12 * radius, 0.15 * radius, 0.5 * radius),
        ],
        count=34,
        exponent=2.6,
    )
    high = bool(rng.random() < 0.5) and not biplane
    canopy = ellipsoid((1.1, 0.82 * radius, 0.34 if high else 0.62), (0.25 if high else 0.1, 0, 0.8 * radius))
    parts = [Part(body, skin), *(_cockpits(radius) if biplane else [Part(canopy, GLASS)])]
    height, lift = (1.35 * radius, 0.03) if high else (-0.7 * radius, 0.09)
    chord = rng.uniform(1.3, 1.6)
    half_wing = wing((0.25, 0, height), (0.15, span / 2, height + lift * span / 2), chord, 0.72 * chord)
    parts += pair(half_wing, paint)
    if biplane:
        parts += _upper_wing(radius, span, chord, height, lift, paint, trim)
    tip = wing(
        (0.165, 0.42 * span, height + lift * 0.42 * span),
        (0.145, 0.508 * span, height + lift * 0.508 * span),
        0.78 * chord,
        0.74 * chord,
        0.14,
    )
    parts += pair(tip, trim)
    if high:
        strut = tube([(0.25, 0.8 * radius, -0.7 * radius), (0.25, 0.25 * span, height + lift * 0.25 * span)], 0.045)
        parts += pair(strut, METAL)
    parts += _tail(tail, 0.35 * radius, 0.16 * length, 0.19 * span, paint, trim)
    spinner = lathe([(0.02, 0.5), (0.12, 0.38), (0.2, 0.18), (0.22, 0.0)], "x", (nose - 0.02, 0, 0))
    parts.append(Part(spinner, trim))
    blades = int(rng.integers(2, 4))
    start = rng.uniform(0, np.pi)
    for blade in range(blades):
        solid = rounded_box((0.05, 0.17, 0.95), (nose + 0.14, 0, 0.55), 0.022)
        parts.append(Part(turned(solid, start + 2 * np.pi * blade / blades, (1, 0, 0)), BLACK))
    ground = -1.9 * radius
    for x, y in ((0.35, 0.95), (nose - 0.75, 0.0)):
        wheel = _wheel((x, y, ground), 0.24)
        leg = tube([(x, 0.5 * y, -0.7 * radius), (x, y, ground)], 0.05)
        parts += [*pair(leg, METAL), *wheel]
    return parts


def _upper_wing(radius, span, chord, height, lift, paint, trim) -> list[Part]:
    """The second wing of a biplane, ahead of and above the first, and the struts between them."""
    z, x = 1.75 * radius, 0.65
    upper = wing((x, 0, z), (x, 0.52 * span, z + 0.02 * span), chord, 0.85 * chord)
    tip = wing(
        (x, 0.43 * span, z + 0.0165 * span), (x, 0.528 * span, z + 0.0204 * span), 0.9 * chord, 0.87 * chord, 0.14
    )
    parts = [*pair(upper, paint), *pair(tip, trim)]
    for shift in (-0.35, 0.35):
        y = 0.34 * span
        ends = [(0.22 + shift * chord, y, height + lift * y), (x + shift * chord, y, z + 0.013 * span)]
        parts += pair(tube(ends, 0.04, 8), METAL)
        parts += pair(tube([(x + shift, 0.45 * radius, 0.6 * radius), (x + shift, 0.6 * radius, z)], 0.035, 8), METAL)
    return parts


def _cockpits(radius: float) -> list[Part]:
    """Two open cockpits with wind screens."""
    parts = []
    for x in (0.1, -0.95):
        rim = lathe([(0.36, 0.8 * radius), (0.37, 1.06 * radius), (0.28, 1.07 * radius)], "z", (x, 0, 0), 24)
        screen = turned(
            rounded_box((0.03, 0.5, 0.3), (x + 0.4, 0, 1.15 * radius), 0.01, 2), -0.5, (0, 1, 0), (x + 0.4, 0, radius)
        )
        head = ellipsoid((0.15, 0.14, 0.19), (x - 0.03, 0, 1.28 * radius), 14)
        parts += [Part(rim, BLACK), Part(screen, GLASS), Part(head, LEATHER)]
    return parts


def _airliner(rng: np.random.Generator) -> Parts:
    length, radius = rng.uniform(28, 38), rng.uniform(1.8, 2.1)
    span, sweep = rng.uniform(0.86, 1.02) * length, rng.uniform(0.34, 0.5)
    paint = lacquer(rng)
    skin = _banded(rng, WHITE, paint, -radius, radius)
    belly = Material("light grey", (0.62, 0.64, 0.67), roughness=0.35)
    nose, tail = 0.5 * length, -0.5 * length
    body = along_x(
        [
            (nose, 0.05 * radius, -0.32 * radius, -0.22 * radius),
            (nose - 0.5, 0.45 * radius, -0.7 * radius, 0.2 * radius),
            (nose - 2.2, 0.86 * radius, -0.96 * radius, 0.8 * radius),
            (nose - 4.5, radius, -radius, radius),
            (0.25 * tail, radius, -radius, radius),
            (0.55 * tail, 0.92 * radius, -0.8 * radius, radius),
            (tail, 0.14 * radius, 0.45 * radius, 0.75 * radius),
        ],
        count=44,
        exponent=2.0,
        points=40,
    )
    parts = [Part(body, skin)]
    chord = 0.19 * length
    root, tip = (0.03 * length, 0.3 * radius, -0.55 * radius), (-sweep * span / 2, span / 2, 0.08 * span / 2)
    parts += pair(wing(root, tip, chord, 0.28 * chord, 0.11), belly)
    winglet = wing(tip, (tip[0] - 0.9, tip[1] + 0.35, tip[2] + 1.9), 0.26 * chord, 0.14 * chord, 0.1)
    parts += pair(winglet, paint)
    parts += _tail(tail + 0.07 * length, 0.6 * radius, 0.17 * length, 0.19 * span, belly, paint)
    along = 0.33
    place = (1 - along) * np.array(root) + along * np.array(tip) + (2.3, 0, -1.25)
    parts += _engine(place, paint)
    for x in np.arange(nose - 5.5, tail + 0.3 * length, -0.62):
        window = ellipsoid((0.16, 0.05, 0.22), (x, 0.985 * radius, 0.28 * radius), 8)
        parts += pair(window, GLASS)
    cockpit = ellipsoid((0.85, 0.74 * radius, 0.13 * radius), (nose - 1.75, 0, 0.38 * radius))
    parts.append(Part(cockpit, GLASS))
    ground = -1.75 * radius
    for x, y in ((-0.02 * length, 0.09 * span), (nose - 4.0, 0.25)):
        leg = tube([(x, y, -0.7 * radius), (x, y, ground)], 0.16)
        wheel = _wheel((x, y, ground), 0.55)
        parts += [*pair(leg, METAL), *wheel]
    return parts


def _tail(
    x: float, z: float, height: float, half_span: float, level_paint: Material, fin_paint: Material
) -> list[Part]:
    chord = 0.8 * height
    fin = wing((x + 0.45 * chord, 0, z), (x - 0.25 * chord, 0, z + height), chord, 0.5 * chord, 0.1)
    level_tip = (x - 0.02 * chord, half_span, z + 0.04 * half_span)
    level = wing((x + 0.4 * chord, 0, z), level_tip, 0.75 * chord, 0.4 * chord, 0.1)
    return [Part(fin, fin_paint), *pair(level, level_paint)]


def _engine(place: np.ndarray, paint: Material) -> list[Part]:
    shell = [(0.45, -2.3), (0.62, -1.6), (0.98, -0.4), (1.08, 0.6), (1.02, 1.25), (0.9, 1.4), (0.8, 1.3), (0.78, 1.0)]
    intake = [(0.81, 1.0), (0.79, 1.24), (0.2, 1.2), (0.05, 1.45)]
    return [*pair(lathe(shell, "x", place), paint), *pair(lathe(intake, "x", place), BLACK)]


def _wheel(centre: tuple[float, float, float], radius: float) -> list[Part]:
    shares = [(0.5, -0.3), (0.9, -0.3), (1.0, 0.0), (0.9, 0.3), (0.5, 0.3)]
    tyre = lathe(radius * np.array(shares), "y", centre, 20)
    hub = lathe([(0.45 * radius, -0.33 * radius), (0.45 * radius, 0.33 * radius)], "y", centre, 16)
    return [*pair(tyre, RUBBER), *pair(hub, METAL)]
