"""The head of a four-legged animal: skull and muzzle, eyes, ears, nose, and what grows on it."""

from dataclasses import dataclass

import numpy as np
import trimesh

from blender_gen.bundled.breeds import Breed
from blender_gen.bundled.coats import Field, coated
from blender_gen.bundled.organic import Body, bead, body, leaf, limb, smooth_outline
from blender_gen.bundled.parts import WHITE, Material, Part, linear, pair
from blender_gen.bundled.shapes import ellipsoid

EYE = Material("eye", linear(0.05, 0.04, 0.04), roughness=0.12)
IRIS = Material("iris", linear(0.62, 0.74, 0.25), roughness=0.15)
NOSE = Material("nose", linear(0.10, 0.08, 0.08), roughness=0.35)
PINK = Material("pink", linear(0.88, 0.56, 0.53), roughness=0.6)
HORN = Material("horn", linear(0.86, 0.80, 0.66), roughness=0.45)
FLEECE = Material("fleece", linear(0.92, 0.89, 0.82), roughness=1.0)


@dataclass(frozen=True)
class Coat:
    """The ground of a coat, its pattern, and where the pattern is: on the body, on the legs, on the lower face.

    A field that is None is nowhere; manes and the like are made of the pattern all the same.
    """

    ground: Material
    pattern: Material
    field: Field | None
    legs: Field | None
    chin: bool

    def on(self, solid: trimesh.Trimesh) -> list[Part]:
        """The solid in this coat."""
        return self._in(self.field, solid)

    def on_legs(self, solid: trimesh.Trimesh) -> list[Part]:
        """A leg or a foot in this coat."""
        return self._in(self.legs, solid)

    def on_head(self, solid: trimesh.Trimesh, middle: np.ndarray, above: np.ndarray, drop: float) -> list[Part]:
        """The head in this coat; a pale chin lies further than `drop` below `middle` (3,) along `above` (3,)."""
        if not self.chin:
            return self.on(solid)
        return self._in(lambda points: (middle - points) @ above - drop, solid)

    def _in(self, field: Field | None, solid: trimesh.Trimesh) -> list[Part]:
        return [Part(solid, self.ground)] if field is None else coated(solid, field, self.pattern, self.ground)


def head_parts(breed: Breed, neck: Body, coat: Coat, rng: np.random.Generator) -> list[Part]:
    """All parts of the head at the end of a neck."""
    length, wide, high, bend = breed.head
    share, muzzle_wide, muzzle_high = breed.muzzle
    ahead = np.array([np.cos(np.radians(bend)), 0, -np.sin(np.radians(bend))])
    above = np.array([-ahead[2], 0, ahead[0]])
    back = neck.middle[-1] + 0.25 * high * above - 0.42 * (1 - share) * length * ahead
    drop = 0.72 * (high - muzzle_high)

    def station(along: float, down: float, half_wide: float, half_high: float) -> tuple[float, ...]:
        return (*(back + along * length * ahead - down * above), half_wide, half_high)

    skull = body(
        [
            station(0.06, 0.0, 0.72 * wide, 0.74 * high),
            station(0.3 * (1 - share) + 0.1, 0.0, wide, high),
            station(1.0 - share, 0.35 * drop, 0.9 * wide, 0.86 * high),
            station(1.0 - 0.6 * share, drop, 0.35 * wide + 0.65 * muzzle_wide, 0.3 * high + 0.7 * muzzle_high),
            station(1.0 - 0.12 * share, 1.1 * drop, muzzle_wide, muzzle_high),
            station(1.0, 1.15 * drop, 0.82 * muzzle_wide, 0.82 * muzzle_high),
        ],
        20,
        (0.8, 0.75),
        2.1,
    )
    parts = coat.on_head(skull.solid(20), back, above, 0.25 * high)
    parts += _eyes(skull, high, share, ahead, "bright eyes" in breed.extras)
    parts += _ears(breed, skull, coat, ahead, above)
    tip = skull.middle[-1] + 0.5 * muzzle_high * ahead
    parts += _nose(breed, skull, tip, ahead, above, coat)
    parts += _growths(breed, skull, ahead, above, coat)
    if "tongue" in breed.extras and rng.random() < 0.5:
        tongue = ellipsoid((0.03, 0.03, 0.055), tip - 0.9 * muzzle_high * above - 0.02 * ahead - (0, 0, 0.02), 12)
        parts.append(Part(tongue, PINK))
    return parts


def _eyes(skull: Body, high: float, muzzle: float, ahead: np.ndarray, bright: bool) -> list[Part]:
    place = skull.at(0.9 * (1 - muzzle) + 0.03, 0.62)
    radius = 0.022 + 0.085 * high
    eye = bead(place - 0.25 * radius * np.array([0, 1, 0]), radius, 12)
    glint = bead(place + radius * (0.42 * ahead + np.array([0, 0.48, 0.45])), 0.26 * radius, 8)
    if not bright:
        return [*pair(eye, EYE), *pair(glint, WHITE)]
    pupil = ellipsoid((0.55 * radius, 0.4 * radius, 0.75 * radius), place + radius * (0.5 * ahead + (0, 0.3, 0.02)), 10)
    return [*pair(eye, IRIS), *pair(pupil, EYE), *pair(glint, WHITE)]


def _ears(breed: Breed, skull: Body, coat: Coat, ahead: np.ndarray, above: np.ndarray) -> list[Part]:
    style, size = breed.ears
    left = np.array([0.0, 1, 0])
    root_share = 0.34 * (1 - breed.muzzle[0]) + 0.05
    if style == "prick":
        shape = smooth_outline([(0, -0.3), (0.5, -0.26), (1.0, 0.0), (0.5, 0.26), (0, 0.3), (-0.15, 0.0)], 20) * size
        root = skull.at(root_share, 1.0)
        along, across = 0.96 * above + 0.3 * left + 0.1 * ahead, left - 0.35 * ahead
        facing = np.cross(along, across) / np.linalg.norm(np.cross(along, across))
        facing *= np.sign(facing @ ahead)
        outer = leaf(shape, 0.28 * size, root - 0.12 * size * above, along, across)
        inner = leaf(0.66 * shape, 0.2 * size, root - 0.02 * size * above + 0.09 * size * facing, along, across)
        return [*pair(outer, coat.ground), *pair(inner, PINK)]
    if style == "flop":
        shape = smooth_outline([(-0.1, -0.2), (0.4, -0.32), (0.9, -0.2), (1.0, 0.1), (0.6, 0.32), (0.1, 0.25)], 20)
        root = skull.at(root_share, 0.95)
        ear = leaf(shape * size, 0.22 * size, root, 0.42 * left - 0.9 * above, ahead + 0.1 * left)
        return pair(ear, coat.pattern if coat.field is not None else coat.ground)
    if style == "fan":
        shape = smooth_outline(
            [(0.1, 0.45), (0.6, 0.6), (1.0, 0.3), (0.95, -0.3), (0.55, -0.75), (0.15, -0.45), (-0.08, 0.0)], 28
        )
        root = skull.at(0.3, 0.35)
        return pair(leaf(shape * size, 0.07, root, left - 0.45 * ahead, above + 0.1 * left), coat.pattern)
    lift = 0.75 if style == "leafup" else 0.12
    shape = smooth_outline([(-0.1, 0.0), (0.35, -0.28), (0.8, -0.2), (1.0, 0.0), (0.8, 0.16), (0.35, 0.22)], 20) * size
    root = skull.at(root_share, 0.62)
    along = left + lift * above + (0.35 * ahead if style == "leafup" else -0.15 * ahead)
    across = above - 0.5 * ahead - lift * left
    facing = np.cross(along, across) / np.linalg.norm(np.cross(along, across))
    facing *= np.sign(facing @ ahead)
    outer = leaf(shape, 0.2 * size, root, along, across)
    inner = leaf(0.65 * shape, 0.14 * size, root + 0.15 * size * left + 0.06 * size * facing, along, across)
    return [*pair(outer, coat.ground), *pair(inner, PINK)]


def _nose(breed: Breed, skull: Body, tip: np.ndarray, ahead: np.ndarray, above: np.ndarray, coat: Coat) -> list[Part]:
    _, wide, high = breed.muzzle
    if "trunk" in breed.extras:
        start = skull.middle[-1]
        fall = start[2] - 0.115
        path = [start - 0.1 * ahead, start + 0.06 * ahead]
        path += [start + (x, 0, -share * fall) for x, share in ((0.17, 0.32), (0.17, 0.72), (0.25, 0.99), (0.36, 0.96))]
        return [Part(limb(path, (0.15, 0.135, 0.11, 0.085, 0.068, 0.06), 26, 18), coat.ground)]
    if "snout" in breed.extras:
        disk = body(
            [(*(tip - 0.05 * ahead), wide, 0.9 * high), (*(tip + 0.035 * ahead), 1.05 * wide, 0.95 * high)],
            4,
            (0.2, 0.25),
        )
        hole = ellipsoid((0.02, 0.02, 0.032), tip + 0.055 * ahead + (0, 0.042, 0.0), 10)
        return [Part(disk.solid(20), PINK), *pair(hole, NOSE)]
    if "nose" in breed.extras:
        start = skull.middle[-1]
        pad = body(
            [(*(start - 0.06 * ahead), 1.02 * wide, 1.0 * high), (*(start + 0.03 * ahead), 1.03 * wide, 1.0 * high)],
            4,
            (0.35, 0.6),
        )
        hole = ellipsoid((0.02, 0.018, 0.022), start + (0.03 + 0.52 * high) * ahead + (0, 0.5 * wide, 0.02), 10)
        return [Part(pad.solid(20), PINK), *pair(hole, NOSE)]
    if breed.foot == "paw":
        ball = ellipsoid((0.028, 0.036, 0.028), tip + 0.45 * high * above + 0.004 * ahead, 14)
        return [Part(ball, NOSE)]
    hole = ellipsoid((0.02, 0.012, 0.018), tip - 0.02 * ahead + 0.25 * high * above + (0, 0.52 * wide, 0), 10)
    end = skull.middle[-1]
    lips = body(
        [(*(end - 0.02 * ahead), 0.93 * wide, 0.93 * high), (*(end + 0.01 * ahead), 0.9 * wide, 0.9 * high)],
        3,
        (0.1, 0.75),
    )
    return [Part(lips.solid(20), coat.pattern), *pair(hole, NOSE)]


def _growths(breed: Breed, skull: Body, ahead: np.ndarray, above: np.ndarray, coat: Coat) -> list[Part]:
    parts: list[Part] = []
    left = np.array([0.0, 1, 0])
    crown = skull.at(0.22, 1.1)
    if "horns" in breed.extras:
        path = [crown - 0.03 * above, crown + 0.08 * left + 0.05 * above, crown + 0.1 * left + 0.17 * above]
        parts += pair(limb(path, (0.036, 0.03, 0.008)), HORN)
    if "ossicones" in breed.extras:
        end = crown + 0.11 * above + 0.015 * left
        parts += [
            *pair(limb([crown - 0.03 * above, end], (0.016, 0.013), 6), coat.ground),
            *pair(bead(end, 0.02), NOSE),
        ]
    if "tusks" in breed.extras:
        start = skull.at(0.85, -0.5)
        path = [start - 0.06 * ahead, start + (0.10, 0.02, -0.16), start + (0.30, 0.03, -0.17)]
        parts += pair(limb(path, (0.042, 0.036, 0.012), 16), HORN)
    if "whiskers" in breed.extras:
        cheek = skull.at(0.9, -0.1)
        for rise in (-0.25, 0.0, 0.25):
            hair = limb([cheek, cheek + 0.17 * left + 0.17 * rise * above], (0.004, 0.003), 4, 6)
            parts += pair(hair, WHITE)
    if "mane" in breed.extras:
        top = skull.at(0.12, np.pi / 2)
        lock = limb(
            [top - 0.02 * above, top + 0.07 * ahead + 0.02 * above, top + 0.2 * ahead + 0.0 * above],
            (0.04, 0.04, 0.012),
        )
        parts.append(Part(lock, coat.pattern))
    if "wool" in breed.extras:
        for share, angle in ((0.02, 1.2), (0.2, 1.25), (0.05, 0.75), (0.2, 0.8)):
            parts += pair(bead(skull.at(share, angle) + 0.02 * above, 0.06, 10), FLEECE)
    return parts
