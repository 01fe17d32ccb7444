"""A house: brick, boards or plaster, a roof of tiles, a chimney; its front is the side with the door."""

from dataclasses import dataclass

import numpy as np

from blender_gen.bundled.parts import (
    GLASS,
    LAMP,
    METAL,
    WHITE,
    Material,
    Part,
    Parts,
    lacquer,
    linear,
    textured,
    tinted_unlike,
    wood,
)
from blender_gen.bundled.shapes import across, box, ellipsoid, lathe, turned

BRICKS = ((0.62, 0.27, 0.19), (0.72, 0.45, 0.3), (0.5, 0.24, 0.2), (0.78, 0.68, 0.52))
PLASTERS = ((0.93, 0.9, 0.82), (0.92, 0.8, 0.56), (0.85, 0.62, 0.5), (0.68, 0.78, 0.72), (0.62, 0.72, 0.82))
ROOFS = ((0.6, 0.25, 0.17), (0.42, 0.2, 0.16), (0.26, 0.28, 0.32), (0.33, 0.3, 0.26), (0.22, 0.32, 0.3))
STOREY = 2.7


@dataclass(frozen=True)
class _Plan:
    """Measures in metres; the front wall stands at x = depth / 2, and the roof's ridge runs along y unless `gable`."""

    depth: float
    width: float
    eaves: float
    rise: float
    storeys: int
    gable: bool


@dataclass(frozen=True)
class _Look:
    wall: Material
    roof: Material
    trim: Material
    accent: Material  # door and shutters


def house(rng: np.random.Generator) -> Parts:
    """Draw a house's plan, walls, roof, door and windows."""
    storeys = 1 if rng.random() < 0.5 else 2
    depth, width = rng.uniform(5.5, 7.5), rng.uniform(6.5, 9.5)
    gable = bool(rng.random() < 0.45)
    span = width if gable else depth
    plan = _Plan(depth, width, 0.3 + storeys * STOREY, span / 2 * rng.uniform(0.6, 0.95), storeys, gable)
    look = _look(rng, plan)
    door_y = float(rng.choice([-1, 0, 1])) * 0.28 * width
    parts = [*_walls(plan, look), *_roof(plan, look), *_chimney(rng, plan)]
    parts += _door(rng, plan, look, door_y)
    parts += _all_windows(rng, plan, look, door_y)
    return parts


def _look(rng: np.random.Generator, plan: _Plan) -> _Look:
    seed = int(rng.integers(2**31))
    style = str(rng.choice(["brick", "boards", "plaster"]))
    if style == "brick":
        plain = Material("brick", linear(*BRICKS[int(rng.integers(len(BRICKS)))]), roughness=0.9)
        wall = textured(plain, "brick", linear(0.8, 0.77, 0.72), uv_scale_m=1.1, seed=seed)
    elif style == "boards":
        plain = Material("boards", linear(*PLASTERS[int(rng.integers(len(PLASTERS)))]), roughness=0.8)
        wall = textured(plain, "boards", tuple(0.3 * v for v in plain.colour), uv_scale_m=1.0, seed=seed)
    else:
        plain = Material("plaster", linear(*PLASTERS[int(rng.integers(len(PLASTERS)))]), roughness=0.95)
        wall = textured(plain, "mottle", tuple(0.79 * v for v in plain.colour), uv_scale_m=2.5, seed=seed)
    slate = Material("roof", linear(*ROOFS[int(rng.integers(len(ROOFS)))]), roughness=0.8)
    pattern = "shingles" if rng.random() < 0.7 else "planks"
    scale = 1.5 if pattern == "shingles" else 2.4
    roof = textured(
        slate, pattern, tuple(0.4 * v for v in slate.colour), uv_scale_m=scale, share=0.25,
        projection="along z", upright=plan.gable == (pattern == "planks"), seed=seed,
    )  # fmt: skip
    accent = lacquer(rng, "door")
    if np.abs(np.subtract(accent.colour, plain.colour)).max() < 0.2:
        accent = Material("door", tinted_unlike(rng, plain), roughness=0.35)
    trim = WHITE if rng.random() < 0.7 else wood(rng)
    return _Look(wall, roof, trim, accent)


def _facing(plan: _Plan, solid):
    """Turn what was made for a ridge along y so that the gable faces x."""
    return turned(solid, np.pi / 2, (0, 0, 1)) if plan.gable else solid


def _walls(plan: _Plan, look: _Look) -> list[Part]:
    span, length = (plan.width, plan.depth) if plan.gable else (plan.depth, plan.width)
    half = span / 2
    profile = [(-half, 0.25), (half, 0.25), (half, plan.eaves), (0, plan.eaves + plan.rise), (-half, plan.eaves)]
    stone = Material("plinth", linear(0.45, 0.44, 0.43), roughness=0.9)
    plinth = box((plan.depth + 0.16, plan.width + 0.16, 0.32), (0, 0, 0.16))
    return [Part(_facing(plan, across(profile, length / 2)), look.wall), Part(plinth, stone)]


def _roof(plan: _Plan, look: _Look) -> list[Part]:
    span, length = (plan.width, plan.depth) if plan.gable else (plan.depth, plan.width)
    slope = np.array([span / 2, -plan.rise])
    slope /= np.linalg.norm(slope)
    up = np.array([-slope[1], slope[0]])
    ridge = np.array([0.0, plan.eaves + plan.rise])
    eave = np.array([span / 2, plan.eaves]) + 0.5 * slope
    parts = []
    for side in (1, -1):
        outline = np.array([ridge, eave, eave + 0.2 * up, ridge + 0.2 * up]) * (side, 1)
        parts.append(Part(_facing(plan, across(outline, length / 2 + 0.4)), look.roof))
        board = np.array(
            [eave - 0.04 * up, eave + 0.06 * slope - 0.04 * up, eave + 0.06 * slope + 0.16 * up, eave + 0.16 * up]
        )
        parts.append(Part(_facing(plan, across(board * (side, 1), length / 2 + 0.42)), look.trim))
        for end in (-1, 1):
            verge = across(
                np.array([ridge - 0.06 * up, eave - 0.06 * up, eave + 0.17 * up, ridge + 0.17 * up]) * (side, 1), 0.04
            )
            verge.apply_translation((0, end * (length / 2 + 0.42), 0))
            parts.append(Part(_facing(plan, verge), look.trim))
    cap = across(
        [ridge + (-0.2, 0.1), ridge + (0.2, 0.1), ridge + (0.1, 0.32), ridge + (-0.1, 0.32)], length / 2 + 0.42
    )
    dark = Material("ridge", tuple(0.6 * v for v in look.roof.colour), roughness=0.8)
    return [*parts, Part(_facing(plan, cap), dark)]


def _chimney(rng: np.random.Generator, plan: _Plan) -> list[Part]:
    top = plan.eaves + plan.rise + rng.uniform(0.5, 0.9)
    clay = Material("chimney", linear(*BRICKS[int(rng.integers(3))]), roughness=0.9)
    brick = textured(clay, "brick", linear(0.8, 0.77, 0.72), uv_scale_m=0.9)
    x, y = -0.12 * plan.depth, float(rng.choice([-1, 1])) * 0.27 * plan.width
    pot = lathe([(0.16, top), (0.13, top + 0.4), (0.16, top + 0.44)], "z", (x, y, 0), 16)
    return [
        Part(box((0.75, 0.9, top - plan.eaves), (x, y, (top + plan.eaves) / 2)), brick),
        Part(box((0.95, 1.1, 0.14), (x, y, top)), Material("cap", linear(0.5, 0.49, 0.47), roughness=0.9)),
        Part(pot, clay),
    ]


def _door(rng: np.random.Generator, plan: _Plan, look: _Look, y: float) -> list[Part]:
    """Door, steps and a roof over them: a slab on brackets, a small gable on posts, or a porch along the front."""
    x, sill = plan.depth / 2, 0.32
    leaf = textured(look.accent, "panels", tuple(0.35 * v for v in look.accent.colour), uv_scale_m=1.05,
                    origin_m=(x, y - 0.5, sill))  # fmt: skip
    parts = [
        Part(box((0.14, 1.36, 2.32), (x, y, sill + 1.14)), look.trim),
        Part(box((0.2, 1.06, 2.12), (x, y, sill + 1.04)), leaf),
        Part(box((0.22, 0.6, 0.42), (x, y, sill + 1.72)), GLASS),
        Part(ellipsoid((0.05, 0.05, 0.05), (x + 0.14, y - 0.4, sill + 1.0), 10), METAL),
        Part(ellipsoid((0.09, 0.09, 0.14), (x + 0.12, y - 0.88, sill + 1.9), 12), LAMP),
    ]
    stone = Material("steps", linear(0.6, 0.58, 0.55), roughness=0.9)
    style = str(rng.choice(["slab", "gable", "porch"]))
    if style == "porch":
        deck, height = 1.7, sill + 2.55
        parts.append(Part(box((deck, plan.width, 0.24), (x + deck / 2, 0, 0.2)), stone))
        parts.append(Part(box((0.4, 1.6, 0.14), (x + deck + 0.2, y, 0.07)), stone))
        lean = [(x, height + 0.45), (x + deck + 0.25, height), (x + deck + 0.25, height + 0.12), (x, height + 0.6)]
        parts.append(Part(across(lean, plan.width / 2 + 0.2), look.roof))
        for place in np.linspace(-0.48, 0.48, 4):
            post = box((0.14, 0.14, height - 0.3), (x + deck - 0.1, place * plan.width, 0.3 + (height - 0.3) / 2))
            parts.append(Part(post, look.trim))
        return parts
    for number in range(2):
        parts.append(
            Part(box((0.9 - 0.4 * number, 1.7, 0.15), (x + 0.45 - 0.2 * number, y, 0.075 + 0.15 * number)), stone)
        )
    z = sill + 2.5
    if style == "slab":
        return [*parts, Part(box((0.95, 1.9, 0.12), (x + 0.45, y, z)), look.trim)]
    for side in (-1, 1):
        parts.append(Part(box((0.12, 0.12, z - 0.1), (x + 1.0, y + 0.8 * side, z / 2)), look.trim))
        pitch = across(np.array([(0, 0.65), (1.15, 0), (1.15, 0.12), (0, 0.77)]) * (side, 1), 0.6)
        pitch.apply_translation((0, 0, z - 0.05))
        pitch = turned(pitch, np.pi / 2, (0, 0, 1))
        pitch.apply_translation((x + 0.58, y, 0))
        parts.append(Part(pitch, look.roof))
    gablet = turned(across([(-0.95, 0), (0.95, 0), (0, 0.55)], 0.06), np.pi / 2, (0, 0, 1))
    gablet.apply_translation((x + 1.0, y, z))
    parts.append(Part(gablet, look.accent))
    return [*parts, Part(box((0.1, 1.7, 0.14), (x + 1.0, y, z - 0.08)), look.trim)]


def _all_windows(rng: np.random.Generator, plan: _Plan, look: _Look, door_y: float) -> list[Part]:
    size = (rng.uniform(0.95, 1.25), rng.uniform(1.15, 1.45))
    shutters = bool(rng.random() < 0.5) and size[0] < 1.15
    parts = []
    for storey in range(plan.storeys):
        z = 0.3 + storey * STOREY + 1.6
        for share in (-0.28, 0.0, 0.28):
            y = share * plan.width
            if storey > 0 or abs(y - door_y) > 1.5:
                parts += _window(plan.depth / 2, y, z, size, look, shutters)
        for share in (-0.25, 0.25):
            parts += _turned_parts(_window(plan.depth / 2, share * plan.width, z, size, look, False), np.pi)
            for side in (-1, 1):
                window = _window(plan.width / 2, share * plan.depth, z, size, look, False)
                parts += _turned_parts(window, side * np.pi / 2)
    if plan.gable:
        z = plan.eaves + 0.3 * plan.rise
        parts += _window(plan.depth / 2, 0, z, (0.8, 0.8), look, False)
    return parts


def _window(x: float, y: float, z: float, size: tuple[float, float], look: _Look, shutters: bool) -> list[Part]:
    """A window in a wall that faces x."""
    width, height = size
    parts = [
        Part(box((0.1, width + 0.2, height + 0.2), (x, y, z)), look.trim),
        Part(box((0.14, width, height), (x, y, z)), GLASS),
        Part(box((0.17, 0.06, height), (x, y, z)), look.trim),
        Part(box((0.17, width, 0.06), (x, y, z + 0.12 * height)), look.trim),
        Part(box((0.3, width + 0.3, 0.08), (x, y, z - height / 2 - 0.12)), look.trim),
    ]
    if shutters:
        slats = textured(look.accent, "planks", tuple(0.5 * v for v in look.accent.colour), uv_scale_m=0.9, share=0.3)
        for side in (-1, 1):
            place = (x, y + side * (0.76 * width + 0.12), z)
            parts.append(Part(box((0.14, 0.46 * width, height + 0.16), place), slats))
    return parts


def _turned_parts(parts: list[Part], angle: float) -> list[Part]:
    return [Part(turned(part.solid, angle, (0, 0, 1)), part.material) for part in parts]
