"""Clips made for counting: objects that stand where and as a test says, before a camera that is level with them."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from dataset_tools import npz
from dataset_tools.clip import Clip
from dataset_tools.manifest import Manifest, write_manifest
from dataset_tools.shards import write_shard

MEMBERS = ("video.mp4", "labels.npz", "meta.json")
FPS, WIDTH, HEIGHT = 8, 120, 80


def turned(yaw_deg: Any) -> np.ndarray:
    """Rotations (...,3,3) about z."""
    yaw = np.radians(np.asarray(yaw_deg, np.float64))
    zero, one = np.zeros_like(yaw), np.ones_like(yaw)
    rows = [[np.cos(yaw), -np.sin(yaw), zero], [np.sin(yaw), np.cos(yaw), zero], [zero, zero, one]]
    return np.moveaxis(np.array(rows), (0, 1), (-2, -1))


def poses(yaw_deg: Any, position: Any = (0.0, 0.0, 0.0)) -> np.ndarray:
    """Rigid motions (...,4,4): turned about z, then moved."""
    rotation = turned(yaw_deg)
    pose = np.zeros((*rotation.shape[:-2], 4, 4))
    pose[..., :3, :3], pose[..., :3, 3], pose[..., 3, 3] = rotation, position, 1.0
    return pose


def labels_of(
    world_from_object: np.ndarray, centre_px: Any = (60.0, 40.0), **others: np.ndarray
) -> dict[str, np.ndarray]:
    """Labels of objects (T,N,4,4) for a camera at y = -5 that looks along +y, all centres at `centre_px`."""
    frames, count = world_from_object.shape[:2]
    looking = np.array([[1, 0, 0, 0], [0, 0, 1, -5], [0, -1, 0, 0], [0, 0, 0, 1]], np.float64)
    return {
        "world_from_camera": np.tile(looking, (frames, 1, 1)),
        "world_from_object": world_from_object,
        "box_size": np.tile([2.0, 1.0, 1.0], (count, 1)),
        "center_px": np.broadcast_to(np.asarray(centre_px, np.float32), (frames, count, 2)),
        **others,
    }


def meta_of(objects: Sequence[Mapping[str, Any]], **others: Any) -> dict[str, Any]:
    """Meta data with as many objects; each is an asset of its own unless it says otherwise."""
    facts = [
        {"asset_id": f"asset {n}", "category": "thing", "family": "line", **item} for n, item in enumerate(objects)
    ]
    film = {"fps": FPS, "width": WIDTH, "height": HEIGHT}
    return {"kind": "synthetic", "split": "train", **film, "camera": "still", "objects": facts, **others}


def members_of(labels: Mapping[str, np.ndarray], meta: Mapping[str, Any]) -> dict[str, bytes]:
    return {"video.mp4": b"film", "labels.npz": npz.save(labels), "meta.json": json.dumps(meta).encode()}


def clip_of(labels: Mapping[str, np.ndarray], meta: Mapping[str, Any] | None = None, number: int = 0) -> Clip:
    """A clip in memory; without `meta`, of objects of which nothing special is told."""
    meta = meta or meta_of([{}] * labels["center_px"].shape[1])
    return Clip.from_members(f"{number:08d}", members_of(labels, meta), split="train")


def dataset_of(folder: Path, clips: Sequence[Mapping[str, bytes]], config: Mapping[str, Any] | None = None) -> str:
    """Write a finished dataset of one training shard; returns where."""
    keyed = [(f"{number:08d}", members) for number, members in enumerate(clips)]
    record = write_shard(folder, "train", 0, keyed, MEMBERS)
    manifest = Manifest(
        "synthetic", {}, config or {}, 0, len(clips), 2, FPS, WIDTH, HEIGHT, MEMBERS, {"train": (record,)}
    )  # fmt: skip
    write_manifest(folder, manifest)
    return str(folder)
