"""A bird that stands: songbird, duck, penguin, hen, owl or flamingo."""

import numpy as np

from blender_gen.bundled.kinds.bird_land import hen, owl, songbird
from blender_gen.bundled.kinds.bird_water import duck, flamingo, penguin
from blender_gen.bundled.parts import Parts

BIRDS = {
    "duck": ((0.4, 0.55), duck),
    "flamingo": ((0.85, 1.0), flamingo),
    "hen": ((0.38, 0.5), hen),
    "owl": ((0.3, 0.6), owl),
    "penguin": ((0.5, 1.05), penguin),
    "songbird": ((0.14, 0.24), songbird),
}  # name -> size in metres of one unit, maker


def bird(rng: np.random.Generator) -> Parts:
    """Draw a bird, its build and plumage. It looks along +x."""
    name = sorted(BIRDS)[int(rng.integers(len(BIRDS)))]
    return named_bird(name, rng)


def named_bird(name: str, rng: np.random.Generator) -> Parts:
    """Draw one bird of this name (a key of `BIRDS`)."""
    (small, large), maker = BIRDS[name]
    parts = maker(rng)
    stretch = rng.uniform(0.94, 1.06, 3) * (1, 1.04, 1)
    low = min(part.solid.vertices[:, 2].min() for part in parts)
    size = rng.uniform(small, large)
    for part in parts:
        part.solid.apply_translation((0, 0, -low))
        part.solid.apply_scale(size * stretch)
    return parts
