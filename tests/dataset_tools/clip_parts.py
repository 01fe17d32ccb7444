"""Clips taken apart into arrays, put together again, and packed into datasets whose hashes are right."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from dataset_tools import npz, video
from dataset_tools.clip import Clip
from dataset_tools.flow import flow_from_depth
from dataset_tools.geometry import box_corners, invert_rigid, mask_box, project, transform
from dataset_tools.manifest import read_manifest, write_manifest
from dataset_tools.reader import Dataset
from dataset_tools.shards import write_shard

PLANES = ("masks", "depth", "normals", "flow")


@dataclass(frozen=True)
class Parts:
    """A clip's contents. `members` holds the bytes of what is as it was read; the rest is packed anew."""

    key: str
    members: Mapping[str, bytes]
    meta: Mapping[str, Any]
    labels: Mapping[str, np.ndarray]
    planes: Mapping[str, np.ndarray]
    frames: np.ndarray | None = field(default=None)

    @cached_property
    def video(self) -> np.ndarray:
        return video.decode(self.members["video.mp4"]) if self.frames is None else self.frames

    def _but(self, *members: str, **changes: Any) -> "Parts":
        """The parts with changes, and without the old bytes of the members that they touch."""
        kept = {name: data for name, data in self.members.items() if name not in members}
        return replace(self, members=kept, **changes)

    @property
    def objects(self) -> int:
        return self.labels["world_from_object"].shape[1]

    def with_labels(self, **arrays: np.ndarray) -> "Parts":
        """Labels replaced, each cast to the dtype that it had."""
        cast = {name: np.asarray(array).astype(self.labels[name].dtype) for name, array in arrays.items()}
        return self._but("labels.npz", labels={**self.labels, **cast})

    def with_planes(self, **arrays: np.ndarray) -> "Parts":
        """Those of the planes replaced that the clip has."""
        kept = {name: array.astype(self.planes[name].dtype) for name, array in arrays.items() if name in self.planes}
        return self._but(*(f"{name}.npz" for name in kept), planes={**self.planes, **kept})

    def with_video(self, frames: np.ndarray) -> "Parts":
        return self._but("video.mp4", frames=np.ascontiguousarray(frames))

    def with_meta(self, **values: Any) -> "Parts":
        return self._but("meta.json", meta={**self.meta, **values})

    def pack(self) -> dict[str, bytes]:
        """The members' bytes."""
        anew = {
            "video.mp4": lambda: video.encode(self.frames, self.meta["fps"]),
            "labels.npz": lambda: npz.save(self.labels),
            "meta.json": lambda: json.dumps(self.meta).encode(),
            **{f"{name}.npz": lambda name=name: npz.save({name: self.planes[name]}) for name in self.planes},
        }
        return {name: self.members[name] if name in self.members else make() for name, make in anew.items()}

    def clip(self) -> Clip:
        return Clip.from_members(self.key, self.pack(), split=self.meta["split"])


Change = Callable[[Parts, Parts], Parts | None]
"""Makes another clip out of the first; the second is some other clip of the dataset. None where it cannot."""


def take_apart(clip: Clip, without: tuple[str, ...] = ()) -> Parts:
    """A clip's parts; `without` names planes to leave out."""
    members = {name: clip.read(name) for name in clip.members if name.removesuffix(".npz") not in without}
    planes = {name: getattr(clip, name) for name in PLANES if f"{name}.npz" in members}
    return Parts(clip.key, members, clip.meta, clip.labels, planes)


def relabelled(parts: Parts) -> Parts:
    """Every label that follows from poses, sizes and intrinsics made anew."""
    labels = parts.labels
    camera_from_object = invert_rigid(labels["world_from_camera"])[:, None] @ labels["world_from_object"]
    corners = box_corners(labels["box_size"])
    intrinsics = labels["intrinsics"][:, None, None]
    corners_px, corners_depth = project(transform(camera_from_object[:, :, None], corners), intrinsics)
    center_px, center_depth = project(camera_from_object[..., :3, 3], intrinsics[:, 0])
    tracks = transform(camera_from_object[:, labels["track_object"]], labels["track_points"])
    return parts.with_labels(
        box_corners_world=transform(labels["world_from_object"][:, :, None], corners),
        box_corners_px=corners_px,
        box_corners_depth=corners_depth,
        center_px=center_px,
        center_depth=center_depth,
        track_px=project(tracks, intrinsics[:, 0])[0],
    )


def reflowed(parts: Parts) -> Parts:
    """Flow made anew from the depth, masks and poses at hand."""
    if not {"flow", "depth"} <= set(parts.planes):
        return parts
    names = ("intrinsics", "world_from_camera", "world_from_object")
    depth = parts.planes["depth"].astype(np.float32)
    return parts.with_planes(
        flow=flow_from_depth(depth, parts.planes["masks"], *(parts.labels[name] for name in names))
    )


def reboxed(parts: Parts) -> Parts:
    """`box2d` made anew from the masks, and `silhouette2d` moved along with it."""
    masks = parts.planes["masks"]
    boxes = np.stack([[mask_box(mask == n + 1) for n in range(parts.objects)] for mask in masks])
    moved = np.nan_to_num(boxes - parts.labels["box2d"])
    return parts.with_labels(box2d=boxes, silhouette2d=parts.labels["silhouette2d"] + moved)


def changed_dataset(source: str | Path, target: Path, change: Change, without: tuple[str, ...] = ()) -> list[str]:
    """Write a copy of a dataset with every clip changed that can be, its index and hashes made anew.

    Returns the keys of the changed clips. `without` names planes to leave out of all clips.
    """
    dataset = Dataset(source)
    clips = [take_apart(clip, without) for clip in dataset]
    shards = [clip.shard for clip in dataset]
    changed = []
    for index, parts in enumerate(clips):
        other = change(parts, clips[(index + 1) % len(clips)])
        if other is not None:
            changed.append(parts.key)
            clips[index] = replace(other, key=parts.key)
    manifest = read_manifest(str(source))
    members = tuple(name for name in manifest.members if name.removesuffix(".npz") not in without)
    splits = {
        split: tuple(
            write_shard(
                target, split, int(record.name[-10:-4]),
                [(c.key, c.pack()) for c, shard in zip(clips, shards, strict=True) if shard == record.name], members,
            )
            for record in records
        )
        for split, records in manifest.splits.items()
    }  # fmt: skip
    for name in ("ledger.jsonl", "objects.jsonl"):
        (target / name).write_bytes((Path(source) / name).read_bytes())
    write_manifest(target, replace(manifest, members=members, splits=splits))
    return changed
