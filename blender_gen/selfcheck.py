"""The self-check: every clip is judged from its files as written, before it is packed."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from blender_gen.spec import ClipSpec
from blender_gen.tracks import ObjectMesh
from dataset_tools.checks import check_clip
from dataset_tools.geometry import transform
from dataset_tools.reader import Clip
from dataset_tools.video import psnr

MIN_PSNR_DB = 40.0
MAX_EXTENT_ERROR = 1e-4
MAX_FLOOR_GAP_M = 1e-3


@dataclass(frozen=True)
class Verdict:
    """The figures that go into ``meta.qa``, and the reasons for which the clip is rejected (none: it is good)."""

    figures: dict[str, float]
    reasons: tuple[str, ...]


def self_check(
    spec: ClipSpec,
    members: dict[str, bytes],
    frames: np.ndarray,
    meshes: Sequence[ObjectMesh],
    min_frames_seen: float = 0.8,
) -> Verdict:
    """Judge a clip by FORMAT.md's self-check.

    What can be told from the files is told by `dataset_tools.checks`, as `posetraj validate` does later; what only
    the generator knows is added here: the render before encoding, the meshes, the floor.

    Args:
        members: the encoded members by file name.
        frames: the 8-bit render (T,H,W,3).
    """
    clip = Clip.from_members(f"{spec.clip:08d}", members, split=spec.split)
    report = check_clip(clip)
    video_db = float(psnr(clip.video(), frames).min())
    extents = max(
        extent_error(mesh.vertices, np.array(item.box_size)) for mesh, item in zip(meshes, spec.objects, strict=True)
    )
    gap = max(
        floor_gap(mesh.vertices, poses, item.trajectory.family.on_floor)
        for mesh, poses, item in zip(
            meshes, np.moveaxis(spec.world_from_object(spec.timestamps), 1, 0), spec.objects, strict=True
        )
    )
    figures = {
        **report.figures,
        "video_psnr_db": min(video_db, 99.0),
        "extent_error": extents,
        "floor_gap_m": gap,
    }
    reasons = [fault.message for fault in report.faults]
    if video_db < MIN_PSNR_DB:
        reasons.append(f"the video is {video_db:.1f} dB from the render (bound {MIN_PSNR_DB:.0f} dB)")
    if extents > MAX_EXTENT_ERROR:
        reasons.append(f"the mesh differs from box_size by {extents:.2g} of its size (bound {MAX_EXTENT_ERROR:g})")
    if gap > MAX_FLOOR_GAP_M:
        reasons.append(f"an object is {gap:.2g} m off the floor or under it (bound {MAX_FLOOR_GAP_M:g} m)")
    frames_seen = report.figures.get("frames_seen", 1.0)  # absent where the masks themselves are at fault
    if frames_seen < min_frames_seen:
        reasons.append(
            f"an object shows 20 pixels in {frames_seen:.0%} of the frames only (bound {min_frames_seen:.0%})"
        )
    reasons += [f"the figure {name} is not a number" for name, value in figures.items() if not np.isfinite(value)]
    written = {name: float(f"{value:.6g}") for name, value in figures.items() if np.isfinite(value)}
    return Verdict(written, tuple(dict.fromkeys(reasons)))


def extent_error(vertices: np.ndarray, box_size: np.ndarray) -> float:
    """Return how far the mesh's bounds are from ``+- box_size / 2``, relative to the longest side."""
    bounds = np.stack([vertices.min(axis=0), vertices.max(axis=0)]).astype(np.float64)
    return float(np.abs(bounds - np.stack([-box_size / 2, box_size / 2])).max() / box_size.max())


def floor_gap(vertices: np.ndarray, world_from_object: np.ndarray, on_floor: bool) -> float:
    """Return how far the lowest vertex is from where it may be in the worst of the frames, in metres.

    On the floor that is z = 0; in the air, anywhere above it. Poses are (T,4,4).
    """
    lowest = np.array([transform(pose, vertices)[:, 2].min() for pose in world_from_object])
    return float(np.abs(lowest).max() if on_floor else np.maximum(-lowest, 0).max())
