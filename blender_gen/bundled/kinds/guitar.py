"""A guitar on its stand: acoustic, or electric in bright lacquer."""

import numpy as np
import trimesh

from blender_gen.bundled.organic import bead, block, smooth_outline
from blender_gen.bundled.parts import (
    BLACK,
    METAL,
    WHITE,
    Material,
    Part,
    Parts,
    hue,
    linear,
    pair,
    textured,
    tinted,
    wood,
)
from blender_gen.bundled.shapes import joined, lathe, loft, rounded_box, tube, turned

# Half outlines of bodies, left side from the bottom up: y, z in metres.
ACOUSTIC = (
    (0.0, 0.0),
    (0.13, 0.012),
    (0.19, 0.085),
    (0.185, 0.17),
    (0.125, 0.255),
    (0.125, 0.30),
    (0.145, 0.37),
    (0.12, 0.44),
    (0.05, 0.47),
)
HORNED = (
    (0.0, 0.0),
    (0.11, 0.01),
    (0.165, 0.07),
    (0.155, 0.14),
    (0.11, 0.21),
    (0.115, 0.27),
    (0.145, 0.33),
    (0.135, 0.40),
    (0.095, 0.37),
    (0.04, 0.33),
)
SINGLE = (
    (0.0, 0.0),
    (0.12, 0.012),
    (0.17, 0.075),
    (0.165, 0.15),
    (0.115, 0.225),
    (0.12, 0.28),
    (0.14, 0.33),
    (0.12, 0.385),
    (0.05, 0.40),
)
LIFT, LEAN = 0.14, 0.2  # metres above the floor, radians that the stand tilts it back


def guitar(rng: np.random.Generator) -> Parts:
    """Draw a guitar and its finish. Its strings look along +x."""
    parts = _acoustic(rng) if rng.random() < 0.5 else _electric(rng)
    leaning = [Part(turned(part.solid, -LEAN, (0, 1, 0), (0, 0, LIFT)), part.material) for part in parts]
    parts = [*leaning, *_stand(rng)]
    low = min(part.solid.vertices[:, 2].min() for part in parts)
    for part in parts:
        part.solid.apply_translation((0, 0, -low))
    return parts


def _outline(half: tuple[tuple[float, float], ...], points: int = 60) -> np.ndarray:
    corners = np.array(half)
    mirror = corners[1:][::-1] * (-1, 1)
    return smooth_outline(np.concatenate([corners, mirror]), points)


def _board(outline: np.ndarray, rear: float, front: float, edge: float) -> trimesh.Trimesh:
    """Slab between two x with this outline (K, 2) of y and z and rounded edges; its mean must see all of it."""
    middle = outline.mean(axis=0)
    reach = np.linalg.norm(outline - middle, axis=1).mean()
    rings = []
    for x, inset in (
        (rear, edge),
        (rear + 0.4 * edge, 0.3 * edge),
        (rear + edge, 0),
        (front - edge, 0),
        (front - 0.4 * edge, 0.3 * edge),
        (front, edge),
    ):
        flat = middle + (outline - middle) * (1 - inset / reach)
        rings.append(np.column_stack([np.full(len(flat), x), flat]))
    return loft(rings)


def _neck(rng: np.random.Generator, heel: float, nut: float, face: float, timber: Material, frets: int) -> list[Part]:
    fretboard = Material("fretboard", linear(0.20, 0.13, 0.10), roughness=0.5)
    parts = [Part(rounded_box((0.026, 0.05, nut - heel), (face - 0.005, 0, (nut + heel) / 2), 0.012), timber)]
    parts.append(
        Part(
            rounded_box((0.010, 0.056, nut - heel + 0.05), (face + 0.011, 0, (nut + heel) / 2 - 0.025), 0.003),
            fretboard,
        )
    )
    scale = 1.0 - 0.5 ** (np.arange(1, frets + 1) / 12)
    heights = nut - scale * 2 * (nut - heel) / (2 * scale[-1])
    bars = [block((0.004, 0.054, 0.0035), (face + 0.0175, 0, z)) for z in heights]
    parts.append(Part(joined(bars), METAL))
    dots = [
        bead((face + 0.0145, 0, 0.5 * (heights[k] + heights[k - 1])), 0.0055, 6) for k in (2, 4, 6, 8, 11) if k < frets
    ]
    parts.append(Part(joined(dots), WHITE))
    head = np.array(
        [
            (0.02, 0.0),
            (0.038, 0.03),
            (0.044, 0.15),
            (0.02, 0.165),
            (-0.02, 0.165),
            (-0.044, 0.15),
            (-0.038, 0.03),
            (-0.02, 0.0),
        ]
    )
    crown = smooth_outline(head, 40)[::-1] + (0, nut)
    parts.append(Part(_board(crown, face - 0.02, face + 0.002, 0.004), timber))
    for k in range(3):
        z = nut + 0.042 + 0.042 * k
        peg = tube([(face - 0.008, 0.035, z), (face - 0.008, 0.062, z)], 0.004, 8)
        knob = rounded_box((0.012, 0.018, 0.022), (face - 0.008, 0.066, z), 0.005)
        post = tube([(face, 0.024, z), (face + 0.014, 0.024, z)], 0.005, 8)
        parts += [*pair(peg, METAL), *pair(knob, METAL), *pair(post, METAL)]
    return parts


def _strings(face: float, bridge: float, nut: float) -> Part:
    wires = [
        tube([(face + 0.021, y * 1.25, bridge), (face + 0.021, y, nut)], 0.0014, 6) for y in np.linspace(-0.02, 0.02, 6)
    ]
    return Part(joined(wires), Material("strings", linear(0.85, 0.82, 0.75), metallic=0.8, roughness=0.3))


def _acoustic(rng: np.random.Generator) -> list[Part]:
    scale = rng.uniform(0.94, 1.05)
    outline = _outline(ACOUSTIC) * scale + (0, LIFT)
    depth = rng.uniform(0.09, 0.115)
    tone = rng.uniform(0.055, 0.1)
    top = Material("top", hue(tone, rng.uniform(0.45, 0.75), rng.uniform(0.72, 0.95)), roughness=0.3)
    if rng.random() < 0.25:
        top = Material("top", tinted(rng), roughness=0.25)
    top = textured(
        top, "grain", tuple(0.7 * value for value in top.colour), uv_scale_m=0.25, upright=True, projection="along x"
    )
    side = Material("sides", hue(rng.uniform(0.03, 0.07), 0.65, rng.uniform(0.3, 0.5)), roughness=0.3)
    face = depth / 2
    parts = [Part(_board(outline, -face, face - 0.004, 0.006), side)]
    middle = outline.mean(axis=0)
    parts.append(Part(_board(middle + 0.965 * (outline - middle), face - 0.01, face, 0.002), top))
    parts.append(
        Part(
            _board(middle + 1.004 * (outline - middle), face - 0.010, face - 0.002, 0.002),
            Material("binding", linear(0.93, 0.88, 0.75)),
        )
    )
    hole_z = LIFT + 0.315 * scale
    rosette = lathe([(0.061, -0.002), (0.061, 0.0015), (0.05, 0.002)], "x", (face, 0, hole_z), 36)
    hole = lathe([(0.05, -0.002), (0.05, 0.0026), (0.02, 0.0028)], "x", (face, 0, hole_z), 36)
    parts += [Part(rosette, side), Part(hole, BLACK)]
    if rng.random() < 0.6:
        guard = smooth_outline(
            [(-0.045, -0.03), (-0.07, 0.01), (-0.105, -0.03), (-0.11, -0.085), (-0.065, -0.09), (-0.045, -0.06)], 28
        )
        parts.append(
            Part(
                _board(guard[::-1] + (0, hole_z), face - 0.002, face + 0.0022, 0.001),
                Material("guard", linear(0.15, 0.08, 0.06), roughness=0.2),
            )
        )
    bridge = LIFT + 0.13 * scale
    parts.append(
        Part(
            rounded_box((0.018, 0.13, 0.032), (face + 0.006, 0, bridge), 0.006),
            Material("bridge", linear(0.22, 0.13, 0.09)),
        )
    )
    parts.append(Part(rounded_box((0.012, 0.075, 0.006), (face + 0.014, 0, bridge + 0.006), 0.002), WHITE))
    nut, heel = LIFT + 0.82 * scale, LIFT + 0.45 * scale
    parts += _neck(rng, heel, nut, face, side, 14)
    return [*parts, _strings(face, bridge, nut)]


def _electric(rng: np.random.Generator) -> list[Part]:
    scale = rng.uniform(0.95, 1.06)
    horned = rng.random() < 0.55
    outline = _outline(HORNED if horned else SINGLE) * scale + (0, LIFT)
    depth = 0.045
    face = depth / 2
    lacquer = Material("lacquer", tinted(rng), roughness=0.15)
    parts = [Part(_board(outline, -face, face, 0.009), lacquer)]
    pale = WHITE if np.mean(lacquer.colour) < 0.45 else BLACK
    middle = outline.mean(axis=0)
    if horned:
        guard = middle + (outline - middle) * (0.74, 0.8) + (0.0, 0.012)
        parts.append(Part(_board(guard, face - 0.002, face + 0.003, 0.001), pale))
    else:
        parts.append(
            Part(
                _board(middle + 1.006 * (outline - middle), face - 0.016, face - 0.008, 0.002),
                Material("binding", linear(0.93, 0.88, 0.75)),
            )
        )
    for z in (0.15, 0.205, 0.26) if horned else (0.16, 0.25):
        pickup = rounded_box((0.016, 0.085, 0.02 if horned else 0.036), (face + 0.004, 0, LIFT + z * scale), 0.006)
        parts.append(Part(pickup, BLACK if pale is WHITE or not horned else WHITE))
        poles = [bead((face + 0.012, y, LIFT + z * scale), 0.004, 6) for y in np.linspace(-0.03, 0.03, 6)]
        parts.append(Part(joined(poles), METAL))
    bridge = LIFT + 0.1 * scale
    parts.append(Part(rounded_box((0.022, 0.085, 0.028), (face + 0.008, 0, bridge), 0.005), METAL))
    for y, z in ((-0.085, 0.10), (-0.105, 0.145), (-0.06, 0.06)):
        knob = lathe([(0.013, 0.0), (0.013, 0.012), (0.01, 0.016)], "x", (face, y * scale, LIFT + z * scale), 18)
        parts.append(Part(knob, METAL if pale is BLACK else BLACK))
    nut, heel = LIFT + 0.78 * scale, LIFT + 0.34 * scale
    parts += _neck(rng, heel, nut, face, wood(rng), 18)
    return [*parts, _strings(face, bridge, nut)]


def _stand(rng: np.random.Generator) -> list[Part]:
    """Three feet, a post behind the body, two padded arms that carry it and a fork at its back."""
    colour = BLACK if rng.random() < 0.7 else Material("stand", linear(0.35, 0.36, 0.38), metallic=0.8, roughness=0.4)
    crotch = np.array([-0.12, 0, LIFT + 0.06])
    thick = 0.011
    parts = [Part(tube([crotch, (-0.20, 0, LIFT + 0.34)], thick), colour)]
    parts += pair(tube([crotch, (0.13, 0.19, thick)], thick), colour)
    parts.append(Part(tube([crotch, (-0.33, 0, thick)], thick), colour))
    parts += [*pair(bead((0.13, 0.19, thick), 0.017, 10), BLACK), Part(bead((-0.33, 0, thick), 0.017, 10), BLACK)]
    arm = tube([crotch, (-0.09, 0.085, LIFT - 0.02), (0.07, 0.085, LIFT - 0.012), (0.085, 0.085, LIFT + 0.03)], 0.010)
    parts += pair(arm, BLACK)
    rest = tube([(-0.20, 0, LIFT + 0.34), (-0.165, 0.05, LIFT + 0.335)], 0.012)
    return [*parts, *pair(rest, BLACK)]
