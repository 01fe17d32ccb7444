"""COLMAP, shown nothing but the frames and what moves in them, finds the cameras that the labels state.

What is compared does not depend on the world that COLMAP chose: turns from camera to camera, and directions and
lengths' ratios of the way between them, as the first of the two sees it.
"""

from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
import trimesh
from PIL import Image
from scipy import ndimage
from trimesh.visual.material import PBRMaterial

from blender_gen.cameras import CameraSpec
from blender_gen.cameras.orbit import Orbit
from blender_gen.config import RenderConfig
from blender_gen.rng import generator
from blender_gen.scenes import draw_scene
from blender_gen.spec import ClipSpec
from dataset_tools.clip import Clip
from dataset_tools.geometry import invert_rigid
from tests.blender_gen.blender import studio

pycolmap = pytest.importorskip("pycolmap")

pytestmark = [pytest.mark.blender, pytest.mark.slow]

RENDER = RenderConfig(width=384, height=216, frames=8, fps=8, samples=8)
ORBIT = Orbit(azimuth_rad=-1.1, elevation_rad=0.45, sweep_rad=0.9, ramp=0.0)
STANDING = {
    "tower": ((0.7, 0.7, 1.0), (-0.2, 1.9)),
    "chest": ((1.0, 0.8, 0.6), (1.2, 0.9)),
    "bench": ((1.0, 0.6, 0.4), (-1.3, 0.3)),
}
"""Extents in metres, and where they stand."""
CELLS = 64
MOVING = 0
MASK_MARGIN_PX = 12
ROTATION_DEG = 1.0
DIRECTION_DEG = 2.0
LENGTH_SHARE = 0.05
SEED = 7


def speckled_box(folder: Path, name: str, size: tuple[float, float, float]) -> studio.Asset:
    """A box on which every place looks different: each face shows its own part of a picture of random cells."""
    mesh = trimesh.creation.box(size)
    mesh.unmerge_vertices()
    rng = generator(SEED, name)
    across = [[1, 2], [0, 2], [0, 1]]
    faces = np.abs(mesh.face_normals).argmax(axis=1)
    sides = faces + 3 * (mesh.face_normals.sum(axis=1) > 0)
    corners = rng.uniform(0, 1, (6, 2))
    uv = [
        corners[side] + 0.4 * mesh.vertices[triangle][:, across[axis]]
        for axis, side, triangle in zip(faces, sides, mesh.faces, strict=True)
    ]
    cells = rng.integers(20, 236, (CELLS, CELLS, 3)).astype(np.uint8).repeat(8, axis=0).repeat(8, axis=1)
    material = PBRMaterial(baseColorTexture=Image.fromarray(cells), roughnessFactor=1.0, metallicFactor=0.0)
    return studio.write_asset(folder, name, mesh, material, np.concatenate(uv))


def the_spec(folder: Path) -> tuple[ClipSpec, list[studio.Asset]]:
    """A crate that drives between speckled boxes that stand, and a camera that goes 52 degrees around them."""
    crate = studio.box(folder, "crate", (0.8, 0.5, 0.4))
    assets, objects = [crate], [studio.object_spec(crate, radius_m=0.6, sweep_rad=1.2)]
    for name, (size, place) in STANDING.items():
        asset = speckled_box(folder, name, size)
        assets.append(asset)
        objects.append(studio.object_spec(asset, radius_m=0.001, sweep_rad=1e-6, origin_xy=place))
    spec = replace(
        studio.clip(objects, RENDER),
        camera=CameraSpec(ORBIT, focal_widths=0.9, target=(0.0, 0.7, 0.3), distance_m=4.2),
        scene=draw_scene(generator(SEED, "scene"), "studio", "asphalt"),
    )
    return spec, assets


@pytest.fixture(scope="module")
def clip(tmp_path_factory) -> Clip:
    folder = tmp_path_factory.mktemp("orbit")
    spec, assets = the_spec(folder)
    worker = studio.Studio(folder)
    try:
        return worker.finish(spec, worker.render(spec, assets))[1]
    finally:
        worker.close()


@pytest.fixture(scope="module")
def model(clip, tmp_path_factory) -> pycolmap.Reconstruction:
    """COLMAP's model of the frames; the lens is given, features on and near the crate are left out."""
    folder = tmp_path_factory.mktemp("colmap")
    pictures, still = folder / "pictures", folder / "still"
    pictures.mkdir()
    still.mkdir()
    for t, (frame, mask) in enumerate(zip(clip.video(), clip.masks, strict=True)):
        Image.fromarray(frame).save(pictures / f"{t:03d}.png")
        free = ndimage.minimum_filter(mask != MOVING + 1, 2 * MASK_MARGIN_PX + 1)
        Image.fromarray(free.astype(np.uint8) * 255).save(still / f"{t:03d}.png.png")
    return reconstruct(pictures, still, clip.labels["intrinsics"][0])


def reconstruct(pictures: Path, still: Path, intrinsics: np.ndarray) -> pycolmap.Reconstruction:
    """The largest model of the pictures by SIFT, exhaustive matching and incremental mapping."""
    pycolmap.logging.minloglevel = pycolmap.logging.Level.FATAL.value
    pycolmap.set_random_seed(SEED)
    database = pictures.parent / "database.db"
    parameters = ",".join(str(value) for value in intrinsics[(0, 1, 0, 1), (0, 1, 2, 2)])
    reader = pycolmap.ImageReaderOptions(camera_model="PINHOLE", camera_params=parameters, mask_path=str(still))
    mapping = pycolmap.IncrementalPipelineOptions(ba_refine_focal_length=False, random_seed=SEED, num_threads=1)
    mapping.mapper.abs_pose_refine_focal_length = False
    mapping.mapper.init_min_tri_angle = 8.0
    pycolmap.extract_features(
        database, pictures, camera_mode=pycolmap.CameraMode.SINGLE, reader_options=reader, device=pycolmap.Device.cpu
    )
    pycolmap.match_exhaustive(database, device=pycolmap.Device.cpu)
    models = pycolmap.incremental_mapping(database, pictures, pictures.parent, options=mapping)
    assert models, "COLMAP found no model"
    return max(models.values(), key=lambda found: found.num_reg_images())


@pytest.fixture(scope="module")
def found(model) -> np.ndarray:
    """world_from_camera (T,4,4) in COLMAP's own world."""
    images = sorted((image for image in model.images.values() if image.has_pose), key=lambda image: image.name)
    assert [image.name for image in images] == [f"{t:03d}.png" for t in range(RENDER.frames)]
    camera_from_world = np.tile(np.eye(4), (RENDER.frames, 1, 1))
    camera_from_world[:, :3] = [image.cam_from_world().matrix() for image in images]
    return invert_rigid(camera_from_world)


def between(world_from_camera: np.ndarray) -> np.ndarray:
    """The pose (M,4,4) of the second camera in the frame of the first, for each two cameras."""
    first, second = np.array(list(combinations(range(len(world_from_camera)), 2))).T
    return invert_rigid(world_from_camera)[first] @ world_from_camera[second]


def angles_deg(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """The angles (M,) between rotations (M,3,3)."""
    cosine = (np.trace(a.swapaxes(1, 2) @ b, axis1=1, axis2=2) - 1) / 2
    return np.degrees(np.arccos(cosine.clip(-1, 1)))


def test_the_cameras_turn_as_stated(clip, found):
    stated, seen = (between(poses)[:, :3, :3] for poses in (clip.labels["world_from_camera"], found))
    assert angles_deg(stated, np.broadcast_to(np.eye(3), stated.shape)).max() > 45
    assert angles_deg(stated, seen).max() <= ROTATION_DEG


def test_the_ways_between_cameras_lead_where_stated_and_keep_their_lengths(clip, found):
    stated, seen = (between(poses)[:, :3, 3] for poses in (clip.labels["world_from_camera"], found))
    lengths = [np.linalg.norm(ways, axis=1) for ways in (stated, seen)]
    cosine = (stated * seen).sum(axis=1) / (lengths[0] * lengths[1])
    assert np.degrees(np.arccos(cosine.clip(-1, 1))).max() <= DIRECTION_DEG
    ratios = lengths[1] / lengths[0]
    np.testing.assert_allclose(ratios / np.median(ratios), 1, atol=LENGTH_SHARE)


def miss_px(model: pycolmap.Reconstruction, world_from_camera: np.ndarray, intrinsics: np.ndarray) -> float:
    """How far features lie on average from their points, triangulated anew with these cameras (T,4,4)."""
    projections = intrinsics @ invert_rigid(world_from_camera)[:, :3]  # (T,3,4)
    number = {image.image_id: int(image.name[:3]) for image in model.images.values()}
    features = {image.image_id: [feature.xy for feature in image.points2D] for image in model.images.values()}
    misses = []
    for point in model.points3D.values():
        seen = point.track.elements
        cameras = projections[[number[each.image_id] for each in seen]]
        px = np.array([features[each.image_id][each.point2D_idx] for each in seen])
        rows = px[:, :, None] * cameras[:, 2:] - cameras[:, :2]
        homogeneous = np.linalg.svd(rows.reshape(-1, 4))[2][-1]
        places = cameras @ homogeneous
        misses.append(np.linalg.norm(places[:, :2] / places[:, 2:] - px, axis=1))
    return float(np.concatenate(misses).mean())


def test_the_stated_cameras_explain_the_pictures_as_well_as_colmaps_own(clip, model, found):
    stated, intrinsics = clip.labels["world_from_camera"], clip.labels["intrinsics"][0]
    ours, theirs = miss_px(model, stated, intrinsics), miss_px(model, found, intrinsics)
    assert ours <= 1.1 * theirs
    moved = stated.copy()
    moved[3, :3, 3] += 0.01 * moved[3, :3, 0]
    assert miss_px(model, moved, intrinsics) > 1.2 * ours  # a centimetre in 4 m is noticed


def test_the_model_explains_its_features(model):
    assert model.num_points3D() > 200
    assert model.compute_mean_reprojection_error() < 1.0
