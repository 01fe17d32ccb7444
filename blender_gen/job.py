"""Turn a clip's spec into a render job: the matrices and settings that a worker needs, and nothing to decide."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from blender_gen.blender.windows import probe_grid
from blender_gen.rng import generator
from blender_gen.spec import ClipSpec
from dataset_tools.geometry import box_corners, project_world, transform

FILM_LIMIT = 4  # the enlarged film is at most this many frames wide and high
BORDER_PX = 2
FEWEST_FRAMES_FOR_A_PLATE = 3
FEWEST_CELLS_FOR_A_PLATE = 8  # of the probe, on its shorter side: on a smaller film there is little to save


@dataclass(frozen=True)
class Alone:
    """One object rendered alone in one frame, on a film with this many more pixels on each side."""

    object: int
    frame: int
    margin_x: int
    margin_y: int


def alone_renders(spec: ClipSpec) -> tuple[Alone, ...]:
    """List the frames in which an object may be cropped by the frame or hidden by another object.

    Judged by the projected boxes, which hold the objects, so nothing that hides or crops is missed. A box with a
    corner at or behind the near plane is left out: its labels are NaN there.
    """
    width, height = spec.render.width, spec.render.height
    poses = spec.world_from_object(spec.timestamps)
    corners = np.stack(
        [transform(poses[:, n, None], box_corners(item.box_size)) for n, item in enumerate(spec.objects)], axis=1
    )
    cameras = spec.world_from_camera(spec.timestamps)
    px, _ = project_world(corners, cameras[:, None, None], spec.intrinsics)
    low, high = px.min(axis=2), px.max(axis=2)  # (T,N,2), NaN where a corner is too near
    found = []
    for frame in range(px.shape[0]):
        for number in range(px.shape[1]):
            if np.isnan(low[frame, number]).any():
                continue
            beyond = np.maximum(-low[frame, number], high[frame, number] - (width, height))
            overlapped = any(
                other != number
                and not (low[frame, other] > high[frame, number]).any()
                and not (high[frame, other] < low[frame, number]).any()
                for other in range(px.shape[1])
            )
            if (beyond > 0).any() or overlapped:
                margin = [
                    int(min(np.ceil(max(amount, 0)) + BORDER_PX, (FILM_LIMIT - 1) * size // 2)) if amount > 0 else 0
                    for amount, size in zip(beyond, (width, height), strict=True)
                ]
                found.append(Alone(number, frame, *margin))
    return tuple(found)


def clean_plate(spec: ClipSpec, num_frames: int) -> bool:
    """Tell whether a clip is rendered as a clean plate and windows: its camera stands still, its film is not tiny."""
    grid = probe_grid(spec.render.width, spec.render.height)
    return (
        spec.render.clean_plate
        and not spec.camera.motion.moving
        and num_frames >= FEWEST_FRAMES_FOR_A_PLATE
        and min(grid.width, grid.height) >= FEWEST_CELLS_FOR_A_PLATE
    )


def render_job(
    spec: ClipSpec,
    assets: Mapping[str, Path],
    device: str = "AUTO",
    threads: int = 1,
    frames: Sequence[int] | None = None,
    scene_files: Mapping[str, Path] = MappingProxyType({}),
) -> dict[str, Any]:
    """Return the job of a clip as plain JSON values.

    Args:
        assets: content hash -> file on this machine.
        scene_files: name -> file on this machine, of the user's HDRIs and textures.
        device: "AUTO", "OPTIX", "CUDA", "HIP" or "CPU".
        threads: CPU threads for Cycles; they do not change the picture.
        frames: render only these; None for all.
    """
    times = spec.timestamps
    frames = list(range(spec.render.frames) if frames is None else frames)
    return {
        "width": spec.render.width,
        "height": spec.render.height,
        "samples": spec.render.samples,
        "denoise": spec.render.denoise,
        "persistent_data": True,
        "clean_plate": clean_plate(spec, len(frames)),
        "frames": frames,
        "render_seed": int(generator(spec.seed, "render", spec.clip, spec.attempt).integers(2**31)),
        "device": device,
        "threads": threads,
        "focal_px": float(spec.intrinsics[0, 0]),
        "world_from_camera": spec.world_from_camera(times).tolist(),
        "world_from_object": spec.world_from_object(times).tolist(),
        "objects": [
            {
                "path": os.path.abspath(assets[item.sha256]),
                "front_axis": item.front_axis,
                "object_from_asset": [list(row) for row in item.object_from_asset],
            }
            for item in spec.objects
        ],
        "scene": {
            **spec.scene.to_json(),
            "files": {
                name: os.path.abspath(scene_files[name])
                for name in (spec.scene.environment, spec.scene.floor)
                if name in scene_files
            },
        },
        "alone": [vars(alone) for alone in alone_renders(spec) if alone.frame in frames],
    }
