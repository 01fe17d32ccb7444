"""Arrays against the schema: which are there, their dtype and shape, and where they must be finite."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dataset_tools.checks.report import Fault
from dataset_tools.schema import LabelField

_CHECK = "arrays"
_MAY_BE_NAN = frozenset({"box_corners_px", "box2d", "silhouette2d", "visible_fraction", "track_px", "flow"})
_MAY_BE_INFINITE = frozenset({"depth"})
_MAY_BE_NAN_IN_REAL = frozenset({"center_px"})


@dataclass(frozen=True)
class Sizes:
    """Lengths of the axes T, N, H, W that a clip's meta data promise."""

    frames: int
    objects: int
    height: int
    width: int

    def axes(self, points: int | None) -> dict[str, int | None]:
        return {
            "T": self.frames, "T-1": self.frames - 1, "N": self.objects, "P": points,
            "H": self.height, "W": self.width,
        }  # fmt: skip


def check_fields(
    found: Mapping[str, NDArray], fields: tuple[LabelField, ...], where: str, kind: str, sizes: Sizes
) -> tuple[dict[str, NDArray], tuple[Fault, ...]]:
    """The sound arrays among those `found` in the file `where`, and a fault for each that is not, or is missing."""
    points = _points(found)
    sound, faults = {}, []
    for field in fields:
        if field.name not in found:
            if kind in field.required:
                faults.append(f"{where} lacks the array {field.name}")
        elif kind not in field.kinds:
            faults.append(f"{where} holds {field.name}, which clips of kind {kind!r} do not have")
        elif problem := _problem(found[field.name], field, kind, sizes.axes(points)):
            faults.append(f"{where}: {field.name} {problem}")
        else:
            sound[field.name] = found[field.name]
    known = {field.name for field in fields}
    faults += [f"{where} holds the unknown array {name!r:.60}" for name in found if name not in known]
    return sound, tuple(Fault(_CHECK, fault) for fault in faults)


def _points(found: Mapping[str, NDArray]) -> int | None:
    """The number of tracked points that `track_object` gives."""
    owners = found.get("track_object")
    return owners.shape[0] if owners is not None and owners.ndim == 1 else None


def _problem(array: NDArray, field: LabelField, kind: str, axes: Mapping[str, int | None]) -> str:
    """What is wrong with an array, or an empty text."""
    if array.dtype != np.dtype(field.dtype):
        return f"is {array.dtype}; expected {field.dtype}"
    wanted = tuple(axes[axis] if isinstance(axis, str) else axis for axis in field.shape)
    unlike = [w is not None and w != n for w, n in zip(wanted, array.shape, strict=False)]
    if array.ndim != len(wanted) or any(unlike):
        letters = ",".join(str(axis) for axis in field.shape)
        return f"has the shape {array.shape}; expected ({letters}) = {wanted}"
    if array.dtype.kind != "f":
        return ""
    may_be_nan = field.name in _MAY_BE_NAN or (kind == "real" and field.name in _MAY_BE_NAN_IN_REAL)
    if not may_be_nan and np.isnan(array).any():
        return f"holds {int(np.isnan(array).sum())} NaN; it is finite everywhere"
    if field.name not in _MAY_BE_INFINITE and np.isinf(array).any():
        return f"holds {int(np.isinf(array).sum())} infinite values; it has none"
    return ""
