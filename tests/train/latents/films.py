"""Films of a box that slides over noise, a few pixels large, and their cache."""

import json
from pathlib import Path

import numpy as np
import torch

from dataset_tools import npz, video
from dataset_tools.manifest import Manifest, write_manifest
from dataset_tools.reader import Dataset
from dataset_tools.shards import write_shard
from model.pipeline import TrajectoryVideoPipeline
from train.latents.encode import Encoder
from train.latents.fingerprint import Preprocessing, fingerprint
from train.latents.write import Made, write_cache

HEIGHT, WIDTH, FRAMES, PER_SHARD = 48, 64, 5, 2
PREPROCESSING = Preprocessing(WIDTH, HEIGHT, most_objects=2)


def labels(number: int, boxes: bool = True) -> dict[str, np.ndarray]:
    """One object that slides to the right; its box is a square seen from the front."""
    centre = np.array([12.0, 20.0 + number % 8]) + np.arange(FRAMES)[:, None] * np.array([6.0, 1.0])
    signs = np.array([[1 if k & 2 else -1, 1 if k & 1 else -1] for k in range(8)])
    back = np.array([[0 if k & 4 else 4.0, 0 if k & 4 else -3.0] for k in range(8)])
    found = {
        "timestamps": np.arange(FRAMES) / 8.0,
        "intrinsics": np.tile(np.array([[60.0, 0, WIDTH / 2], [0, 60, HEIGHT / 2], [0, 0, 1]]), (FRAMES, 1, 1)),
        "world_from_camera": np.tile(np.eye(4), (FRAMES, 1, 1)),
        "center_px": centre[:, None].astype(np.float32),
        "center_depth": np.full((FRAMES, 1), 3.0, np.float32),
    }
    if boxes:
        found["box_corners_px"] = (centre[:, None] + signs * 9.0 + back)[:, None].astype(np.float32)
    return found


def film_members(number: int, **options) -> dict[str, bytes]:
    """A film's members, of its number alone."""
    picture = np.random.default_rng(number).integers(0, 256, (HEIGHT // 8, WIDTH // 8, 3), np.uint8)
    picture = picture.repeat(8, axis=0).repeat(8, axis=1)
    frames = np.stack([np.roll(picture, frame, axis=1) for frame in range(FRAMES)])
    objects = [{"asset_id": "box", "category": "box", "family": "line"}]
    meta = {"kind": "synthetic", "fps": 8, "width": WIDTH, "height": HEIGHT, "camera": "still", "objects": objects}
    return {
        "video.mp4": video.encode(frames, 8),
        "labels.npz": npz.save(labels(number, **options)),
        "meta.json": json.dumps(meta).encode(),
    }


def write_films(folder: Path, clips: int = 5, kind: str = "synthetic") -> Dataset:
    """A dataset of that many films, two to a shard; more films leave full shards as they are."""
    members = ("video.mp4", "labels.npz", "meta.json")
    records = []
    for shard, first in enumerate(range(0, clips, PER_SHARD)):
        numbers = range(first, min(first + PER_SHARD, clips))
        films = ((f"{n:08d}", film_members(n, boxes=kind == "synthetic")) for n in numbers)
        records.append(write_shard(folder, "train", shard, films, members))
    manifest = Manifest(
        kind, {}, {}, 0, clips, FRAMES, 8, WIDTH, HEIGHT, members, {"train": tuple(records), "val": (), "test": ()}
    )
    write_manifest(folder, manifest)
    return Dataset(folder)


def encoder(pipeline: TrajectoryVideoPipeline, preprocessing: Preprocessing = PREPROCESSING, batch: int = 3) -> Encoder:
    return Encoder(pipeline, preprocessing, torch.device("cpu"), batch)


def make_cache(
    dataset: Dataset,
    pipeline: TrajectoryVideoPipeline,
    preprocessing: Preprocessing = PREPROCESSING,
    caches: str | None = None,
    workers: int = 0,
) -> Made:
    with_batch = encoder(pipeline, preprocessing)
    return write_cache(dataset, fingerprint(pipeline), preprocessing, with_batch, caches, workers)
