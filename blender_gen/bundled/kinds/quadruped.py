"""A four-legged animal: dog, fox, cat, horse, zebra, cow, pig, giraffe, elephant or sheep."""

import dataclasses

import numpy as np
import trimesh

from blender_gen.bundled.breeds import BREEDS, Breed
from blender_gen.bundled.coats import Field, blotches, cells, coated, spots, stripes
from blender_gen.bundled.kinds.quadruped_head import FLEECE, Coat, head_parts
from blender_gen.bundled.organic import Body, body, limb
from blender_gen.bundled.parts import Material, Part, Parts, linear, pair, tinted
from blender_gen.bundled.shapes import ellipsoid, joined, lathe

HOOF = Material("hoof", linear(0.16, 0.13, 0.12), roughness=0.5)


def quadruped(rng: np.random.Generator) -> Parts:
    """Draw an animal, its proportions, stance and coat. It looks along +x."""
    name = sorted(BREEDS)[int(rng.integers(len(BREEDS)))]
    return named_quadruped(name, rng)


def named_quadruped(name: str, rng: np.random.Generator) -> Parts:
    """Draw one animal of this name (a key of `BREEDS`)."""
    breed = _varied(BREEDS[name], rng)
    coat = _coat(name, breed, rng)
    fine = 2 if "stripes" in breed.pattern else 1  # a stripe is cut where it crosses an edge: short edges, smooth cuts
    torso, neck = _torso(breed, 20 * fine), _neck(breed, 12 * fine)
    if "wool" in breed.extras:
        parts = [Part(torso.solid(26 - 6 * fine), FLEECE), Part(neck.solid(20 - 4 * fine), FLEECE)]
    else:
        parts = [*coat.on(torso.solid(26 - 6 * fine)), *coat.on(neck.solid(20 - 4 * fine))]
    parts += _legs(breed, coat, rng)
    parts += _tail(breed, coat)
    parts += head_parts(breed, neck, coat, rng)
    parts += _extras(breed, torso, neck, coat, rng)
    height = rng.uniform(*breed.height_m)
    for part in parts:
        part.solid.apply_scale(height)
    return parts


def _varied(breed: Breed, rng: np.random.Generator) -> Breed:
    """The breed with a build of its own."""

    def some(spread: float) -> float:
        return float(rng.uniform(1 - spread, 1 + spread))

    stout, legs = some(0.1), some(0.08)
    neck, head, muzzle = breed.neck, breed.head, breed.muzzle
    return dataclasses.replace(
        breed,
        length=breed.length * some(0.06),
        chest=breed.chest * (1 + 0.4 * (stout - 1)),
        belly=breed.belly * (1 + 0.6 * (stout - 1)),
        half_width=breed.half_width * stout,
        neck=(neck[0] * some(0.1), neck[1] + float(rng.uniform(-8, 8)), neck[2] * stout, neck[3]),
        head=(head[0] * some(0.06), head[1] * some(0.05), head[2] * some(0.05), head[3] + float(rng.uniform(-7, 7))),
        muzzle=(muzzle[0] * some(0.08), muzzle[1] * some(0.08), muzzle[2] * some(0.08)),
        leg=tuple(legs * value for value in breed.leg),
        ears=(breed.ears[0], breed.ears[1] * some(0.12)),
        tail=(breed.tail[0], breed.tail[1] * some(0.12)),
    )


def _coat(name: str, breed: Breed, rng: np.random.Generator) -> Coat:
    ground, pattern = breed.coats[int(rng.integers(len(breed.coats)))]
    style = breed.pattern[int(rng.integers(len(breed.pattern)))]

    def fur(label: str, colour) -> Material:
        values = np.clip(np.array(colour) * rng.uniform(0.92, 1.08) + rng.normal(0, 0.012, 3), 0.03, 0.95)
        return Material(label, linear(*values), roughness=0.85)

    if style == "belly" and sum(pattern) < sum(ground):
        ground, pattern = pattern, ground
    field = _field(name, style, breed, rng)
    legs = field
    if style in ("belly", "saddle", "socks"):
        sock = float(rng.uniform(0.2, 0.65)) * (1 - breed.chest)
        legs = (lambda points: sock - points[:, 2]) if style != "saddle" else None
    return Coat(fur("fur", ground), fur("markings", pattern), field, legs, style == "belly")


def _field(name: str, style: str, breed: Breed, rng: np.random.Generator) -> Field | None:
    half = breed.length / 2
    low, high = np.array([-half - 0.1, -0.35, 0.0]), np.array([half + 0.8, 0.35, 2.3])
    if style == "patches":
        return blotches(rng, 0.34, rng.uniform(-0.1, 0.5))
    if style == "spots":
        return spots(rng, low, (high[0], high[1], 1.6), 0.17, 0.05)
    if style == "cells":
        legs = 0.75 * (1 - breed.chest)
        plates = cells(rng, low, high, 0.165, 0.024)
        return lambda points: np.minimum(plates(points), 2 * (points[:, 2] - legs))
    if style == "stripes":
        period = 0.115 if name == "zebra" else 0.15
        dark = 0.5 if name == "zebra" else 0.36
        bands = stripes(rng, period, (1.0, 0.0, 0.45), dark, 0.10)
        rings = stripes(rng, period, (0.15, 0.0, 1.0), dark, 0.05)
        under, face = 0.92 * (1 - breed.chest), 0.40 * breed.length + 0.75 * breed.neck[0]
        finer = stripes(rng, 0.6 * period, (0.45, 0.0, -0.9), dark, 0.05)
        return lambda points: np.where(
            points[:, 2] < under, rings(points), np.where(points[:, 0] > face, finer(points), bands(points))
        )
    if style == "saddle":
        wave = blotches(rng, 0.25)
        return lambda points: (
            points[:, 2] - 0.74 + 0.03 * wave(points) - 2.0 * np.maximum(points[:, 0] - 0.3 * breed.length, 0)
        )
    if style == "belly":
        wave = blotches(rng, 0.25)
        return lambda points: 1 - breed.chest + 0.09 + 0.015 * wave(points) - points[:, 2]
    return None


def _torso(breed: Breed, count: int) -> Body:
    half, width, belly = breed.length / 2, breed.half_width, breed.belly
    rows = [  # x, half width, underside, back
        (-0.92 * half, 0.62 * width, 0.99 - 0.78 * belly, 0.93),
        (-0.68 * half, 0.92 * width, 0.985 - belly, 0.975),
        (-0.1 * half, 0.97 * width, 0.97 - belly - 0.15 * (breed.chest - belly), 0.955),
        (0.42 * half, width, 1.0 - breed.chest, 0.985),
        (0.76 * half, 0.9 * width, 1.0 - 0.96 * breed.chest, 0.985),
        (0.93 * half, 0.62 * width, 1.0 - 0.82 * breed.chest, 0.90),
    ]
    stations = [(x, 0.0, (low + high) / 2, side, (high - low) / 2) for x, side, low, high in rows]
    return body(stations, count, (0.5, 0.55), 2.2)


def _neck(breed: Breed, count: int) -> Body:
    length, rise, thick, thin = breed.neck
    direction = np.array([np.cos(np.radians(rise)), 0, np.sin(np.radians(rise))])
    foot = np.array([0.34 * breed.length, 0, 0.98 - 0.42 * breed.chest])
    root = np.array([0.40 * breed.length, 0, 0.97 - 0.55 * thick])
    top = root + length * direction
    width = min(0.8 * thick, 0.95 * breed.half_width)
    stations = [
        (*foot, 0.9 * width, 0.9 * thick),
        (*root, width, thick),
        (
            *(0.55 * root + 0.45 * top + 0.015 * np.array([-direction[2], 0, direction[0]])),
            0.45 * width + 0.5 * thin,
            0.4 * thick + 0.6 * thin,
        ),
        (*top, 0.92 * thin, thin),
    ]
    return body(stations, count, (0.6, 0.8), 2.0)


def _legs(breed: Breed, coat: Coat, rng: np.random.Generator) -> list[Part]:
    top, knee, ankle = breed.leg
    under, low = 1 - breed.chest, max(0.10, 1.1 * ankle)
    stride = float(rng.uniform(0.0, 0.16)) * (1 if breed.foot != "pad" else 0.6)
    front_x, hind_x = 0.33 * breed.length, -0.37 * breed.length
    y = max(0.62 * breed.half_width, 1.25 * ankle)
    front = [
        (front_x, 0.8 * y, 1 - 0.55 * breed.chest),
        (front_x - 0.02, y, under + 0.03),
        (front_x + 0.005, y, 0.52 * under),
        (front_x, y, low),
    ]
    bent = 0.3 if breed.foot == "pad" else 1.0
    hind = [
        (hind_x + 0.02, 0.75 * y, 1 - 0.5 * breed.chest),
        (hind_x + 0.03 + 0.03 * bent, 0.95 * y, under + 0.05),
        (hind_x - 0.065 * bent, y, 0.5 * under),
        (hind_x - 0.02 * bent, y, low),
    ]
    parts = []
    for path, radii, lead in (
        (front, (1.0 * top, 0.82 * top, knee, ankle), 1),
        (hind, (1.25 * top, 0.95 * top, knee, 0.97 * ankle), -1),
    ):
        for side in (1, -1):
            points = np.array(path) * (1, side, 1)
            share = 1 - points[:, 2] / points[0, 2]
            points[:, 0] += lead * side * stride * share
            parts += coat.on_legs(limb(points, radii, 14, 14))
            parts += _foot(breed, points[-1], ankle, coat)
    return parts


def _foot(breed: Breed, ankle: np.ndarray, radius: float, coat: Coat) -> list[Part]:
    x, y, z = ankle
    if breed.foot == "paw":
        paw = ellipsoid((1.75 * radius, 1.28 * radius, 0.062), (x + 0.75 * radius, y, 0.048), 18)
        paw.vertices[:, 2] = np.maximum(paw.vertices[:, 2], 0.0)
        return coat.on_legs(paw)
    tip = 1.0 if breed.foot == "hoof" else 1.12
    profile = [(1.42 * tip * radius, 0.0), (1.4 * tip * radius, 0.018), (1.08 * radius, 0.105), (0.7 * radius, 0.125)]
    shoe = lathe(profile, "z", (0, 0, 0), 18)
    slant = shoe.vertices[:, 2] * -0.25
    shoe.vertices[:, 0] += slant
    shoe.apply_translation((x + 0.02, y, 0))
    if breed.foot == "hoof":
        return [Part(shoe, HOOF)]
    nails = [
        ellipsoid((0.02, 0.032, 0.032), (x + 0.02 + 1.5 * radius * np.cos(a), y + 1.5 * radius * np.sin(a), 0.035), 8)
        for a in (-0.6, 0.0, 0.6)
    ]
    return [Part(shoe, coat.ground), *(Part(nail, Material("nail", linear(0.85, 0.8, 0.7))) for nail in nails)]


def _tail(breed: Breed, coat: Coat) -> list[Part]:
    style, length = breed.tail
    root = np.array([-0.475 * breed.length, 0, 0.90])
    if style == "up":
        path = root + length * np.array([(0.1, 0, -0.02), (-0.25, 0, 0.18), (-0.5, 0, 0.5), (-0.52, 0, 0.9)])
        return coat.on(limb(path, (0.05, 0.045, 0.037, 0.022)))
    if style == "wave":
        path = root + length * np.array(
            [(0.1, 0, -0.05), (-0.2, 0, -0.02), (-0.42, 0, 0.25), (-0.48, 0, 0.6), (-0.66, 0, 0.86)]
        )
        return coat.on(limb(path, (0.045, 0.042, 0.04, 0.038, 0.03), 20))
    if style == "brush":
        path = root + length * np.array([(0.1, 0, -0.05), (-0.25, 0, -0.08), (-0.6, 0, -0.18), (-0.98, 0, -0.16)])
        bush = limb(path, (0.04, 0.085, 0.105, 0.03), 20, 18)
        end = root[0] - 0.68 * length
        return coated(bush, lambda points: end - points[:, 0], Material("tip", linear(0.94, 0.92, 0.88)), coat.ground)
    if style == "curl":
        turn = np.linspace(0, 3.2 * np.pi, 16)
        path = root + np.stack(
            [-0.008 * turn - 0.02, 0.055 * np.sin(turn) * turn / 10, -0.06 * np.cos(turn) * turn / 10 - 0.03], axis=1
        )
        return [Part(limb(path, np.linspace(0.028, 0.012, 16), 40, 8), coat.ground)]
    if style == "stub":
        return [Part(ellipsoid((0.07, 0.06, 0.11), root + (-0.05, 0, -0.1)), FLEECE)]
    drop = root + length * np.array([(0.08, 0, 0.0), (-0.13, 0, -0.08), (-0.2, 0, -0.5), (-0.18, 0, -1.0)])
    if style == "hair":
        return [Part(limb(drop, (0.03, 0.055, 0.085, 0.02), 18), coat.pattern)]
    tuft = limb(drop[-1] + length * np.array([(0, 0, 0.12), (0, 0, -0.08), (0.0, 0, -0.28)]), (0.022, 0.042, 0.012))
    return [Part(limb(drop, (0.04, 0.03, 0.022, 0.018)), coat.ground), Part(tuft, HOOF)]


def _extras(breed: Breed, torso: Body, neck: Body, coat: Coat, rng: np.random.Generator) -> list[Part]:
    parts: list[Part] = []
    if "collar" in breed.extras and rng.random() < 0.75:
        place, side, up, (a, b) = neck.section(0.72)
        angle = np.linspace(0, 2 * np.pi, 25)[:-1]
        ring = [place + (a + 0.012) * np.cos(t) * side + (b + 0.012) * np.sin(t) * up for t in angle]
        parts.append(Part(_hoop(np.array(ring), place, 0.022), Material("collar", tinted(rng), roughness=0.5)))
    if "udder" in breed.extras:
        bag = ellipsoid((0.13, 0.1, 0.09), (-0.2 * breed.length, 0, 0.985 - breed.belly - 0.045), 18)
        parts.append(Part(bag, Material("udder", linear(0.9, 0.62, 0.58))))
    if "mane" in breed.extras or "crest" in breed.extras:
        tall = 0.06 if "mane" in breed.extras else 0.045
        ridge = []
        for share in (0.36, 0.55, 0.75, 0.93, 1.0):
            place, _, up, half = neck.section(share)
            ridge.append((*(place + half[1] * up), 0.024, tall))
        mane = body(ridge, 16, (0.9, 0.9)).solid(12)
        parts += [Part(mane, coat.pattern)]
    if "wool" in breed.extras:
        parts += _wool(torso, neck, rng)
    return parts


def _hoop(ring: np.ndarray, centre: np.ndarray, radius: float) -> trimesh.Trimesh:
    """Closed ring of a round section about the points `ring` (N, 3)."""
    outward = ring - centre
    outward /= np.linalg.norm(outward, axis=1, keepdims=True)
    normal = np.cross(outward[0], outward[len(ring) // 4])
    angle = 2 * np.pi * np.arange(10) / 10
    vertices = (
        ring[:, None]
        + radius * 0.6 * np.cos(angle)[:, None] * outward[:, None]
        + 1.5 * radius * np.sin(angle)[:, None] * normal
    )
    index = np.arange(len(ring) * 10).reshape(len(ring), 10)
    there, beside = np.roll(index, -1, axis=0), np.roll(index, -1, axis=1)
    both = np.roll(there, -1, axis=1)
    faces = np.concatenate([np.stack([index, there, both], -1), np.stack([index, both, beside], -1)]).reshape(-1, 3)
    hoop = trimesh.Trimesh(vertices.reshape(-1, 3), faces)
    if hoop.volume < 0:
        hoop.invert()
    return hoop


def _wool(torso: Body, neck: Body, rng: np.random.Generator) -> list[Part]:
    """Curls all over the body and the neck."""
    ball = ellipsoid((1, 1, 1), (0, 0, 0), 10)
    places = [
        (0.97 * torso.at(share, angle) + (0, 0, 0.025), 0.112)
        for share in np.linspace(0.02, 0.98, 7)
        for angle in np.linspace(-0.44 * np.pi, 0.44 * np.pi, 5)
    ] + [(neck.at(share, angle), 0.08) for share in (0.3, 0.6) for angle in np.linspace(-0.42 * np.pi, 0.42 * np.pi, 4)]
    curls = [
        trimesh.Trimesh(ball.vertices * radius * rng.uniform(0.88, 1.14, 3) + place, ball.faces, process=False)
        for place, radius in places
    ]
    return pair(joined(curls), FLEECE)
