"""The registry of what a clip holds: members, arrays with dtype and axes, and the keys of its meta data."""

import re
from dataclasses import dataclass

from dataset_tools.errors import FormatError

FORMAT = "posetraj/1"
LEDGER = "ledger.jsonl"
OBJECTS = "objects.jsonl"
LEDGER_STATES = ("done", "rejected", "failed")
REASON_SEPARATOR = " + "
"""Between the reasons of one line of the ledger, each of which may be a sentence with clauses."""
SPLITS = ("train", "val", "test")
KINDS = ("synthetic", "real")
NEAR = 0.05
"""Metres of depth at or under which a projected point is NaN."""

KEY_PATTERN = re.compile(r"(?P<key>[0-9]{8})\.(?P<member>[a-z0-9_]+(?:\.[a-z0-9_]+)*)")
"""Name of a member in a shard, `KEY.member`; use with `fullmatch`."""
SHARD_PATTERN = re.compile(r"posetraj-(?P<split>train|val|test)-(?P<shard>[0-9]{6})\.tar")
"""File name of a shard; use with `fullmatch`."""


@dataclass(frozen=True)
class LabelField:
    """One array of a clip.

    `shape` has an axis letter or a fixed length per axis: T frames, T-1 steps between frames, N objects,
    P tracked points, H rows, W columns. `kinds` are the dataset kinds that may hold the array, `required`
    those of them in which every clip holds it.
    """

    name: str
    dtype: str
    shape: tuple[str | int, ...]
    kinds: tuple[str, ...]
    required: tuple[str, ...]


@dataclass(frozen=True)
class Member:
    """One file of a clip. `kinds` are the dataset kinds that may hold it, `required` those that always do;
    `array` is the one array that a plane member (masks, depth, normals, flow) holds."""

    name: str
    kinds: tuple[str, ...]
    required: tuple[str, ...]
    array: LabelField | None = None


_SYNTHETIC = ("synthetic",)


def _both(name: str, dtype: str, *shape: str | int) -> LabelField:
    return LabelField(name, dtype, shape, KINDS, KINDS)


def _synthetic(name: str, dtype: str, *shape: str | int) -> LabelField:
    return LabelField(name, dtype, shape, _SYNTHETIC, _SYNTHETIC)


LABELS: tuple[LabelField, ...] = (
    _both("timestamps", "float64", "T"),
    _both("intrinsics", "float64", "T", 3, 3),
    LabelField("world_from_camera", "float64", ("T", 4, 4), KINDS, _SYNTHETIC),
    _synthetic("world_from_object", "float64", "T", "N", 4, 4),
    _synthetic("box_size", "float64", "N", 3),
    _synthetic("box_corners_world", "float64", "T", "N", 8, 3),
    _synthetic("box_corners_px", "float32", "T", "N", 8, 2),
    _synthetic("box_corners_depth", "float32", "T", "N", 8),
    _both("center_px", "float32", "T", "N", 2),
    _synthetic("center_depth", "float32", "T", "N"),
    _both("box2d", "float32", "T", "N", 4),
    _synthetic("silhouette2d", "float32", "T", "N", 4),
    _synthetic("visible_fraction", "float32", "T", "N"),
    _both("track_object", "int32", "P"),
    _synthetic("track_points", "float32", "P", 3),
    _both("track_px", "float32", "T", "P", 2),
    _both("track_visible", "bool", "T", "P"),
)
"""The arrays of `labels.npz`, in the order in which they are written."""

MEMBERS: tuple[Member, ...] = (
    Member("video.mp4", KINDS, KINDS),
    Member("labels.npz", KINDS, KINDS),
    Member("masks.npz", KINDS, _SYNTHETIC, LabelField("masks", "uint8", ("T", "H", "W"), KINDS, _SYNTHETIC)),
    Member("meta.json", KINDS, KINDS),
    Member("depth.npz", KINDS, (), LabelField("depth", "float16", ("T", "H", "W"), KINDS, ())),
    Member("normals.npz", KINDS, (), LabelField("normals", "int8", ("T", "H", "W", 3), KINDS, ())),
    Member("flow.npz", KINDS, (), LabelField("flow", "float16", ("T-1", "H", "W", 2), KINDS, ())),
)
"""The members of a clip, in the order in which they lie in a shard."""

META: dict[str, type | tuple[type, ...]] = {
    "format": str,
    "kind": str,
    "clip": int,
    "split": str,
    "seed": int,
    "attempt": int,
    "frames": int,
    "fps": (int, float),
    "width": int,
    "height": int,
    "center_source": str,
    "objects": list,
    "camera": str,
    "environment": str,
    "floor": str,
    "view": str,
    "engine": str,
    "samples": int,
    "blender": str,
    "spec": str,
    "qa": dict,
}
"""Keys of `meta.json` and the Python types of their values (a bool is not an int here)."""

OBJECT_META: dict[str, type | tuple[type, ...]] = {
    "asset_id": str,
    "name": str,
    "category": str,
    "source": str,
    "licence": str,
    "author": str,
    "sha256": str,
    "front_known": bool,
    "symmetric": bool,
    "object_from_asset": list,
    "family": str,
    "facing": str,
    "rotation_deg": float,
}
"""Keys of each entry of `meta["objects"]`; `object_from_asset` is four rows of four floats."""

QA_VALUE: tuple[type, ...] = (int, float)
"""Types of the values of `meta["qa"]`."""


def split_name(name: str) -> tuple[str, str]:
    """Key and member of a name in a shard: `00000003.video.mp4` gives `("00000003", "video.mp4")`.

    Raises FormatError for any name that does not match KEY_PATTERN.
    """
    match = KEY_PATTERN.fullmatch(name)
    if match is None:
        raise FormatError(
            f"the member name {name[:120]!r} is not of the form KEY.member, with a key of eight digits and "
            f"lower-case letters, digits, dots and underscores after it; no PoseTraj shard holds it"
        )
    return match["key"], match["member"]
