"""A chair: four legs, a seat, a back of slats or in one piece, now and then arms."""

import numpy as np

from blender_gen.bundled.parts import METAL, Material, Part, Parts, lacquer, pair, textured, tinted_unlike, wood
from blender_gen.bundled.shapes import loft, rounded_box, superellipse, tube, turned


def chair(rng: np.random.Generator) -> Parts:
    """Draw a chair's proportions, back, arms and colours. The sitter looks along +x."""
    width, depth = rng.uniform(0.42, 0.54), rng.uniform(0.42, 0.52)
    seat, back = rng.uniform(0.42, 0.48), rng.uniform(0.42, 0.6)
    lean = rng.uniform(0.1, 0.22)
    frame = [wood(rng), lacquer(rng, "lacquer"), METAL][int(rng.choice(3, p=[0.6, 0.25, 0.15]))]
    if frame.name == "wood":
        dark = tuple(0.5 * value for value in frame.colour)
        frame = textured(frame, "grain", dark, uv_scale_m=0.22, upright=True, seed=int(rng.integers(2**31)))
    cloth = _cloth(rng, Material("cloth", tinted_unlike(rng, frame), roughness=0.95))
    thick = 0.016 if frame is METAL else rng.uniform(0.02, 0.026)
    x, y = depth / 2 - 0.04, width / 2 - 0.035
    splay = rng.uniform(0.0, 0.05)

    parts = [
        Part(_slab(depth, width, seat - 0.035, 0.035, 5.0), frame),
        Part(_slab(depth - 0.04, width - 0.04, seat, rng.uniform(0.04, 0.07), 4.0), cloth),
    ]
    front_leg = tube([(x + splay, y + splay, 0), (x, y, seat - 0.02)], [0.75 * thick, thick])
    parts += pair(front_leg, frame)
    foot = (-x - splay - 0.03, y + splay, 0)
    shoulder = np.array([-x - 0.02, y, seat])
    post = [foot, (-x, y, 0.6 * seat), shoulder, *(_on_back(shoulder, s, back, lean) for s in (0.35, 0.7, 1.0))]
    parts += pair(tube(post, thick * np.linspace(0.8, 1.0, 6)), frame)
    rung = 0.3 * seat
    parts += pair(
        tube([(x + 0.6 * splay, y + 0.6 * splay, rung), (-x - 0.6 * splay, y + 0.6 * splay, rung)], 0.012), frame
    )
    parts.append(Part(tube([(0, -y - 0.6 * splay, rung), (0, y + 0.6 * splay, rung)], 0.012), frame))

    style = str(rng.choice(["slats", "panel", "ladder"]))
    middle = np.array([-x - 0.02, 0, seat])
    if style == "panel":
        panel = rounded_box((0.05, 2 * y, 0.72 * back), (0, 0, 0), 0.024)
        place = _on_back(middle, 0.6, back, lean)
        panel.apply_translation(place)
        parts.append(Part(turned(panel, -np.arctan(lean), (0, 1, 0), place), cloth))
    if style == "slats":
        for share in np.linspace(-0.72, 0.72, int(rng.integers(4, 7))):
            ends = [_on_back(middle + (0, share * y, 0), s, back, lean) for s in (0.02, 0.5, 0.94)]
            parts.append(Part(tube(ends, 0.011), frame))
    heights = (0.95,) if style != "ladder" else np.linspace(0.35, 0.95, int(rng.integers(3, 5)))
    for share in heights:
        parts.append(Part(_rail(_on_back(middle, share, back, lean), y, lean), frame))
    if rng.random() < 0.35:
        parts += _arms(x, y, seat, back, lean, thick, frame)
    return parts


def _cloth(rng: np.random.Generator, plain: Material) -> Material:
    """The cushions' cloth: plain, plaid, striped, dotted or checked."""
    figure = tinted_unlike(rng, plain)
    pattern = str(rng.choice(["plain", "plaid", "stripes", "dots", "checks"], p=[0.3, 0.25, 0.2, 0.15, 0.1]))
    scale, share = rng.uniform(0.09, 0.18), rng.uniform(0.25, 0.5)
    if pattern == "plain":
        return plain
    return textured(plain, pattern, figure, uv_scale_m=scale * (1.4 if pattern == "plaid" else 1.0), share=share)


def _on_back(foot: np.ndarray, share: float, back: float, lean: float) -> np.ndarray:
    """A point on the back, which leans and bends a little backwards."""
    return foot + np.array([-lean * back * (share + 0.3 * share**2), 0, share * back])


def _slab(depth: float, width: float, z: float, height: float, exponent: float):
    rings = []
    for share, inset in ((0.0, 0.025), (0.25, 0.004), (0.6, 0.0), (0.85, 0.012), (1.0, 0.04)):
        outline = superellipse(depth / 2 - inset, width / 2 - inset, exponent, 40)
        rings.append(np.concatenate([outline, np.full((40, 1), z + share * height)], axis=1))
    return loft(rings)


def _rail(place: np.ndarray, y: float, lean: float):
    """A slightly curved board across the back."""
    rings = []
    for across in np.linspace(-1, 1, 11):
        outline = superellipse(0.011, 0.032, 3.0, 16)
        bow = -0.02 * (1 - across**2)
        ring = np.stack([outline[:, 0] - lean * outline[:, 1], np.zeros(16), outline[:, 1]], axis=1)
        rings.append(ring + place + (bow, across * y, 0))
    return loft(rings)


def _arms(x, y, seat, back, lean, thick, frame) -> list[Part]:
    height = 0.22
    behind = _on_back(np.array([-x - 0.02, y, seat]), height / back, back, lean)
    arm = rounded_box((x - behind[0], 0.05, 0.03), ((x + behind[0]) / 2, y, seat + height), 0.014)
    stick = tube([(x - 0.04, y, seat - 0.02), (x - 0.04, y, seat + height)], 0.8 * thick)
    return [*pair(arm, frame), *pair(stick, frame)]
