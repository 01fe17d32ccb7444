"""One line of `objects.jsonl`: what became of a file, and all that later steps need to know of the object."""

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

ACCEPTED, REJECTED = "accepted", "rejected"


@dataclass(frozen=True)
class ObjectRecord:
    """A file found by the intake.

    `file` is relative to the folder given, of which `collection` is the name; `path` says where the file lies on this
    machine and is no part of the line. `sha256` covers the file and those that it refers to. `unit` names what stays in
    one split together: a kind of procedural object, or else the content hash. Lengths are in metres;
    `box_size` (3,) along the object's axes, `object_from_asset` (4,4) from the file's stored coordinates,
    `imported_dims` (3,) in Blender's imported frame before normalising. Facts of a rejected file may be empty.
    """

    asset_id: str
    file: str
    state: str
    reason: str | None
    sha256: str
    name: str
    category: str
    source: str
    licence: str
    author: str
    unit: str
    symmetric: bool
    front_known: bool
    front_axis: str
    box_size: tuple[float, ...] = ()
    object_from_asset: tuple[tuple[float, ...], ...] = ()
    imported_dims: tuple[float, ...] = ()
    vertices: int = 0
    triangles: int = 0
    warnings: tuple[str, ...] = ()
    collection: str = ""
    path: Path | None = field(default=None, compare=False, repr=False)

    @property
    def accepted(self) -> bool:
        """Whether the object can be rendered."""
        return self.state == ACCEPTED

    @property
    def object_from_asset_matrix(self) -> np.ndarray:
        """(4,4) float64."""
        return np.array(self.object_from_asset, np.float64)

    def to_line(self) -> str:
        """Return one line of JSON, without its end of line."""
        values = {item.name: getattr(self, item.name) for item in dataclasses.fields(self) if item.name != "path"}
        return json.dumps(values, separators=(", ", ": "))

    @classmethod
    def from_line(cls, line: str) -> "ObjectRecord":
        """Return the record that `to_line` wrote, with no path."""
        return cls.from_json(json.loads(line))

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "ObjectRecord":
        """Return the record of a parsed line; keys that it does not know are left out."""
        known = {item.name for item in dataclasses.fields(cls)} - {"path"}
        tuples = {key: _tuples(value) for key, value in values.items() if key in known}
        return cls(**tuples)


def _tuples(value: Any) -> Any:
    return tuple(_tuples(item) for item in value) if isinstance(value, list) else value
