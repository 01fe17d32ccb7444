"""From a worker's EXR files to a finished clip: frames, labels, the encoded members and the self-check's verdict."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from blender_gen.composite import read_frames
from blender_gen.exr import read_labels
from blender_gen.job import alone_renders
from blender_gen.labels import Silhouette, clip_geometry, clip_labels, encode_normals
from blender_gen.rng import generator
from blender_gen.selfcheck import MIN_PSNR_DB, Verdict, self_check
from blender_gen.spec import ClipSpec
from blender_gen.tone import VIEW, to_8_bit
from blender_gen.tracks import ObjectMesh, sample_points
from dataset_tools import npz, video
from dataset_tools.flow import flow_from_depth
from dataset_tools.schema import FORMAT

CRF_STEPS = (16, 12, 8, 4, 1)


@dataclass(frozen=True)
class FinishedClip:
    """The members of a clip as they will be packed, by file name, and the self-check's verdict on them."""

    members: dict[str, bytes]
    verdict: Verdict


@dataclass(frozen=True)
class Rendered:
    """A worker's output: 8-bit frames (T,H,W,3), masks (T,H,W), depth (T,H,W) f32, normals (T,H,W,3) int8,
    silhouettes by (object, frame), meshes by object."""

    frames: np.ndarray
    masks: np.ndarray
    depth: np.ndarray
    normals: np.ndarray
    silhouettes: dict[tuple[int, int], Silhouette]
    meshes: tuple[ObjectMesh, ...]


def read_render(spec: ClipSpec, folder: Path) -> Rendered:
    """Read what a worker wrote for `spec`."""
    count = range(spec.render.frames)
    passes = [read_labels(folder / f"labels_{t:04d}.exr") for t in count]
    depth = np.stack([item.depth for item in passes])
    silhouettes = {}
    for alone in alone_renders(spec):
        seen = read_labels(folder / f"alone_{alone.object}_{alone.frame:04d}.exr")
        silhouettes[alone.object, alone.frame] = Silhouette(
            seen.index == alone.object + 1, alone.margin_x, alone.margin_y
        )
    return Rendered(
        frames=to_8_bit(read_frames(folder, spec.render.frames)),
        masks=np.stack([item.index for item in passes]),
        depth=depth,
        normals=encode_normals(
            np.stack([item.normals for item in passes]), spec.world_from_camera(spec.timestamps), depth
        ),
        silhouettes=silhouettes,
        meshes=tuple(_read_mesh(folder / f"mesh_{n}.npz") for n in range(len(spec.objects))),
    )


def finish_clip(
    spec: ClipSpec,
    rendered: Rendered,
    member_files: tuple[str, ...],
    about: dict[str, Any],
    min_frames_seen: float = 0.8,
) -> FinishedClip:
    """Compute the labels, encode the members and check them as written.

    Args:
        member_files: the members that every clip of the dataset has.
        about: what rendered it: ``{"blender": version}``.
        min_frames_seen: share of the frames in which each object must show at least 20 pixels.
    """
    geometry = clip_geometry(spec)
    rng = generator(spec.seed, "tracks", spec.clip, spec.attempt)
    share, rest = divmod(spec.track_points, len(spec.objects))
    tracks = [sample_points(rng, mesh, share + (n < rest)) for n, mesh in enumerate(rendered.meshes)]
    labels = clip_labels(geometry, rendered.meshes, tracks, rendered.masks, rendered.depth, rendered.silhouettes)
    members = {
        "video.mp4": _encode_video(rendered.frames, spec.render.fps),
        "labels.npz": npz.save(labels),
        "masks.npz": npz.save({"masks": rendered.masks}),
        "meta.json": _encode_meta(clip_meta(spec, about, {})),
    }
    if "depth.npz" in member_files:
        members["depth.npz"] = npz.save({"depth": rendered.depth.astype(np.float16)})
    if "normals.npz" in member_files:
        members["normals.npz"] = npz.save({"normals": rendered.normals})
    if "flow.npz" in member_files:
        flow = flow_from_depth(
            rendered.depth,
            rendered.masks,
            labels["intrinsics"],
            geometry.world_from_camera,
            geometry.world_from_object,
        )
        members["flow.npz"] = npz.save({"flow": flow.astype(np.float16)})
    verdict = self_check(spec, members, rendered.frames, rendered.meshes, min_frames_seen)
    members["meta.json"] = _encode_meta(clip_meta(spec, about, verdict.figures))
    return FinishedClip({name: members[name] for name in member_files}, verdict)


def clip_meta(spec: ClipSpec, about: dict[str, Any], qa: dict[str, float]) -> dict[str, Any]:
    """Return the values of meta.json (FORMAT.md)."""
    return {
        "format": FORMAT,
        "kind": "synthetic",
        "clip": spec.clip,
        "split": spec.split,
        "seed": spec.seed,
        "attempt": spec.attempt,
        "frames": spec.render.frames,
        "fps": spec.render.fps,
        "width": spec.render.width,
        "height": spec.render.height,
        "center_source": "box",
        "objects": [
            {
                "asset_id": item.asset_id,
                "name": item.name,
                "category": item.category,
                "source": item.source,
                "licence": item.licence,
                "author": item.author,
                "sha256": item.sha256,
                "front_known": item.front_known,
                "symmetric": item.symmetric,
                "object_from_asset": [list(row) for row in item.object_from_asset],
                "family": item.trajectory.family.name,
                "facing": item.trajectory.facing.name,
                "rotation_deg": item.trajectory.build(spec.duration_s).rotation_deg,
            }
            for item in spec.objects
        ],
        "camera": spec.camera.motion.name,
        "environment": spec.scene.environment,
        "floor": spec.scene.floor,
        "view": VIEW,
        "engine": "CYCLES",
        "samples": spec.render.samples,
        "blender": about["blender"],
        "spec": spec.to_json(),
        "qa": qa,
    }


def _encode_meta(meta: dict[str, Any]) -> bytes:
    return json.dumps(meta, ensure_ascii=False, allow_nan=False).encode()


def _encode_video(frames: np.ndarray, fps: int) -> bytes:
    """Encode at the coarsest quality whose every frame is still within `MIN_PSNR_DB` of the render."""
    for crf in CRF_STEPS:
        data = video.encode(frames, fps, crf=crf)
        if video.psnr(video.decode(data), frames).min() >= MIN_PSNR_DB + 0.05:
            break
    return data


def _read_mesh(path: Path) -> ObjectMesh:
    with np.load(path, allow_pickle=False) as arrays:
        return ObjectMesh(**{name: arrays[name] for name in ("vertices", "triangles", "opaque", "double_sided")})
