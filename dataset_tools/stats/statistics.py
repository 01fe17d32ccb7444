"""All that is counted of a dataset, as plain data; JSON in and out without loss."""

import dataclasses
import json
import types
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, get_args, get_origin, get_type_hints

from dataset_tools.errors import FormatError
from dataset_tools.stats.attempts import Attempts
from dataset_tools.stats.histogram import Histogram
from dataset_tools.stats.positions import Grid
from dataset_tools.stats.self_check import Figure


@dataclass(frozen=True)
class Amount:
    """How much there is. `bytes` are those of the clips' members, without the tar's padding."""

    clips: int
    frames: int
    seconds: float
    bytes: int


@dataclass(frozen=True)
class Asset:
    """One asset, and the number of clips that show it."""

    name: str
    category: str
    source: str
    licence: str
    author: str
    clips: int


@dataclass(frozen=True)
class Statistics:
    """A dataset in numbers.

    Attributes:
        name: last part of where the dataset lies.
        kinds: clips of each kind, synthetic or real.
        total, splits: amounts in all and of each split; a clip of no split counts under "".
        members: bytes of each member over all clips.
        counts: for each option of `options.OPTIONS` that some clip names, how often each name occurs.
        assets: by asset_id.
        histograms: for each measure of `measures.MEASURES` that some clip has a value of.
        places, thirds: where the objects' centres lie in the picture, on 12 x 8 and on 3 x 3 cells.
        outside: centres that lie outside of the picture.
        octants: frames in which an object's front points in each of `angles.DIRECTIONS`, as the camera sees it.
        yaw: the same in 36 sectors, the first from 0 to 10 degrees. Both leave out objects without a known front.
        azimuth: frames in each of 36 sectors of the camera's azimuth about the objects, in the world.
        figures: those of the self-check.
        attempts: what the ledger says; None where there is none.
        left_out: sentences on what could not be counted.
        findings: sentences on what a maker of datasets would want to mend.
        licences: clips that show an object of each licence, by `licences.licence_of`; a clip counts once for each.
    """

    name: str
    kinds: Mapping[str, int]
    total: Amount
    splits: Mapping[str, Amount]
    members: Mapping[str, int]
    counts: Mapping[str, Mapping[str, int]]
    assets: Mapping[str, Asset]
    histograms: Mapping[str, Histogram]
    places: Grid
    thirds: Grid
    outside: int
    octants: tuple[int, ...]
    yaw: tuple[int, ...]
    azimuth: tuple[int, ...]
    figures: Mapping[str, Figure]
    attempts: Attempts | None
    left_out: tuple[str, ...] = ()
    findings: tuple[str, ...] = ()
    licences: Mapping[str, int] = field(default_factory=dict)


def to_json(statistics: Statistics) -> str:
    """The statistics as JSON."""
    return json.dumps(dataclasses.asdict(statistics), indent=1, allow_nan=False) + "\n"


def from_json(data: str | bytes) -> Statistics:
    """The statistics that `to_json` wrote. Raises FormatError for anything else."""
    try:
        return _decoded(Statistics, json.loads(data))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise FormatError(f"this is no file that 'posetraj stats --json' wrote ({error!r:.200})") from error


def _decoded(kind: Any, value: Any) -> Any:
    """`value` of JSON as `kind`: a dataclass, tuple, Mapping from texts, union with None, or a plain type."""
    origin, inner = get_origin(kind), get_args(kind)
    if dataclasses.is_dataclass(kind):
        hints = get_type_hints(kind)
        return kind(**{name: _decoded(hints[name], found) for name, found in value.items()})
    if origin is types.UnionType:
        return None if value is None else _decoded(inner[0], value)
    if origin is tuple:
        return tuple(_decoded(inner[0], item) for item in value)
    if origin is Mapping:
        return {name: _decoded(inner[1], found) for name, found in value.items()}
    if not isinstance(value, (int, float) if kind is float else kind) or isinstance(value, bool):
        raise TypeError(f"found {value!r:.60} where {kind.__name__} belongs")
    return value
