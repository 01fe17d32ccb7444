"""A small studio for tests: objects with a closed form as GLB files, clips of them, rendered by a real worker."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import trimesh
from PIL import Image
from trimesh.visual.material import PBRMaterial

from blender_gen.blender_command import blender_command
from blender_gen.cameras import CameraSpec
from blender_gen.cameras.orbit import Orbit
from blender_gen.cameras.still import Still
from blender_gen.config import RenderConfig
from blender_gen.finish import FinishedClip, Rendered, finish_clip, read_render
from blender_gen.job import render_job
from blender_gen.rng import generator
from blender_gen.scenes import draw_scene
from blender_gen.spec import ClipSpec, ObjectSpec
from blender_gen.trajectories import TrajectorySpec
from blender_gen.trajectories.circle_arc import CircleArc
from blender_gen.trajectories.facing import Tangent
from blender_gen.trajectories.profiles import Constant
from blender_gen.worker_process import WorkerProcess
from dataset_tools.reader import Clip

MEMBERS = ("video.mp4", "labels.npz", "meta.json", "masks.npz", "depth.npz", "normals.npz", "flow.npz")
GLTF_FROM_OBJECT = np.array([[0.0, 1, 0, 0], [0, 0, 1, 0], [1, 0, 0, 0], [0, 0, 0, 1]])  # y up, front along +z
OBJECT_FROM_GLTF = np.linalg.inv(GLTF_FROM_OBJECT)


@dataclass(frozen=True)
class Asset:
    """A GLB file and the object that it becomes: extents (3,) in metres, longest 1."""

    path: Path
    size: tuple[float, float, float]


def write_asset(folder: Path, name: str, mesh: trimesh.Trimesh, material: PBRMaterial, uv: np.ndarray | None) -> Asset:
    """Write a mesh given in the object frame (x forward, z up, longest side 1 m) as a GLB."""
    size = tuple(float(extent) for extent in mesh.extents)
    mesh = mesh.copy()
    mesh.apply_transform(GLTF_FROM_OBJECT)
    mesh.visual = trimesh.visual.TextureVisuals(uv=uv, material=material)
    path = folder / f"{name}.glb"
    path.write_bytes(trimesh.Scene(mesh).export(file_type="glb"))
    return Asset(path, size)


def box(folder: Path, name: str, size: tuple[float, float, float], material: PBRMaterial | None = None) -> Asset:
    """Write a box with sharp edges."""
    mesh = trimesh.creation.box(size)
    mesh.unmerge_vertices()
    return write_asset(folder, name, mesh, material or PBRMaterial(baseColorFactor=[180, 90, 60, 255]), None)


def ellipsoid(folder: Path, name: str, size: tuple[float, float, float], material: PBRMaterial | None = None) -> Asset:
    """Write a finely tessellated ellipsoid with smooth, exact normals."""
    sphere = trimesh.creation.uv_sphere(radius=0.5, count=[256, 256])
    sphere.apply_scale(size)
    return write_asset(folder, name, sphere, material or PBRMaterial(baseColorFactor=[60, 120, 180, 255]), None)


def leaf_card(folder: Path, name: str, alpha: np.ndarray) -> Asset:
    """Write an upright card in the plane x = 0, 1 m wide and high, 2 mm thick, whose texture's alpha cuts holes.

    Args:
        alpha: (H,W) u8; row 0 is the card's top, column 0 its left side as seen from its front.
    """
    mesh = trimesh.creation.box((0.002, 1.0, 1.0))
    mesh.unmerge_vertices()
    uv = np.stack([0.5 - mesh.vertices[:, 1], 0.5 + mesh.vertices[:, 2]], axis=1)
    rgba = np.dstack([np.full((*alpha.shape, 3), (60, 150, 60), np.uint8), alpha])
    material = PBRMaterial(baseColorTexture=Image.fromarray(rgba), alphaMode="MASK", alphaCutoff=0.5, doubleSided=True)
    return write_asset(folder, name, mesh, material, uv)


def content_hash(asset: Asset) -> str:
    """Return the SHA-256 of the asset's file."""
    return hashlib.sha256(asset.path.read_bytes()).hexdigest()


def object_spec(
    asset: Asset,
    radius_m: float = 0.8,
    sweep_rad: float = 1.5,
    heading_rad: float = 0.3,
    origin_xy: tuple[float, float] = (0.0, 0.0),
) -> ObjectSpec:
    """Return an object that drives along an arc on the floor."""
    return ObjectSpec(
        asset_id=asset.path.stem,
        name=asset.path.stem,
        category="solid",
        source="test",
        licence="CC0-1.0",
        author="tests",
        file=asset.path.name,
        sha256=content_hash(asset),
        front_axis="-Y",
        front_known=True,
        symmetric=False,
        object_from_asset=tuple(tuple(row) for row in OBJECT_FROM_GLTF.tolist()),
        box_size=asset.size,
        trajectory=TrajectorySpec(
            family=CircleArc(radius_m=radius_m, sweep_rad=sweep_rad),
            origin_xy=origin_xy,
            heading_rad=heading_rad,
            reverse=False,
            speed=Constant(),
            facing=Tangent(),
            height_m=asset.size[2] / 2,
        ),
    )


def clip(
    objects: Sequence[ObjectSpec],
    render: RenderConfig,
    orbit: bool = False,
    distance_m: float = 4.0,
    elevation_rad: float = 0.45,
    azimuth_rad: float = 0.2,
) -> ClipSpec:
    """Return a clip of these objects under a studio light on a checker floor."""
    motion = Orbit(azimuth_rad, elevation_rad, 0.6, 0.2) if orbit else Still(azimuth_rad, elevation_rad)
    return ClipSpec(
        seed=1,
        clip=0,
        attempt=0,
        split="train",
        render=render,
        track_points=512,
        objects=tuple(objects),
        camera=CameraSpec(motion, focal_widths=1.1, target=(0.0, 0.3, 0.3), distance_m=distance_m),
        scene=draw_scene(generator(1, "scene"), "studio", "checker"),
    )


class Studio:
    """A serving worker; renders and finishes clips in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._worker = WorkerProcess(blender_command(None), folder / "log")
        self._count = 0

    def render(self, spec: ClipSpec, assets: Sequence[Asset]) -> Rendered:
        """Render a clip and return what the worker wrote."""
        self._count += 1
        out = self.folder / f"render{self._count}"
        out.mkdir()
        job = render_job(spec, {content_hash(asset): asset.path for asset in assets}, "CPU", threads=1)
        (out / "job.json").write_text(json.dumps(job))
        answer = self._worker.request({"job": str(out / "job.json"), "out": str(out)}, 600)
        assert answer["ok"], answer
        return read_render(spec, out)

    def finish(self, spec: ClipSpec, rendered: Rendered) -> tuple[FinishedClip, Clip]:
        """Finish a clip and read it back."""
        finished = finish_clip(spec, rendered, MEMBERS, {"blender": "test"})
        return finished, Clip.from_members(f"{spec.clip:08d}", finished.members, split=spec.split)

    def close(self) -> None:
        """Stop the worker."""
        self._worker.close()
