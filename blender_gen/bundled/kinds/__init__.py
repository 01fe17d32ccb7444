"""The kinds of procedural objects, one file each; a kind is a function from a Generator to parts."""

from collections.abc import Callable, Mapping

import numpy as np

from blender_gen.bundled.kinds.boat import boat
from blender_gen.bundled.kinds.car import car
from blender_gen.bundled.kinds.chair import chair
from blender_gen.bundled.kinds.plane import plane
from blender_gen.bundled.parts import Parts

KINDS: Mapping[str, tuple[str, Callable[[np.random.Generator], Parts]]] = {
    "boat": ("vehicle", boat),
    "car": ("vehicle", car),
    "chair": ("furniture", chair),
    "plane": ("aircraft", plane),
}  # kind -> category, maker
