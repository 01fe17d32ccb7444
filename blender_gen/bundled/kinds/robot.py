"""A toy robot: a head with glowing eyes, a panel on its chest, arms with claws, legs or tracks."""

from dataclasses import dataclass

import numpy as np

from blender_gen.bundled.organic import bead, block, limb
from blender_gen.bundled.parts import (
    BLACK,
    METAL,
    RUBBER,
    Material,
    Part,
    Parts,
    hue,
    linear,
    pair,
    tinted,
    tinted_unlike,
)
from blender_gen.bundled.shapes import ellipsoid, joined, lathe, loft, mirrored, rounded_box, superellipse, tube

SIZE_M = (0.25, 0.5)


@dataclass(frozen=True)
class Paints:
    """What a robot is painted with."""

    main: Material
    accent: Material
    glow: Material
    steel: Material


@dataclass(frozen=True)
class Build:
    """Half depth, half width and height of the trunk and head, and where they stand; the whole is about 1 high."""

    hip: float
    trunk: tuple[float, float, float]
    head: tuple[float, float, float]
    neck: float

    @property
    def shoulder(self) -> float:
        """Height of the arms' roots."""
        return self.hip + 0.78 * self.trunk[2]

    @property
    def head_low(self) -> float:
        """Height of the head's underside."""
        return self.hip + self.trunk[2] + self.neck


def robot(rng: np.random.Generator) -> Parts:
    """Draw a robot's build, limbs and paint. Its face and its panel look along +x."""
    build = Build(
        hip=rng.uniform(0.26, 0.34),
        trunk=(rng.uniform(0.12, 0.16), rng.uniform(0.17, 0.22), rng.uniform(0.28, 0.36)),
        head=(rng.uniform(0.12, 0.15), rng.uniform(0.14, 0.2), rng.uniform(0.19, 0.25)),
        neck=rng.uniform(0.02, 0.05),
    )
    paints = _paints(rng)
    parts = _trunk(build, paints, rng)
    parts += _head(build, paints, rng)
    parts += _arms(build, paints, rng)
    parts += _tracks(build, paints) if rng.random() < 0.35 else _legs(build, paints, rng)
    size = rng.uniform(*SIZE_M)
    for part in parts:
        part.solid.apply_scale(size)
    return parts


def _paints(rng: np.random.Generator) -> Paints:
    main = Material("paint", tinted(rng), roughness=rng.uniform(0.25, 0.45))
    accent = Material("accent", tinted_unlike(rng, main), roughness=0.35)
    light = hue(rng.choice([0.13, 0.33, 0.5, 0.55, 0.92]), 0.55, 1.0)
    glow = Material("glow", light, roughness=0.2, emission=tuple(0.8 * value for value in light))
    return Paints(main, accent, glow, Material("steel", linear(0.7, 0.72, 0.75), metallic=0.9, roughness=0.35))


def _trunk(build: Build, paints: Paints, rng: np.random.Generator) -> list[Part]:
    depth, width, height = build.trunk
    middle = build.hip + height / 2
    if rng.random() < 0.6:
        trunk = rounded_box((2 * depth, 2 * width, height), (0, 0, middle), 0.04)
    else:
        rings = []
        taper = rng.uniform(-0.22, 0.12)
        for share in (0.0, 0.03, 0.12, 0.5, 0.88, 0.97, 1.0):
            scale = (1 + taper * (0.5 - share)) * {0.0: 0.86, 1.0: 0.86, 0.03: 0.96, 0.97: 0.96}.get(share, 1.0)
            outline = superellipse(scale * depth, scale * width, 5.0, 40)
            rings.append(np.concatenate([outline, np.full((40, 1), build.hip + share * height)], axis=1))
        trunk = loft(rings)
    parts = [Part(trunk, paints.main)]
    waist = lathe([(0.1, build.hip - 0.04), (0.12, build.hip - 0.03), (0.12, build.hip + 0.02)], points=24)
    parts.append(Part(waist, BLACK))
    face = depth - 0.012
    panel = rounded_box((0.05, 1.25 * width, 0.52 * height), (face, 0, build.hip + 0.56 * height), 0.016)
    parts.append(Part(panel, paints.accent))
    front = face + 0.025
    level = build.hip + 0.65 * height
    if rng.random() < 0.5:
        dial = lathe([(0.052, -0.02), (0.052, 0.012), (0.044, 0.014)], "x", (front, 0.24 * width, level), 24)
        glass = lathe([(0.043, -0.01), (0.043, 0.0165), (0.02, 0.0175)], "x", (front, 0.24 * width, level), 24)
        hand = tube(
            [(front + 0.02, 0.24 * width, level - 0.01), (front + 0.02, 0.24 * width - 0.02, level + 0.03)], 0.005, 8
        )
        parts += [Part(dial, paints.steel), Part(glass, Material("dial", linear(0.94, 0.93, 0.88))), Part(hand, BLACK)]
    else:
        screen = rounded_box((0.03, 0.62 * width, 0.2 * height), (front, 0.22 * width, level), 0.012)
        parts.append(Part(screen, paints.glow))
    for k in range(3):
        knob = ellipsoid((0.02, 0.021, 0.021), (front, -0.42 * width, build.hip + (0.74 - 0.15 * k) * height), 12)
        parts.append(
            Part(
                knob,
                (Material("red", linear(0.85, 0.12, 0.1)), Material("yellow", linear(0.95, 0.76, 0.12)), paints.glow)[
                    k
                ],
            )
        )
    for k in range(3):
        slot = block((0.012, 0.5 * width, 0.014), (front, 0.22 * width, build.hip + (0.46 - 0.065 * k) * height))
        parts.append(Part(slot, BLACK))
    pack = rounded_box((0.09, 1.2 * width, 0.6 * height), (-depth - 0.02, 0, build.hip + 0.55 * height), 0.03)
    return [*parts, Part(pack, paints.steel)]


def _head(build: Build, paints: Paints, rng: np.random.Generator) -> list[Part]:
    depth, width, height = build.head
    low = build.head_low
    parts = [Part(lathe([(0.07, low - build.neck - 0.02), (0.07, low + 0.03)], points=20), paints.steel)]
    shape = str(rng.choice(["box", "dome", "drum"]))
    if shape == "box":
        parts.append(Part(rounded_box((2 * depth, 2 * width, height), (0, 0, low + height / 2), 0.045), paints.main))
        face = depth
    elif shape == "dome":
        radius = 0.5 * (depth + width)
        profile = [(0.8 * radius, 0.0), (0.97 * radius, 0.015), (radius, 0.04), (radius, 0.5 * height)]
        profile += [
            (radius * np.cos(a), 0.5 * height + 0.62 * height * np.sin(a)) for a in np.radians([15, 32, 50, 68, 82])
        ]
        parts.append(Part(lathe(profile, "z", (0, 0, low), 36), paints.main))
        width, face = radius, 0.93 * radius
    else:
        half = height / 2
        profile = [(0.8 * half, -width), (half, -0.93 * width), (half, 0.93 * width), (0.8 * half, width)]
        parts.append(Part(lathe(profile, "y", (0, 0, low + half), 36), paints.main))
        face = half - 0.01
    top = low + (1.12 if shape == "dome" else 1.0) * height
    eye_z = low + 0.6 * height
    if rng.random() < 0.3:
        visor = rounded_box((0.06, 1.35 * width, 0.27 * height), (face - 0.012, 0, eye_z), 0.028)
        parts.append(Part(visor, BLACK))
        parts += pair(bead((face + 0.008, 0.36 * width, eye_z), 0.03, 14), paints.glow)
    else:
        radius = rng.uniform(0.2, 0.27) * width + 0.006
        rim = lathe(
            [(1.3 * radius, -0.03), (1.3 * radius, 0.02), (1.1 * radius, 0.026)],
            "x",
            (face - 0.004, 0.44 * width, eye_z),
            24,
        )
        lens = ellipsoid((0.024, radius, radius), (face + 0.02, 0.44 * width, eye_z), 18)
        pupil = ellipsoid((0.014, 0.45 * radius, 0.45 * radius), (face + 0.037, 0.44 * width, eye_z), 12)
        parts += [*pair(rim, paints.steel), *pair(lens, paints.glow), *pair(pupil, BLACK)]
    mouth = rounded_box((0.04, 0.9 * width, 0.17 * height), (face - 0.008, 0, low + 0.22 * height), 0.014)
    parts.append(Part(mouth, paints.accent))
    teeth = [
        block((0.012, 0.016, 0.11 * height), (face + 0.012, k * 0.17 * width, low + 0.22 * height))
        for k in (-2, -1, 0, 1, 2)
    ]
    parts.append(Part(joined(teeth), BLACK))
    ear = lathe(
        [(0.055, -0.02), (0.055, 0.022), (0.03, 0.03), (0.022, 0.06), (0.012, 0.064)],
        "y",
        (0, width, low + 0.5 * height),
        20,
    )
    parts += pair(ear, paints.accent)
    count = int(rng.integers(1, 3))
    for y in (0.0,) if count == 1 else (0.5 * width, -0.5 * width):
        lean = 0.5 * y
        reach = rng.uniform(0.08, 0.14)
        base = 0.03 if shape == "drum" else 0.012
        parts.append(Part(tube([(0, y, top - base - 0.02), (0, y + lean, top + reach)], 0.01, 10), paints.steel))
        parts.append(Part(bead((0, y + lean, top + reach), 0.027, 14), paints.glow if count == 1 else paints.accent))
    return parts


def _arms(build: Build, paints: Paints, rng: np.random.Generator) -> list[Part]:
    width, z = build.trunk[1], build.shoulder
    parts = []
    joint = bead((0, width + 0.025, z), 0.062, 18)
    parts += pair(joint, paints.accent)
    for side in (1, -1):
        swing, bend = rng.uniform(-0.5, 0.9), rng.uniform(0.2, 1.3)
        shoulder = np.array([0, width + 0.055, z])
        elbow = shoulder + 0.17 * np.array([np.sin(swing), 0.16, -np.cos(swing)])
        hand = elbow + 0.15 * np.array([np.sin(swing + bend), 0.05, -np.cos(swing + bend)])
        along = (hand - elbow) / np.linalg.norm(hand - elbow)
        solids = [
            (tube([shoulder, elbow], 0.034, 14), paints.steel),
            (bead(elbow, 0.045, 14), paints.accent),
            (limb([elbow, 0.4 * elbow + 0.6 * hand, hand], (0.042, 0.05, 0.056)), paints.main),
        ]
        across = np.cross(along, (0, 1, 0))
        for turn in (1, -1):
            path = [
                hand + 0.02 * along,
                hand + 0.05 * along + 0.055 * turn * across,
                hand + 0.10 * along + 0.05 * turn * across,
                hand + 0.125 * along + 0.015 * turn * across,
            ]
            solids.append((limb(path, (0.022, 0.022, 0.018, 0.01), 10, 10), paints.steel))
        for solid, material in solids:
            if side < 0:
                solid = mirrored(solid)
            parts.append(Part(solid, material))
    return parts


def _legs(build: Build, paints: Paints, rng: np.random.Generator) -> list[Part]:
    y = 0.55 * build.trunk[1]
    foot = rounded_box((0.24, 0.145, 0.085), (0.035, y + 0.012, 0.0425), 0.03)
    toe = rounded_box((0.05, 0.12, 0.04), (0.145, y + 0.012, 0.032), 0.018)
    leg = tube([(0, y, 0.06), (0, y, build.hip + 0.02)], 0.045, 16)
    parts = [*pair(foot, paints.main), *pair(toe, paints.accent), *pair(leg, paints.steel)]
    if rng.random() < 0.6:
        for k in range(4):
            z = 0.1 + (build.hip - 0.12) * (k + 0.5) / 4
            ring = lathe([(0.045, -0.016), (0.058, -0.01), (0.058, 0.01), (0.045, 0.016)], "z", (0, y, z), 18)
            parts += pair(ring, BLACK)
        return parts
    return [*parts, *pair(bead((0.012, y, 0.5 * build.hip + 0.03), 0.062, 16), paints.accent)]


def _tracks(build: Build, paints: Paints) -> list[Part]:
    y, radius, half = build.trunk[1] - 0.015, 0.095, 0.15
    angle = np.radians(np.linspace(-90, 90, 13))
    front = np.stack([half + radius * np.cos(angle), radius + radius * np.sin(angle)], axis=1)
    rear = np.stack([-half - radius * np.cos(angle), radius - radius * np.sin(angle)], axis=1)
    outline = np.concatenate([front, rear])

    def slab(scale: float, low: float, high: float):
        flat = (outline - (0, radius)) * scale + (0, radius)
        return loft([np.stack([flat[:, 0], np.full(len(flat), side), flat[:, 1]], axis=1) for side in (low, high)])

    parts = [*pair(slab(1.0, y - 0.055, y + 0.055), RUBBER), *pair(slab(0.8, y - 0.06, y + 0.062), paints.accent)]
    for x in (-half, 0.0, half):
        wheel = lathe([(0.055, 0.0), (0.055, 0.012), (0.03, 0.016), (0.02, 0.024)], "y", (x, y + 0.058, radius), 20)
        parts += pair(wheel, METAL)
    lugs = []
    for x in np.linspace(-half, half, 8):
        for z in (0.004, 2 * radius - 0.004):
            lugs.append(block((0.02, 0.112, 0.02), (x, y, z + (0.006 if z < radius else 0.004))))
    parts += pair(joined(lugs), BLACK)
    axle = rounded_box((0.2, 2 * y, 0.1), (0, 0, radius), 0.03)
    column = tube([(0, 0, radius), (0, 0, build.hip + 0.02)], 0.085, 20)
    return [*parts, Part(axle, paints.steel), Part(column, paints.steel)]
