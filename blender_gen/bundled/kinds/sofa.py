"""A sofa: seat and back cushions, two arms, legs, and what lies on it."""

from dataclasses import dataclass

import numpy as np
import trimesh

from blender_gen.bundled.organic import body
from blender_gen.bundled.parts import METAL, Material, Part, Parts, pair, textured, tinted, tinted_unlike, wood
from blender_gen.bundled.shapes import loft, rounded_box, superellipse, tube, turned


@dataclass(frozen=True)
class Frame:
    """Outer width, depth and heights in metres of one sofa."""

    width: float
    depth: float
    leg: float
    seat: float
    back: float
    arm: float
    arm_width: float
    lean: float


def sofa(rng: np.random.Generator) -> Parts:
    """Draw a sofa's size, arms, legs and cloth. Who sits on it looks along +x."""
    seats = int(rng.integers(1, 4))
    arm_width = rng.uniform(0.14, 0.24)
    frame = Frame(
        width=seats * rng.uniform(0.58, 0.68) + 2 * arm_width,
        depth=rng.uniform(0.82, 0.95),
        leg=rng.uniform(0.08, 0.18),
        seat=rng.uniform(0.40, 0.46),
        back=rng.uniform(0.78, 0.95),
        arm=rng.uniform(0.56, 0.66),
        arm_width=arm_width,
        lean=rng.uniform(0.12, 0.22),
    )
    cloth, seat_cloth, accent = _cloths(rng)
    parts = _body(frame, cloth, str(rng.choice(["box", "rolled", "round"])))
    parts += _cushions(frame, seats, seat_cloth)
    parts += _legs(frame, rng)
    parts += _pillows(frame, seats, accent, rng)
    return parts


def _cloths(rng: np.random.Generator) -> tuple[Material, Material, Material]:
    plain = Material("cloth", tinted(rng), roughness=0.95)
    second = tinted_unlike(rng, plain)
    darker = tuple(0.62 * value for value in plain.colour)
    seed = int(rng.integers(2**31))
    style = str(rng.choice(["plain", "plain", "plaid", "stripes", "dots"]))
    if style == "plaid":
        cloth = textured(plain, "plaid", second, uv_scale_m=rng.uniform(0.22, 0.34), share=0.45)
    elif style == "stripes":
        cloth = textured(plain, "stripes", second, uv_scale_m=rng.uniform(0.12, 0.2), share=0.4, upright=True)
    elif style == "dots":
        cloth = textured(plain, "dots", second, uv_scale_m=rng.uniform(0.16, 0.24), share=0.25)
    else:
        cloth = textured(plain, "mottle", darker, uv_scale_m=0.35, seed=seed)
    lighter = Material("seat cloth", tuple(0.25 * 0.8 + 0.75 * value for value in plain.colour), roughness=0.95)
    seat_cloth = lighter if style == "plain" and rng.random() < 0.4 else cloth
    pillow = Material("pillow", second, roughness=0.9)
    if style == "plain":
        motif = str(rng.choice(["dots", "stripes", "checks", "plaid"]))
        pillow = textured(pillow, motif, tinted_unlike(rng, pillow), uv_scale_m=rng.uniform(0.1, 0.16), share=0.4)
    return cloth, seat_cloth, pillow


def _body(frame: Frame, cloth: Material, arms: str) -> list[Part]:
    low, x_back, x_front = frame.leg, -frame.depth / 2, frame.depth / 2
    inner = frame.width - 2 * frame.arm_width
    base = rounded_box(
        (frame.depth - 0.04, frame.width - 0.04, frame.seat - 0.15 - low), (0, 0, (frame.seat - 0.15 + low) / 2), 0.04
    )
    back = rounded_box(
        (0.2, frame.width - 0.02, frame.back - low - 0.02), (x_back + 0.1, 0, (frame.back + low) / 2), 0.07
    )
    back = turned(back, -0.5 * frame.lean, (0, 1, 0), (x_back + 0.1, 0, low))
    place = (0.02, inner / 2 + frame.arm_width / 2, (frame.arm + low) / 2)
    parts = [Part(base, cloth), Part(back, cloth)]
    if arms == "rolled":
        panel = rounded_box((frame.depth - 0.06, 0.72 * frame.arm_width, frame.arm - low - 0.06), place, 0.04)
        radius = 0.6 * frame.arm_width
        roll = [
            (x, place[1] + 0.02, frame.arm - 0.55 * radius, radius, 0.85 * radius)
            for x in (x_back + 0.08, x_front - 0.03)
        ]
        return [*parts, *pair(panel, cloth), *pair(body(roll, 8, (0.3, 0.25)).solid(28), cloth)]
    radius = 0.45 * frame.arm_width if arms == "round" else 0.045
    return [*parts, *pair(rounded_box((frame.depth - 0.04, frame.arm_width, frame.arm - low), place, radius), cloth)]


def _cushion(size: tuple[float, float, float], centre: np.ndarray) -> trimesh.Trimesh:
    """A stuffed block: flat where it lies, rounder than a box all about, its top a little bulged."""
    x, y, z = np.array(size) / 2
    rings = []
    for up, inset in (
        (-1.0, 0.05),
        (-0.75, 0.012),
        (-0.3, 0.0),
        (0.3, 0.0),
        (0.7, 0.012),
        (0.92, 0.045),
        (1.06, 0.11),
        (1.14, 0.24),
    ):
        scale = min(x, y)
        outline = superellipse(x - inset * scale, y - inset * scale, 6.0, 40)
        rings.append(np.concatenate([outline, np.full((40, 1), up * z)], axis=1))
    solid = loft(rings)
    solid.apply_translation(centre)
    return solid


def _cushions(frame: Frame, seats: int, cloth: Material) -> list[Part]:
    inner = frame.width - 2 * frame.arm_width
    each = inner / seats
    front, rear = frame.depth / 2 + 0.01, -frame.depth / 2 + 0.2
    parts = []
    for k in range(seats):
        y = (k + 0.5) * each - inner / 2
        block = _cushion((front - rear, each - 0.008, 0.155), np.array([(front + rear) / 2, y, frame.seat - 0.078]))
        height = frame.back - frame.seat - 0.02
        rest = _cushion((height, each - 0.012, 0.15), np.zeros(3))
        rest = turned(rest, np.pi / 2 - frame.lean, (0, 1, 0))
        rest.apply_translation((rear + 0.06 - 0.3 * frame.lean * height, y, frame.seat + 0.5 * height + 0.02))
        parts += [Part(block, cloth), Part(rest, cloth)]
    return parts


def _legs(frame: Frame, rng: np.random.Generator) -> list[Part]:
    material = METAL if rng.random() < 0.3 else wood(rng)
    thick = rng.uniform(0.022, 0.034)
    splay = rng.uniform(0.0, 0.06)
    x, y = frame.depth / 2 - 0.1, frame.width / 2 - 0.1
    parts = []
    for side in (1, -1):
        leg = tube(
            [(side * (x + splay), y + 0.5 * splay, 0.0), (side * x, y, frame.leg + 0.03)], [0.65 * thick, thick], 16
        )
        leg.vertices[:, 2] = np.maximum(leg.vertices[:, 2], 0.0)
        parts += pair(leg, material)
    return parts


def _pillows(frame: Frame, seats: int, cloth: Material, rng: np.random.Generator) -> list[Part]:
    inner = frame.width - 2 * frame.arm_width
    parts = []
    for side in (1, -1) if seats > 1 else (1,):
        if side < 0 and rng.random() < 0.35:
            continue
        size = rng.uniform(0.34, 0.42)
        pillow = _pillow(size)
        pillow = turned(pillow, -rng.uniform(0.25, 0.4), (0, 1, 0))
        pillow = turned(pillow, -side * rng.uniform(0.15, 0.45), (0, 0, 1))
        x = -frame.depth / 2 + 0.40
        y = side * (inner / 2 - 0.5 * size - 0.02) if seats > 1 else 0.0
        pillow.apply_translation((x, y, frame.seat + 0.46 * size + 0.02))
        parts.append(Part(pillow, cloth))
    return parts


def _pillow(size: float) -> trimesh.Trimesh:
    """A square pillow that faces +x: thick in the middle, thin at its seams."""
    rings = []
    for angle in np.radians([-80, -60, -35, -12, 12, 35, 60, 80]):
        outline = superellipse(1, 1, 2 + 5 * np.cos(angle) ** 2, 40) * (0.5 * size * np.cos(angle) ** 0.8)
        rings.append(np.stack([np.full(40, 0.2 * size * np.sin(angle)), outline[:, 0], outline[:, 1]], axis=1))
    return loft(rings)
