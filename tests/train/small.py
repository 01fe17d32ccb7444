"""The golden dataset in small, so that real networks train on it in no time."""

import dataclasses
import json
from pathlib import Path

from dataset_tools import npz, video
from dataset_tools.manifest import read_manifest, write_manifest
from dataset_tools.reader import Dataset
from dataset_tools.shards import write_shard
from train.example import read_example
from train.resample import Film, resized

MEMBERS = ("video.mp4", "labels.npz", "meta.json")
SMALL = Film(64, 32, 8.0)


def write_small(
    golden: Path, folder: Path, kind: str = "synthetic", film: Film = SMALL, frames: int | None = None
) -> Path:
    """Write the clips of the golden dataset at another size, or their first frames; real ones have neither boxes nor
    depth."""
    folder.mkdir()
    shards: dict[str, list] = {}
    for split in ("train", "val", "test"):
        clips = [_members(clip, kind, film, frames) for clip in Dataset(golden).split(split)]
        parts = [clips[:2], clips[2:]] if len(clips) > 2 else [clips]
        shards[split] = [write_shard(folder, split, number, part, MEMBERS) for number, part in enumerate(parts)]
    records = {split: tuple(made) for split, made in shards.items()}
    manifest = read_manifest(golden)
    changes = {"width": film.width, "height": film.height, "fps": film.fps, "kind": kind}
    changes["frames"] = frames or manifest.frames
    write_manifest(folder, dataclasses.replace(manifest, members=MEMBERS, splits=records, **changes))
    return folder


def _members(clip, kind: str, film: Film, frames: int | None) -> tuple[str, dict[str, bytes]]:
    frames = frames or len(clip.labels["center_px"])
    example = resized(read_example(clip, 0, frames, clip.labels["center_px"].shape[1]), film)
    labels = {"center_px": example.centres_px, "intrinsics": example.intrinsics}
    if kind == "synthetic":
        labels |= {"box_corners_px": example.corners_px, "center_depth": example.depth}
        labels |= {name: clip.labels[name][:frames] for name in ("world_from_camera", "world_from_object")}
        labels |= {"box_size": clip.labels["box_size"]}
    meta = clip.meta | {"width": film.width, "height": film.height, "fps": film.fps, "kind": kind, "frames": frames}
    contents = {"labels.npz": npz.save(labels), "meta.json": json.dumps(meta).encode()}
    return clip.key, contents | {"video.mp4": video.encode(example.video, film.fps)}
