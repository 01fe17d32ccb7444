"""What is counted of one clip: its labels, checked to fit together, and its meta data, read with tolerance."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dataset_tools.captions import film, objects
from dataset_tools.clip import Clip
from dataset_tools.errors import FormatError
from dataset_tools.schema import LABELS

MAX_NAME = 160
"""Characters of a name that are kept."""
_SHAPES = {label.name: label.shape for label in LABELS}


@dataclass(frozen=True)
class Sample:
    """One clip to count: T frames, N objects.

    `labels` are those of the schema that the clip has, of the right shape. `objects` are the N tables of the meta
    data, `origins` the names of the folders that they came from, empty where that is not known. `paths` is what the
    recipe says of the N objects' trajectories, `scene` what it says of light, floor and backdrop; tables are empty
    where nothing is told.
    `masks` (T,H,W) are there where they were asked for and the clip has them.
    """

    key: str
    split: str
    kind: str
    fps: float
    width: int
    height: int
    labels: Mapping[str, NDArray]
    meta: Mapping[str, Any]
    objects: tuple[Mapping[str, Any], ...]
    origins: tuple[str, ...]
    paths: tuple[Mapping[str, Any], ...]
    scene: Mapping[str, Any]
    masks: NDArray[np.uint8] | None = None

    @property
    def frames(self) -> int:
        """T."""
        return self.labels["center_px"].shape[0]

    def has(self, name: str) -> bool:
        """Whether there is a label of that name, or masks for `masks`."""
        return name in self.labels or (name == "masks" and self.masks is not None)


def sample(clip: Clip, pixels: bool = False, origins: Mapping[str, str] | None = None) -> Sample:
    """Read labels and meta data of a clip, and with `pixels` its masks.

    Args:
        origins: the folder's name for the hash of each object, `read_origins`.

    Raises FormatError for members that cannot be read, labels without `center_px`, and arrays that do not fit.
    """
    clip.require("center_px")
    labels, facts = _fitting(clip), film(clip)
    tables = tuple(objects(clip))
    recipe = _recipe(clip.meta.get("spec"))
    scene = recipe.get("scene")
    masks = clip.masks if pixels and clip.has("masks") else None
    if masks is not None and (masks.ndim != 3 or len(masks) != len(labels["center_px"])):
        raise _unfit(clip, "masks", masks.shape)
    return Sample(
        key=clip.key,
        split=clip.split or text(clip.meta.get("split")),
        kind=clip.kind,
        fps=facts.fps,
        width=facts.width,
        height=facts.height,
        labels=labels,
        meta=clip.meta,
        objects=tables,
        origins=tuple((origins or {}).get(text(item.get("sha256")), "") for item in tables),
        paths=_paths(recipe, len(tables)),
        scene=scene if isinstance(scene, dict) else {},
        masks=masks,
    )


def text(value: Any) -> str:
    """A name of the meta data, cut to a length that can be shown; empty for what is no text."""
    return value[:MAX_NAME] if isinstance(value, str) else ""


def number(value: Any) -> float:
    """A number of the meta data, NaN for what is none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return math.nan
    return float(value) if abs(value) < 1e300 else math.nan


def _fitting(clip: Clip) -> dict[str, NDArray]:
    """The labels that the schema knows; FormatError for one whose axes T, N, P differ from the others' or its rank."""
    labels = {name: array for name, array in clip.labels.items() if name in _SHAPES}
    if labels["center_px"].ndim != 3 or 0 in labels["center_px"].shape:
        raise _unfit(clip, "center_px", labels["center_px"].shape)
    frames, count = labels["center_px"].shape[:2]
    lengths: dict[str | int, int] = {"T": frames, "N": count}
    for name, array in labels.items():
        expected = [lengths.get(axis, axis) for axis in _SHAPES[name]]
        if len(expected) != array.ndim or any(
            isinstance(length, int) and length != found for length, found in zip(expected, array.shape, strict=True)
        ):
            raise _unfit(clip, name, array.shape)
    return labels


def _unfit(clip: Clip, name: str, shape: tuple[int, ...]) -> FormatError:
    return FormatError(
        f"{name} of clip {clip.key} has the shape {shape}, which does not fit its other labels; "
        f"'posetraj validate' says what is wrong, write the clip again"
    )


def _recipe(spec: Any) -> Mapping[str, Any]:
    """The generator's recipe of a clip, an empty table where there is none."""
    try:
        recipe = json.loads(spec)
    except (ValueError, TypeError, RecursionError):
        return {}
    return recipe if isinstance(recipe, dict) else {}


def _paths(recipe: Mapping[str, Any], count: int) -> tuple[Mapping[str, Any], ...]:
    """Each object's trajectory in a recipe, empty tables where there is none."""
    try:
        found = [item["trajectory"] for item in recipe["objects"]]
    except (TypeError, KeyError):
        found = []
    return tuple(path if isinstance(path, dict) else {} for path in (found + [{}] * count)[:count])
