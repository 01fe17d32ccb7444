"""A boat: with sails, or with a cabin and an engine."""

import numpy as np
import trimesh

from blender_gen.bundled.parts import (
    BLACK,
    GLASS,
    METAL,
    RED_LAMP,
    WHITE,
    Material,
    Part,
    Parts,
    hue,
    lacquer,
    pair,
    textured,
    tinted,
    tinted_unlike,
    wood,
)
from blender_gen.bundled.shapes import along_z, lathe, loft, rounded_box, tube


def boat(rng: np.random.Generator) -> Parts:
    """Draw a boat's type, hull and colours."""
    length = rng.uniform(6.5, 9.0)
    half, freeboard = rng.uniform(0.16, 0.2) * length, rng.uniform(0.1, 0.13) * length
    paint = lacquer(rng)
    bottom = Material("bottom paint", hue(rng.choice([0.0, 0.6, 0.35]), 0.75, rng.uniform(0.25, 0.5)), roughness=0.6)
    timber = wood(rng)
    deck = textured(timber, "boards", tuple(0.35 * value for value in timber.colour), uv_scale_m=1.0)
    skin = _banded(rng, paint, freeboard)
    parts = [*_hull(length, half, freeboard, skin, bottom), Part(_deck(length, half, freeboard), deck)]
    parts += _railing(length, half, freeboard)
    return parts + (
        _sails(rng, length, half, freeboard) if rng.random() < 0.5 else _cabin(rng, length, half, freeboard, paint)
    )


def _banded(rng: np.random.Generator, paint: Material, freeboard: float) -> Material:
    """The hull's paint, now and then with a stripe along its side."""
    figure = tinted_unlike(rng, paint) if rng.random() < 0.4 else WHITE.colour
    pattern = str(rng.choice(["plain", "stripes", "racing"], p=[0.4, 0.3, 0.3]))
    if pattern == "plain":
        return paint
    return textured(
        paint, pattern, figure, uv_scale_m=2.4 * freeboard, share=rng.uniform(0.1, 0.18), projection="along y",
        origin_m=(0, 0, -0.62 * freeboard),
    )  # fmt: skip


def _outline(length: float, half: float, freeboard: float, share: float) -> tuple[float, float, float, float]:
    """x, half width at the deck, deck height and keel depth of the hull at a share of its length from the stern."""
    fullness = 0.82 + 0.18 * np.sin(np.pi * min(share / 0.45, 1.0) / 2)
    taper = max(1 - max((share - 0.42) / 0.58, 0) ** 2.2, 0.0)
    sheer = freeboard * (1 + 0.12 * (1 - share) + 0.42 * share**3)
    keel = 0.5 * freeboard * (0.75 + 0.25 * np.sin(np.pi * share)) * (1 - 0.75 * share**6)
    return (share - 0.5) * length, max(half * fullness * taper, 0.012), sheer, keel


def _hull(length, half, freeboard, paint, bottom) -> list[Part]:
    """The hull above its waterline and below it."""
    waterline = 0.12 * freeboard
    above, below = [], []
    for share in [*np.linspace(0, 0.9, 22), 0.93, 0.96, 0.98, 0.993, 1.0]:
        x, width, sheer, keel = _outline(length, half, freeboard, share)
        rake = 0.07 * length * max(share - 0.6, 0) / 0.4
        sharp = 0.55 + 0.45 * share
        cut = np.arcsin(((sheer - waterline) / (sheer + keel)) ** (1 / sharp))
        side = np.linspace(0, cut, 9)
        for rings, angle in ((above, [*side, *(np.pi - side[::-1])]), (below, np.linspace(cut, np.pi - cut, 17))):
            across = np.sign(np.cos(angle)) * np.abs(np.cos(angle)) ** (0.45 + 0.35 * share)
            down = np.clip(np.sin(angle), 0, 1) ** sharp
            z = sheer - (sheer + keel) * down
            rings.append(np.stack([x + rake * (1 - down), width * across, z], axis=1))
    return [Part(loft(above), paint), Part(loft(below), bottom)]


def _deck(length, half, freeboard) -> trimesh.Trimesh:
    """Planks just above the hull's closed top."""
    shares = np.linspace(0.015, 0.97, 30)
    rows = [_outline(length, 0.93 * half, freeboard, share) for share in shares]
    rakes = [0.07 * length * max(share - 0.6, 0) / 0.4 for share in shares]
    rings = []
    for (x, width, sheer, _), rake in zip(rows, rakes, strict=True):
        corners = [(-width, 0.0), (width, 0.0), (width, 0.03), (-width, 0.03)]
        rings.append([(x + rake, y, sheer - 0.005 + z) for y, z in corners])
    return loft(rings)


def _edge(length, half, freeboard, share, inset=1.0) -> np.ndarray:
    x, width, sheer, _ = _outline(length, half, freeboard, share)
    return np.array([x + 0.07 * length * max(share - 0.6, 0) / 0.4, inset * width, sheer])


def _railing(length, half, freeboard) -> list[Part]:
    shares = np.linspace(0.0, 1.0, 40)
    rub = tube([_edge(length, half, freeboard, share) for share in shares], 0.055)
    parts = pair(rub, WHITE)
    high = np.array([0, 0, 0.42])
    rail = tube([_edge(length, half, freeboard, share, 0.94) + high for share in np.linspace(0.55, 0.99, 16)], 0.022)
    parts += pair(rail, METAL)
    for share in (0.55, 0.66, 0.77, 0.88, 0.985):
        foot = _edge(length, half, freeboard, share, 0.94)
        parts += pair(tube([foot, foot + high], 0.02), METAL)
    return parts


def _sails(rng, length, half, freeboard) -> list[Part]:
    plain = Material("sail", tinted(rng) if rng.random() < 0.4 else WHITE.colour, roughness=0.9)
    pattern = str(rng.choice(["plain", "stripes", "checks"], p=[0.4, 0.45, 0.15]))
    cloth = plain
    if pattern != "plain":
        figure = tinted_unlike(rng, plain)
        cloth = textured(plain, pattern, figure, uv_scale_m=rng.uniform(1.2, 2.4), projection="along y", share=0.4,
                         upright=bool(rng.random() < 0.3))  # fmt: skip
    height, mast_x = rng.uniform(1.05, 1.25) * length, 0.06 * length
    foot = freeboard * 1.1
    mast = tube([(mast_x, 0, foot), (mast_x, 0, foot + height)], [0.075, 0.045])
    boom_z = foot + 0.11 * height
    boom = tube([(mast_x, 0, boom_z), (-0.4 * length, 0, boom_z - 0.05)], 0.05)
    bow = _edge(length, half, freeboard, 0.98) * (1, 0, 1)
    main = _sail(
        (mast_x - 0.06, 0, foot + 0.97 * height),
        (mast_x - 0.06, 0, boom_z + 0.1),
        (-0.39 * length, 0, boom_z + 0.1),
        0.16,
    )
    jib = _sail(
        (mast_x + 0.1, 0, foot + 0.8 * height), bow + (-0.1, 0, 0.25), (mast_x - 0.05 * length, 0.05, foot + 0.5), 0.22
    )
    coach = along_z(
        [
            (foot - 0.1, -0.2 * length, 0.18 * length, 0.55 * half),
            (foot + 0.3, -0.19 * length, 0.15 * length, 0.5 * half),
            (foot + 0.36, -0.17 * length, 0.12 * length, 0.44 * half),
        ],
        4.0,
    )
    pane = rounded_box((0.2 * length, 1.03 * half, 0.13), (-0.02 * length, 0, foot + 0.17), 0.04)
    flag = rounded_box((0.5, 0.02, 0.28), (mast_x - 0.26, 0, foot + height + 0.05), 0.01)
    return [
        Part(mast, METAL), Part(boom, METAL), Part(main, cloth), Part(jib, WHITE), Part(coach, WHITE),
        Part(pane, GLASS), Part(flag, RED_LAMP), *_stays(length, half, freeboard, (mast_x, foot + 0.97 * height)),
    ]  # fmt: skip


def _stays(length, half, freeboard, head) -> list[Part]:
    top = (head[0], 0, head[1])
    ends = [_edge(length, half, freeboard, 0.99) * (1, 0, 1), _edge(length, half, freeboard, 0.01) * (1, 0, 1)]
    side = _edge(length, half, freeboard, 0.5, 0.96)
    return [*(Part(tube([end, top], 0.014, 6), METAL) for end in ends), *pair(tube([side, top], 0.014, 6), METAL)]


def _sail(head, tack, clew, belly: float) -> trimesh.Trimesh:
    """A thin sheet between three corners that the wind fills to one side."""
    head, tack, clew = (np.asarray(corner, np.float64) for corner in (head, tack, clew))
    rings = []
    for rise in np.linspace(0, 0.985, 14):
        luff, leech = tack + rise * (head - tack), clew + rise * (head - clew)
        along = np.linspace(0, 1, 10)
        chord = luff + along[:, None] * (leech - luff)
        bend = belly * np.linalg.norm(leech - luff) * np.sin(np.pi * along**0.8)
        sheet = chord + bend[:, None] * (0, 1, 0)
        rings.append(np.concatenate([sheet + (0, 0.012, 0), sheet[::-1] - (0, 0.012, 0)]))
    return loft(rings)


def _cabin(rng, length, half, freeboard, paint) -> list[Part]:
    foot = freeboard * 1.08
    rear, front = rng.uniform(-0.24, -0.16) * length, rng.uniform(0.1, 0.18) * length
    tall = rng.uniform(1.15, 1.4)
    house = along_z(
        [
            (foot - 0.1, rear, front, 0.62 * half),
            (foot + 0.55 * tall, rear + 0.02, front - 0.1, 0.6 * half),
            (foot + tall, rear + 0.05, front - 0.45, 0.55 * half),
        ],
        6.0, 48,
    )  # fmt: skip
    glass = along_z(
        [
            (foot + 0.56 * tall, rear + 0.015, front - 0.075, 0.612 * half),
            (foot + 0.86 * tall, rear + 0.035, front - 0.32, 0.582 * half),
        ],
        6.0, 48,
    )  # fmt: skip
    roof = along_z(
        [
            (foot + tall - 0.02, rear - 0.12, front - 0.22, 0.64 * half),
            (foot + tall + 0.05, rear - 0.1, front - 0.24, 0.63 * half),
            (foot + tall + 0.1, rear, front - 0.45, 0.52 * half),
        ],
        5.0, 48,
    )  # fmt: skip
    parts = [Part(house, WHITE), Part(glass, GLASS), Part(roof, paint)]
    if rng.random() < 0.5:
        parts += _funnel(rng, rear + 0.3, foot + tall, paint)
    for share in (0.08, 0.42, 0.75):
        x = rear + share * (front - 0.2 - rear)
        post = rounded_box((0.1, 1.24 * half, 0.36 * tall), (x, 0, foot + 0.71 * tall), 0.03)
        parts.append(Part(post, WHITE))
    mast_x = 0.5 * (rear + front) - 0.2
    parts.append(Part(tube([(mast_x, 0, foot + tall), (mast_x - 0.25, 0, foot + tall + 1.5)], [0.06, 0.035]), METAL))
    parts.append(Part(rounded_box((0.14, 0.8, 0.1), (mast_x - 0.1, 0, foot + tall + 0.75), 0.04), WHITE))
    parts.append(Part(rounded_box((0.5, 0.02, 0.3), (mast_x - 0.5, 0, foot + tall + 1.35), 0.01), RED_LAMP))
    stern = -0.5 * length
    parts.append(Part(rounded_box((0.42, 0.5, 0.62), (stern - 0.18, 0, foot + 0.05), 0.12), BLACK))
    parts.append(Part(rounded_box((0.16, 0.2, 1.3), (stern - 0.2, 0, foot - 0.75), 0.06), METAL))
    bench = rounded_box((0.5, 1.1 * half, 0.36), (stern + 0.75, 0, foot + 0.14), 0.08)
    return [*parts, Part(bench, paint)]


def _funnel(rng, x: float, z: float, paint: Material) -> list[Part]:
    """A tug's funnel with a band in another colour."""
    profile = [(0.36, z - 0.1), (0.34, z + 0.4), (0.32, z + 0.95)]
    banded = textured(
        paint, "stripes", tinted_unlike(rng, paint), uv_scale_m=1.0, share=0.35, projection="along y",
        origin_m=(0, 0, z),
    )  # fmt: skip
    rim = lathe([(0.34, z + 0.93), (0.35, z + 1.02), (0.26, z + 1.02)], "z", (x, 0, 0), 24)
    return [Part(lathe(profile, "z", (x, 0, 0), 24), banded), Part(rim, BLACK)]
