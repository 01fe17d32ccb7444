"""What a pixel shows: the first surface along the ray through its centre whose alpha is over 1/100."""

import json
import struct
from pathlib import Path

import numpy as np
import pytest
import trimesh
from PIL import Image
from scipy.ndimage import binary_dilation, binary_erosion
from trimesh.visual.material import PBRMaterial

from blender_gen.config import RenderConfig
from tests.blender_gen.blender import studio
from tests.blender_gen.blender.closed_form import arc_pose, cast, pixel_rays

pytestmark = pytest.mark.blender

RENDER = RenderConfig(width=160, height=96, frames=2, fps=8, samples=8)
FOCAL = 1.1 * RENDER.width
SIZE = (0.8, 1.0, 0.7)


@pytest.fixture(scope="module")
def worker(tmp_path_factory):
    worker = studio.Studio(tmp_path_factory.mktemp("materials"))
    yield worker
    worker.close()


def render_box(worker, name: str, material: PBRMaterial, extensions: dict | None = None):
    asset = studio.box(worker.folder, name, SIZE, material)
    if extensions:
        add_material_extensions(asset.path, extensions)
    spec = studio.clip([studio.object_spec(asset)], RENDER, azimuth_rad=0.5)
    return spec, worker.render(spec, [asset])


def truth(spec, frame: int):
    pose = arc_pose(frame / 8, 1 / 8, 0.8, 1.5, 0.3, (0.0, 0.0), SIZE[2] / 2)
    camera = spec.world_from_camera(spec.timestamps)[frame]
    return cast(camera, pixel_rays(RENDER.width, RENDER.height, FOCAL), [("box", np.array(SIZE), pose)])


def assert_counts_as_solid(spec, rendered):
    for frame in range(RENDER.frames):
        right = truth(spec, frame)
        assert ((rendered.masks[frame] == 1) != (right.which == 1)).sum() <= 3
        inside = binary_erosion(right.which == 1, np.ones((3, 3)))
        assert np.abs(rendered.depth[frame][inside] / right.depth[inside] - 1).max() <= 1e-3


@pytest.mark.parametrize("alpha", [77, 5])
def test_a_surface_of_alpha_over_a_hundredth_counts_and_is_never_dithered(worker, alpha):
    material = PBRMaterial(baseColorFactor=[200, 40, 40, alpha], alphaMode="BLEND")
    assert_counts_as_solid(*render_box(worker, f"alpha{alpha}", material))


def test_a_surface_of_alpha_under_a_hundredth_does_not_count(worker):
    material = PBRMaterial(baseColorFactor=[200, 40, 40, 1], alphaMode="BLEND")
    spec, rendered = render_box(worker, "ghost", material)
    assert (rendered.masks == 0).all()
    camera = spec.world_from_camera(spec.timestamps)[0]
    floor = cast(camera, pixel_rays(RENDER.width, RENDER.height, FOCAL), [])
    near = floor.depth < 30
    assert np.abs(rendered.depth[0][near] / floor.depth[near] - 1).max() <= 1e-3


def test_normals_are_the_meshs_whatever_relief_is_painted_on_it(worker):
    tilted = Image.new("RGB", (8, 8), (218, 128, 218))  # 45 degrees towards the texture's u
    mesh = trimesh.creation.box(SIZE)
    mesh.unmerge_vertices()
    uv = mesh.vertices[:, :2] + mesh.vertices[:, 1:] + 0.5
    material = PBRMaterial(baseColorFactor=[180, 180, 180, 255], normalTexture=tilted)
    asset = studio.write_asset(worker.folder, "relief", mesh, material, uv)
    spec = studio.clip([studio.object_spec(asset)], RENDER, azimuth_rad=0.5)
    rendered = worker.render(spec, [asset])
    right = truth(spec, 0)
    inside = binary_erosion(right.which == 1, np.ones((3, 3)))
    in_camera = right.normal[inside] @ spec.world_from_camera(spec.timestamps)[0, :3, :3]
    cosine = np.einsum("pi,pi->p", rendered.normals[0][inside] / 127.0, in_camera)
    assert (cosine > 0.99).mean() > 0.97  # of unit length to a rounding of int8


def test_glass_counts_as_its_own_surface(worker):
    extensions = {"KHR_materials_transmission": {"transmissionFactor": 1.0}}
    material = PBRMaterial(baseColorFactor=[255, 255, 255, 255], roughnessFactor=0.0, metallicFactor=0.0)
    assert_counts_as_solid(*render_box(worker, "glass", material, extensions))


def test_an_alpha_masked_leaf_card_shows_where_its_texture_says(worker):
    alpha = np.zeros((64, 64), np.uint8)
    alpha[8:56, 8:56] = 255
    alpha[20:44, 24:40] = 0  # a hole in the middle
    asset = studio.leaf_card(worker.folder, "leaf", alpha)
    spec = studio.clip([studio.object_spec(asset)], RENDER, azimuth_rad=0.5, distance_m=3.0)
    rendered = worker.render(spec, [asset])
    for frame in range(RENDER.frames):
        pose = spec.world_from_object(spec.timestamps)[frame, 0]
        camera = spec.world_from_camera(spec.timestamps)[frame]
        rays = pixel_rays(RENDER.width, RENDER.height, FOCAL) @ camera[:3, :3].T @ pose[:3, :3]
        origin = (camera[:3, 3] - pose[:3, 3]) @ pose[:3, :3]
        plane = origin + (-origin[0] / rays[..., 0])[..., None] * rays
        column = np.floor((0.5 - plane[..., 1]) * 64).astype(int)
        row = np.floor((0.5 - plane[..., 2]) * 64).astype(int)
        on_card = (column >= 0) & (column < 64) & (row >= 0) & (row < 64)
        right = on_card & (alpha[row.clip(0, 63), column.clip(0, 63)] > 0)
        found = rendered.masks[frame] == 1
        assert 300 < right.sum()
        assert not (found & ~binary_dilation(right, np.ones((3, 3)))).any()
        assert not (right & ~binary_dilation(found, np.ones((3, 3)))).any()
        hole = binary_erosion(on_card & ~right, np.ones((5, 5)))
        assert hole.sum() > 20
        assert (rendered.depth[frame][hole] > 1.05 * np.median(rendered.depth[frame][found])).mean() > 0.9


def test_tracks_on_a_leaf_card_lie_on_its_mask(worker):
    alpha = np.zeros((64, 64), np.uint8)
    alpha[8:56, 8:56] = 255
    asset = studio.leaf_card(worker.folder, "leaf-tracks", alpha)
    spec = studio.clip([studio.object_spec(asset)], RENDER, azimuth_rad=0.5, distance_m=3.0)
    finished, clip = worker.finish(spec, worker.render(spec, [asset]))
    assert finished.verdict.figures["tracks_on_mask"] >= 0.98
    assert clip.labels["track_visible"].sum() > 100


def add_material_extensions(path: Path, extensions: dict) -> None:
    """Give every material of a GLB file these extensions."""
    data = path.read_bytes()
    (length,) = struct.unpack("<I", data[12:16])
    content, rest = json.loads(data[20 : 20 + length]), data[20 + length :]
    for material in content["materials"]:
        material["extensions"] = extensions
    content["extensionsUsed"] = sorted(extensions)
    text = json.dumps(content).encode()
    text += b" " * (-len(text) % 4)
    header = struct.pack("<4sII", b"glTF", 2, 20 + len(text) + len(rest))
    path.write_bytes(header + struct.pack("<I4s", len(text), b"JSON") + text + rest)
