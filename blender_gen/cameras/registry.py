"""The camera motions. A new one is a file with its class, and its line here."""

from collections.abc import Mapping

from blender_gen.cameras.dolly import Dolly
from blender_gen.cameras.handheld import Handheld
from blender_gen.cameras.motion import Motion
from blender_gen.cameras.orbit import Orbit
from blender_gen.cameras.pan import Pan
from blender_gen.cameras.still import Still
from blender_gen.trajectories.named import registry

MOTIONS: Mapping[str, type[Motion]] = registry(
    Still,
    Orbit,
    Dolly,
    Pan,
    Handheld,
)
