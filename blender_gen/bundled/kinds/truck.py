"""A truck: a cab over the engine or behind a bonnet, and a box, tank, tipper, mixer or flat bed with a load."""

from dataclasses import dataclass

import numpy as np

from blender_gen.bundled.parts import (
    BLACK,
    GLASS,
    LAMP,
    METAL,
    RED_LAMP,
    WHITE,
    Material,
    Part,
    Parts,
    hue,
    lacquer,
    linear,
    pair,
    textured,
    tinted,
    tinted_unlike,
    wood,
)
from blender_gen.bundled.shapes import across, along_x, box, ellipsoid, lathe, rounded, rounded_box, tube, turned
from blender_gen.bundled.wheels import road_wheels

AMBER = Material("amber lamp", linear(1.0, 0.6, 0.1), roughness=0.2, emission=linear(0.5, 0.3, 0.05))


@dataclass(frozen=True)
class _Frame:
    """Main measures in metres: x of the tail, of the cab's rear and of the cab's front; where the load stands."""

    tail: float
    cab_rear: float
    cab_front: float
    half: float
    floor: float
    belt: float
    roof: float

    @property
    def bed(self) -> tuple[float, float, float]:
        """Rear x, front x and middle x of the load."""
        return self.tail, self.cab_rear - 0.18, (self.tail + self.cab_rear - 0.18) / 2


def truck(rng: np.random.Generator) -> Parts:
    """Draw a truck's cab, load, proportions and colours."""
    length, bonnet = rng.uniform(6.6, 8.4), bool(rng.random() < 0.4)
    cab_front = length / 2 - (1.15 if bonnet else 0.0)
    frame = _Frame(
        tail=-length / 2,
        cab_rear=cab_front - rng.uniform(1.55, 1.95),
        cab_front=cab_front,
        half=rng.uniform(1.15, 1.28),
        floor=1.12,
        belt=rng.uniform(1.75, 1.9),
        roof=rng.uniform(2.7, 2.95),
    )
    paint = lacquer(rng)
    load = {"box": _box, "tank": _tank, "tipper": _tipper, "mixer": _mixer, "flat": _flat}[
        str(rng.choice(["box", "tank", "tipper", "mixer", "flat"], p=[0.3, 0.2, 0.2, 0.1, 0.2]))
    ]
    rim = WHITE if rng.random() < 0.3 else METAL
    parts = [*_chassis(frame, length), *_cab(frame, paint), *load(rng, frame, paint)]
    parts += _bonnet(frame, paint) if bonnet else _flat_face(frame, paint)
    parts += _trim(rng, frame, bonnet)
    front_axle = frame.cab_front + 0.45 if bonnet else 0.45 * frame.cab_rear + 0.55 * frame.cab_front
    for x in (front_axle, frame.tail + 0.95, frame.tail + 2.1):
        parts += road_wheels(x, frame.half - 0.02, 0.53, 0.34 if x == front_axle else 0.55, rim)
    return parts


def _chassis(frame: _Frame, length: float) -> list[Part]:
    rail = box((length - 0.5, 0.9, 0.24), (0, 0, 0.86))
    guards = [box((2.35, 0.08, 0.3), (frame.tail + 1.52, frame.half - 0.32, 1.0))]
    tank = rounded_box((1.0, 0.5, 0.52), (frame.cab_rear - 1.0, frame.half - 0.3, 0.74), 0.16)
    lamps = rounded_box((0.06, 0.34, 0.16), (frame.tail + 0.02, frame.half - 0.32, 0.86), 0.02, 2)
    bumper = box((0.1, 2 * frame.half - 0.2, 0.12), (frame.tail + 0.06, 0, 0.6))
    return [
        Part(rail, BLACK), *[part for guard in guards for part in pair(guard, BLACK)], *pair(tank, METAL),
        *pair(lamps, RED_LAMP), Part(bumper, METAL),
    ]  # fmt: skip


def _cab(frame: _Frame, paint: Material) -> list[Part]:
    rear, front, belt, roof = frame.cab_rear, frame.cab_front, frame.belt, frame.roof
    shell = [(rear, 0.85), (front - 0.03, 0.62), (front, belt), (front - 0.26, roof), (rear, roof)]
    slope = np.array([-0.26, roof - belt]) / np.hypot(0.26, roof - belt)
    foot, head = np.array([front, belt]) + 0.1 * slope, np.array([front - 0.26, roof]) - 0.2 * slope
    out = np.array([slope[1], -slope[0]])
    screen = across([foot + 0.02 * out, head + 0.02 * out, head - 0.1 * out, foot - 0.1 * out], frame.half - 0.14, 0.02)
    pane = [
        (rear + 0.5, belt + 0.1), (front - 0.22, belt + 0.1), (front - 0.42, roof - 0.28), (rear + 0.5, roof - 0.28),
    ]  # fmt: skip
    seam = box((0.02, 2 * frame.half + 0.012, roof - 1.2), (rear + 0.36, 0, 0.5 * (roof + 1.0)))
    handle = box((0.22, 2 * frame.half + 0.06, 0.05), (rear + 0.6, 0, belt - 0.12))
    step = box((0.5, 2 * frame.half + 0.02, 0.06), (front - 0.75, 0, 1.15))
    mirror = rounded_box((0.1, 0.22, 0.5), (front - 0.02, frame.half + 0.2, belt + 0.42), 0.04, 3)
    arm = tube([(front - 0.15, frame.half - 0.05, belt + 0.6), (front - 0.02, frame.half + 0.2, belt + 0.6)], 0.025, 6)
    visor = turned(
        rounded_box((0.34, 1.9 * frame.half, 0.04), (front - 0.12, 0, roof - 0.08), 0.015, 2),
        0.3, (0, 1, 0), (front - 0.26, 0, roof - 0.08),
    )  # fmt: skip
    return [
        Part(across(rounded(shell, 0.16), frame.half, 0.09), paint), Part(screen, GLASS),
        Part(across(pane, frame.half + 0.012), GLASS), Part(seam, BLACK), Part(handle, METAL), Part(step, BLACK),
        *pair(mirror, BLACK), *pair(arm, BLACK), Part(visor, BLACK),
    ]  # fmt: skip


def _flat_face(frame: _Frame, paint: Material) -> list[Part]:
    return _face(frame.cab_front, frame.half, 0.84, frame.belt - 0.12)


def _bonnet(frame: _Frame, paint: Material) -> list[Part]:
    start, end, top = frame.cab_front - 0.1, frame.cab_front + 1.12, frame.belt - 0.06
    nose = [(start, 0.7), (end, 0.7), (end, top - 0.24), (start, top)]
    fender = across(
        rounded([(start, 0.62), (start + 0.1, 1.28), (end - 0.15, 1.22), (end + 0.02, 0.62)], 0.3), frame.half, 0.06
    )
    return [
        Part(across(rounded(nose, 0.14), 0.72 * frame.half, 0.1), paint), Part(fender, paint),
        *_face(end, frame.half, 0.84, top - 0.3, grille=0.6),
    ]  # fmt: skip


def _face(x: float, half: float, low: float, high: float, grille: float = 0.66) -> list[Part]:
    """Grille with bars, headlamps and bumper."""
    middle = (low + high) / 2 + 0.12
    parts = [Part(rounded_box((0.1, 2 * grille * half, high - low - 0.2), (x - 0.01, 0, middle), 0.04, 2), BLACK)]
    for z in np.linspace(low + 0.3, high - 0.08, 4):
        parts.append(Part(box((0.05, 1.9 * grille * half, 0.05), (x + 0.04, 0, z)), METAL))
    parts.append(Part(rounded_box((0.24, 2 * half + 0.04, 0.3), (x + 0.02, 0, low - 0.18), 0.08, 3), METAL))
    parts.append(Part(box((0.02, 0.5, 0.13), (x + 0.15, 0, low - 0.18)), WHITE))
    lamp = lathe([(0.17, -0.06), (0.17, 0.03), (0.12, 0.07)], "x", (x, 0.83 * half, low + 0.16), 20)
    rim = lathe([(0.2, -0.06), (0.2, 0.025)], "x", (x, 0.83 * half, low + 0.16), 20)
    return [*parts, *pair(lamp, LAMP), *pair(rim, METAL)]


def _trim(rng: np.random.Generator, frame: _Frame, bonnet: bool) -> list[Part]:
    """Lamps on the roof, a horn, one exhaust or two."""
    parts = []
    for y in np.linspace(-0.75, 0.75, 5) * frame.half:
        parts.append(
            Part(rounded_box((0.12, 0.14, 0.09), (frame.cab_front - 0.4, y, frame.roof + 0.03), 0.03, 2), AMBER)
        )
    if bonnet or rng.random() < 0.35:
        x, top = frame.cab_rear - 0.06, frame.roof + rng.uniform(0.25, 0.6)
        y = frame.half - 0.12
        stack = tube([(x, y, 1.0), (x, y, top), (x - 0.14, y, top + 0.14)], 0.085)
        parts += pair(stack, METAL)
    return parts


def _box(rng: np.random.Generator, frame: _Frame, paint: Material) -> list[Part]:
    rear, front, middle = frame.bed
    top = frame.roof + rng.uniform(0.15, 0.7)
    plain = WHITE if rng.random() < 0.5 else Material("cargo", tinted_unlike(rng, paint), roughness=0.5)
    style = str(rng.choice(["livery", "racing", "planks", "plain"]))
    height = top - frame.floor
    if style in ("livery", "racing"):
        figure = paint.colour if plain is WHITE else WHITE.colour
        cargo = textured(
            plain, style, figure, uv_scale_m=1.05 * height, share=rng.uniform(0.2, 0.45), projection="along y",
            origin_m=(0, 0, frame.floor),
        )  # fmt: skip
    elif style == "planks":
        dark = tuple(0.45 * value for value in plain.colour)
        cargo = textured(plain, "planks", dark, uv_scale_m=1.6, share=0.3, upright=True)
    else:
        cargo = plain
    parts = [Part(rounded_box((front - rear, 2.04 * frame.half, height), (middle, 0, (top + frame.floor) / 2), 0.04, 2),
                  cargo)]  # fmt: skip
    for z in (frame.floor + 0.03, top - 0.03):
        parts.append(Part(box((front - rear + 0.03, 2.08 * frame.half, 0.09), (middle, 0, z)), METAL))
    parts.append(Part(box((0.05, 0.04, height - 0.1), (rear, 0, (top + frame.floor) / 2)), BLACK))
    for y in (-0.3, 0.3):
        parts.append(Part(tube([(rear - 0.03, y, frame.floor + 0.05), (rear - 0.03, y, top - 0.1)], 0.025, 6), METAL))
    return parts


def _tank(rng: np.random.Generator, frame: _Frame, paint: Material) -> list[Part]:
    rear, front, middle = frame.bed
    high = rng.uniform(1.5, 1.75)
    low, top, half = frame.floor + 0.02, frame.floor + high, 0.96 * frame.half
    end = (0.72 * half, low + 0.2 * high, top - 0.2 * high)
    dome = (0.95 * half, low + 0.04, top - 0.04)
    stations = [
        (rear, *end), (rear + 0.12, *dome), (rear + 0.3, half, low, top),
        (front - 0.3, half, low, top), (front - 0.12, *dome), (front, *end),
    ]  # fmt: skip
    shell = along_x(stations, 20, 2.6, 40)
    plain = Material("tank", linear(0.82, 0.83, 0.85), metallic=0.6, roughness=0.3)
    if rng.random() < 0.75:
        skin = textured(plain, "stripes", paint.colour, uv_scale_m=high, share=rng.uniform(0.15, 0.35),
                        projection="along y", origin_m=(0, 0, low))  # fmt: skip
    else:
        skin = plain
    parts = [Part(shell, skin)]
    for x in np.linspace(rear + 0.5, front - 0.5, 4):
        ring = along_x([(x + d, half + 0.02, low - 0.02, top + 0.02) for d in (-0.03, 0.03)], 2, 2.6, 40)
        parts.append(Part(ring, METAL))
    for x in np.linspace(rear + 0.9, front - 0.9, 3):
        parts.append(Part(lathe([(0.24, top - 0.08), (0.24, top + 0.1), (0.1, top + 0.14)], "z", (x, 0, 0), 20), BLACK))
    walk = box((front - rear - 0.8, 0.5, 0.03), (middle, 0, top + 0.02))
    rail = tube([(rear + 0.4, 0.32, top - 0.1), (rear + 0.4, 0.32, top + 0.3), (front - 0.4, 0.32, top + 0.3),
                 (front - 0.4, 0.32, top - 0.1)], 0.02, 6)  # fmt: skip
    ladder = tube([(rear - 0.02, 0.2, low), (rear - 0.02, 0.2, top - 0.05)], 0.025, 6)
    return [*parts, Part(walk, BLACK), *pair(rail, METAL), *pair(ladder, METAL)]


def _tipper(rng: np.random.Generator, frame: _Frame, paint: Material) -> list[Part]:
    rear, front, middle = frame.bed
    top, low, half = frame.floor + rng.uniform(1.0, 1.3), frame.floor + 0.04, 1.02 * frame.half
    steel = Material("tipper", tinted_unlike(rng, paint), roughness=0.45)
    side = [(rear + 0.25, low), (front, low), (front, top), (rear - 0.15, top)]
    wall = across(side, 0.04)
    wall.apply_translation((0, half, 0))
    parts = pair(wall, steel)
    parts.append(Part(box((front - rear - 0.3, 2 * half, 0.1), (middle + 0.1, 0, low + 0.05)), steel))
    parts.append(Part(box((0.08, 2 * half, top - low + 0.3), (front - 0.04, 0, (top + low) / 2 + 0.15)), steel))
    gate = across([(rear + 0.25, low), (rear + 0.33, low), (rear - 0.07, top - 0.1), (rear - 0.15, top - 0.1)], half)
    parts.append(Part(gate, steel))
    shield = box((1.0, 1.8 * frame.half, 0.07), (front + 0.45, 0, top + 0.27))
    if top + 0.2 > frame.roof:
        parts.append(Part(shield, steel))
    for x in np.linspace(rear + 0.5, front - 0.35, 5):
        parts += pair(box((0.12, 0.1, top - low - 0.04), (x, half + 0.06, (top + low) / 2)), steel)
    parts += pair(box((front - rear + 0.1, 0.14, 0.1), (middle - 0.05, half + 0.02, top)), steel)
    earth = Material("earth", hue(rng.uniform(0.05, 0.1), 0.45, rng.uniform(0.25, 0.6)), roughness=0.95)
    dark = tuple(0.45 * value for value in earth.colour)
    heap = ellipsoid((0.5 * (front - rear) - 0.1, half - 0.02, 0.5), (middle, 0, top - 0.12), 24)
    return [*parts, Part(heap, textured(earth, "mottle", dark, uv_scale_m=1.2, seed=int(rng.integers(2**31))))]


def _mixer(rng: np.random.Generator, frame: _Frame, paint: Material) -> list[Part]:
    rear, front, middle = frame.bed
    size, reach = 1.02 * frame.half, front - rear
    profile = [(0.35, 0.0), (0.5, 0.03), (0.95, 0.4), (1.0, 0.62), (0.9, 0.85), (0.55, 0.98), (0.3, 1.0)]
    drum = lathe(
        [(r * size, rear + 0.25 + x * (reach - 0.35)) for r, x in profile], "x", (0, 0, frame.floor + size + 0.32)
    )
    plain = WHITE if rng.random() < 0.5 else Material("drum", tinted_unlike(rng, paint), roughness=0.4)
    figure = paint.colour if plain is WHITE else WHITE.colour
    skin = textured(plain, "stripes", figure, uv_scale_m=1.1, share=0.4, projection="around x")
    tilt = turned(drum, 0.13, (0, 1, 0), (middle, 0, frame.floor + size + 0.2))
    post = box((0.25, 1.2, 1.9), (rear + 0.55, 0, frame.floor + 0.9))
    rest = box((0.25, 1.2, 0.9), (front - 0.35, 0, frame.floor + 0.4))
    chute = tube([(rear + 0.1, 0, frame.floor + 1.3), (rear - 0.25, 0, frame.floor + 0.4)], [0.3, 0.2], 16)
    hopper = lathe([(0.2, 0), (0.55, 0.55), (0.5, 0.56)], "z", (rear + 0.05, 0, frame.floor + 1.95), 20)
    return [Part(tilt, skin), Part(post, paint), Part(rest, paint), Part(chute, METAL), Part(hopper, paint)]


def _flat(rng: np.random.Generator, frame: _Frame, paint: Material) -> list[Part]:
    rear, front, middle = frame.bed
    timber = wood(rng)
    dark = tuple(0.35 * value for value in timber.colour)
    planked = textured(timber, "boards", dark, uv_scale_m=0.9)
    parts = [Part(box((front - rear, 2.04 * frame.half, 0.14), (middle, 0, frame.floor + 0.07)), planked)]
    parts.append(Part(box((0.12, 2.04 * frame.half, 1.3), (front, 0, frame.floor + 0.65)), METAL))
    deck = frame.floor + 0.14
    for x in np.linspace(rear + 0.1, front - 0.8, 4):
        parts += pair(box((0.08, 0.08, 0.75), (x, frame.half - 0.03, deck + 0.35)), METAL)
    if rng.random() < 0.5:
        bark = textured(timber, "tiger", dark, uv_scale_m=0.5, share=0.4, projection="around x", upright=True,
                        seed=int(rng.integers(2**31)))  # fmt: skip
        radius = 0.92 * frame.half / 4
        for row, count in enumerate((4, 3, 2)):
            for y in (np.arange(count) - (count - 1) / 2) * 2 * radius:
                z = deck + radius * (1 + 1.75 * row)
                log = tube([(rear - 0.1 + 0.2 * rng.random(), y, z), (front - 0.2, y, z)], radius, 14)
                parts.append(Part(log, bark))
        return parts
    x = rear + 0.1
    while x < front - 0.9:
        size = rng.uniform(0.8, 1.3)
        crate = Material("crate", tinted(rng), roughness=0.7) if rng.random() < 0.5 else timber
        skin = textured(crate, "boards", tuple(0.4 * value for value in crate.colour), uv_scale_m=0.8)
        size = min(size, front - 0.1 - x)
        height = rng.uniform(0.7, 1.2)
        parts.append(Part(box((size, 1.7 * frame.half, height), (x + size / 2, 0, deck + height / 2)), skin))
        x += size + 0.06
    return parts
