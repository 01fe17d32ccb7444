"""The kinds of procedural objects, one file each; a kind is a function from a Generator to parts."""

from collections.abc import Callable, Mapping

import numpy as np

from blender_gen.bundled.kinds.bird import bird
from blender_gen.bundled.kinds.boat import boat
from blender_gen.bundled.kinds.bus import bus
from blender_gen.bundled.kinds.car import car
from blender_gen.bundled.kinds.chair import chair
from blender_gen.bundled.kinds.fish import fish
from blender_gen.bundled.kinds.guitar import guitar
from blender_gen.bundled.kinds.helicopter import helicopter
from blender_gen.bundled.kinds.house import house
from blender_gen.bundled.kinds.mug import mug
from blender_gen.bundled.kinds.plane import plane
from blender_gen.bundled.kinds.quadruped import quadruped
from blender_gen.bundled.kinds.robot import robot
from blender_gen.bundled.kinds.sofa import sofa
from blender_gen.bundled.kinds.train import train
from blender_gen.bundled.kinds.truck import truck
from blender_gen.bundled.parts import Parts

KINDS: Mapping[str, tuple[str, Callable[[np.random.Generator], Parts]]] = {
    "bird": ("animal", bird),
    "boat": ("vehicle", boat),
    "bus": ("vehicle", bus),
    "car": ("vehicle", car),
    "chair": ("furniture", chair),
    "fish": ("animal", fish),
    "guitar": ("instrument", guitar),
    "helicopter": ("aircraft", helicopter),
    "house": ("building", house),
    "mug": ("item", mug),
    "plane": ("aircraft", plane),
    "quadruped": ("animal", quadruped),
    "robot": ("character", robot),
    "sofa": ("furniture", sofa),
    "train": ("vehicle", train),
    "truck": ("vehicle", truck),
}  # kind -> category, maker
