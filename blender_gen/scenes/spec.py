"""The scene of a clip: light, floor and backdrop, described by names and numbers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from blender_gen.rng import weighted_choice
from blender_gen.scenes.backdrop import BACKDROPS, Backdrop, draw_backdrop
from blender_gen.scenes.errors import SceneError
from blender_gen.scenes.floor import FLOORS, Floor, draw_floor
from blender_gen.scenes.library import is_hdri_name, is_texture_name
from blender_gen.scenes.light import HDRIS, PROCEDURAL, Light, draw_light

ENVIRONMENTS = tuple(sorted((*HDRIS, *PROCEDURAL)))
COVE_FLOORS = ("carpet", "checker", "concrete", "marble", "plain", "wood")  # what one can imagine to curve up
OPEN_GROUND = {"open": 1.0}
SMALL_STAGE = np.array([(x, y, z) for x in (-3.0, 3.0) for y in (-3.0, 3.0) for z in (0.0, 2.0)])


@dataclass(frozen=True)
class SceneSpec:
    """Light, floor and backdrop.

    Attributes:
        environment: one of ENVIRONMENTS, or the name of a file that `scan_hdris` found.
        floor: one of FLOORS, or the name of a file that `scan_textures` found.
        backdrop: one of BACKDROPS.
        light, ground, around: the numbers that go with these names.

    Raises:
        SceneError: a name that is none of these.
    """

    environment: str
    floor: str
    backdrop: str
    light: Light
    ground: Floor
    around: Backdrop

    def __post_init__(self) -> None:
        known = self.environment in ENVIRONMENTS or is_hdri_name(self.environment)
        _check(known, "environment", self.environment, ENVIRONMENTS, " or hdri:NAME-HASH, as scan_hdris names files")
        known = self.floor in FLOORS or is_texture_name(self.floor)
        _check(known, "floor", self.floor, FLOORS, " or texture:NAME-HASH, as scan_textures names files")
        _check(self.backdrop in BACKDROPS, "backdrop", self.backdrop, BACKDROPS)

    def to_json(self) -> dict[str, Any]:
        """Return plain numbers, strings, lists and dicts."""
        return {
            "environment": self.environment,
            "floor": self.floor,
            "backdrop": self.backdrop,
            "light": self.light.to_json(),
            "ground": self.ground.to_json(),
            "around": self.around.to_json(),
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "SceneSpec":
        """Return the scene that `to_json` wrote, before or after a trip through JSON."""
        return cls(
            **{
                **values,
                "light": Light.from_json(values["light"]),
                "ground": Floor.from_json(values["ground"]),
                "around": Backdrop.from_json(values["around"]),
            }
        )


def draw_scene(
    rng: np.random.Generator,
    environment: str,
    floor: str,
    *,
    backdrops: Mapping[str, float] = OPEN_GROUND,
    keep_clear: np.ndarray = SMALL_STAGE,
    first_camera: np.ndarray | None = None,
) -> SceneSpec:
    """Draw the free numbers of a scene with this light and this floor.

    Args:
        environment, floor: names as in `SceneSpec`.
        backdrops: option -> weight. A cove is drawn only with a floor that can curve up, unless nothing else has
            a weight.
        keep_clear: points (M,3) in the world, metres, that no wall comes near: the cameras' centres at all times
            and the corners that the objects' boxes sweep. Left out, a stage of 6 x 6 m.
        first_camera: world_from_camera (4,4), OpenCV axes; walls stand where it looks. Left out, any direction.

    Raises:
        SceneError: an unknown name, or no backdrop with a weight.
    """
    unknown = sorted(set(backdrops) - set(BACKDROPS))
    _check(not unknown, "backdrop", ", ".join(unknown), BACKDROPS)
    behind = float(rng.uniform(-np.pi, np.pi))
    if first_camera is not None:
        behind = float(np.arctan2(first_camera[1, 2], first_camera[0, 2]))
    backdrop = _draw_backdrop_name(rng, backdrops, floor)
    return SceneSpec(
        environment=environment,
        floor=floor,
        backdrop=backdrop,
        light=draw_light(rng, environment, None if backdrop == "open" else behind),
        ground=draw_floor(rng, floor),
        around=draw_backdrop(rng, backdrop, np.asarray(keep_clear, np.float64), behind),
    )


def _draw_backdrop_name(rng: np.random.Generator, weights: Mapping[str, float], floor: str) -> str:
    fitting = {name: weight for name, weight in weights.items() if weight > 0}
    if not fitting:
        raise SceneError(f"no backdrop has a weight above 0; give one to some of {', '.join(BACKDROPS)}")
    if floor not in COVE_FLOORS and len(fitting) > 1:
        fitting.pop("cove", None)
    return weighted_choice(rng, fitting)


def _check(good: bool, what: str, found: str, known: tuple[str, ...], more: str = "") -> None:
    if not good:
        raise SceneError(f"there is no {what} {found!r}; known are {', '.join(known)}{more}")
