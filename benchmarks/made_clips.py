"""Clips for the benchmarks without a renderer: soft textures that a camera pans over and round things that cross.

Their bytes are like those of rendered clips; labels have the shapes of the format and numbers that mean nothing.
"""

import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from dataset_tools import npz, video
from dataset_tools.manifest import Manifest, write_manifest
from dataset_tools.schema import LABELS
from dataset_tools.shards import write_shard

WIDTH, HEIGHT, FRAMES, FPS = 576, 320, 32, 8
OBJECTS, TRACKS = 2, 512
MEMBERS = ("video.mp4", "labels.npz", "meta.json")
OCTAVES = ((6, 40.0), (24, 18.0), (96, 7.0), (288, 2.0))  # cells across a texture, and how strong
COLOURED = 0.3  # against the grey that the channels share
PAN_PX = 1.5


def write_made(folder: Path, clips: int, per_shard: int) -> None:
    """Write a dataset of the train split alone into `folder`; the same bytes each time."""
    made = ((f"{clip:08d}", _clip(clip)) for clip in range(clips))
    shards = tuple(
        write_shard(folder, "train", shard, (next(made) for _ in range(first, min(first + per_shard, clips))), MEMBERS)
        for shard, first in enumerate(range(0, clips, per_shard))
    )
    write_manifest(
        folder,
        Manifest("synthetic", {}, {}, 0, clips, FRAMES, FPS, WIDTH, HEIGHT, MEMBERS, {"train": shards}),
    )


def _clip(clip: int) -> dict[str, bytes]:
    rng = np.random.default_rng((0, clip))
    thing = {"asset_id": "disc", "category": "disc", "family": "line", "rotation_deg": 90.0}
    meta = {"format": "posetraj/1", "kind": "synthetic", "clip": clip, "split": "train", "camera": "pan"}
    meta |= {"frames": FRAMES, "fps": FPS, "width": WIDTH, "height": HEIGHT, "objects": [thing] * OBJECTS}
    return {
        "video.mp4": video.encode(_frames(rng), FPS),
        "labels.npz": npz.save(_labels(rng)),
        "meta.json": json.dumps(meta).encode(),
    }


def _frames(rng: np.random.Generator) -> NDArray[np.uint8]:
    """(T,H,W,3)."""
    ground = _texture(rng, WIDTH + int(FRAMES * PAN_PX) + 1, HEIGHT)
    frames = np.stack([ground[:, int(t * PAN_PX) :][:, :WIDTH] for t in range(FRAMES)])
    for _ in range(OBJECTS):
        size = int(rng.integers(70, 130))
        skin = _texture(rng, 2 * size, size)
        y, x = np.mgrid[:size, :size] - size / 2
        inside = (x**2 + y**2 < (size / 2 - 1) ** 2)[..., None]
        places = np.linspace(*rng.uniform((0, 0), (WIDTH - size, HEIGHT - size), (2, 2)), FRAMES).astype(int)
        for frame, (left, top), turn in zip(frames, places, range(0, 2 * FRAMES, 2), strict=True):
            part = frame[top : top + size, left : left + size]
            part[...] = np.where(inside, skin[:, turn : turn + size], part)
    return frames


def _texture(rng: np.random.Generator, width: int, height: int) -> NDArray[np.uint8]:
    """(H,W,3): noise of several sizes, each smooth."""
    total = np.full((height, width, 3), 128.0)
    for cells, strength in OCTAVES:
        grey, *colours = rng.standard_normal((4, max(2, cells * height // width), cells)).astype(np.float32)
        for channel, colour in enumerate(colours):
            coarse = Image.fromarray(grey + COLOURED * colour)
            total[..., channel] += strength * np.asarray(coarse.resize((width, height), Image.Resampling.BICUBIC))
    return total.clip(0, 255).astype(np.uint8)


def _labels(rng: np.random.Generator) -> dict[str, NDArray]:
    """Every array of the format, with walks along time where it has one, so that they pack as real ones do."""
    lengths = {"T": FRAMES, "T-1": FRAMES - 1, "N": OBJECTS, "P": TRACKS}
    labels = {}
    for label in LABELS:
        shape = tuple(lengths.get(axis, axis) for axis in label.shape)
        steps = rng.standard_normal(shape)
        values = 200 + np.cumsum(steps, axis=0) if label.shape[0] == "T" else steps
        labels[label.name] = (values > 200 if label.dtype == "bool" else values).astype(label.dtype)
    return labels
