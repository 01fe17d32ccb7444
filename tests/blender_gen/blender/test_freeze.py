"""A file becomes plain meshes: one metre long, centred, front along +x, and nothing else stays in the scene."""

import os
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import trimesh
from PIL import Image

from blender_gen.worker_process import WorkerProcess
from tests.blender_gen.objects.glb_builder import TETRAHEDRON, document, write_glb

pytestmark = pytest.mark.blender

REPOSITORY = Path(__file__).resolve().parents[3]
Z_UP_FROM_Y_UP = np.array([[1, 0, 0], [0, 0, -1], [0, 1, 0]])
TURNS = {  # rows: forward, left, up in Blender's imported frame
    "-Y": [[0, -1, 0], [1, 0, 0], [0, 0, 1]],
    "+Y": [[0, 1, 0], [-1, 0, 0], [0, 0, 1]],
    "+X": [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
    "-X": [[-1, 0, 0], [0, -1, 0], [0, 0, 1]],
}


@pytest.fixture(scope="module")
def freeze(tmp_path_factory):
    """freeze(path, ...) -> what the probe saw, arrays included; an error is a FreezeError's words."""
    folder = tmp_path_factory.mktemp("frozen")
    path = os.pathsep.join([str(REPOSITORY), *filter(None, [os.environ.get("PYTHONPATH")])])
    probe = str(Path(__file__).with_name("freeze_probe.py"))
    child = WorkerProcess([sys.executable, probe], folder / "log", {"PYTHONPATH": path})

    def run(path, **request):
        out = folder / "arrays.npz"
        answer = child.request({"path": str(path), "out": str(out), **request}, 300)
        if not answer["ok"] or "as_fbx" in request:
            return SimpleNamespace(error=answer.get("error"))
        with np.load(out) as arrays:
            return SimpleNamespace(error=None, **answer, **arrays)

    yield run
    child.close()


def scene_file(folder, *parts):
    """A GLB of meshes with their (4,4) node transforms."""
    scene = trimesh.Scene()
    for mesh, matrix in parts:
        scene.add_geometry(mesh, transform=matrix)
    path = folder / "scene.glb"
    path.write_bytes(scene.export(file_type="glb", include_normals=True))
    return path


def wedge():
    """A mesh without symmetry: x 0..1, y 0..2, z 0..4 with corners cut."""
    points = np.array([[0, 0, 0], [1, 0, 0], [0, 2, 0], [0, 0, 4], [1, 2, 0.5]])
    return trimesh.convex.convex_hull(points)


def apply(matrix, points):
    return points @ matrix[:3, :3].T + matrix[:3, 3]


@pytest.mark.parametrize("axis", TURNS)
def test_the_front_axis_of_the_imported_frame_becomes_x(freeze, tmp_path, axis):
    path = scene_file(tmp_path, (wedge(), np.eye(4)))
    frozen = freeze(path, front_axis=axis)
    expected = np.array(TURNS[axis]) @ Z_UP_FROM_Y_UP / 4
    assert np.allclose(frozen.object_from_asset[:3, :3], expected, atol=1e-7)
    moved = apply(frozen.object_from_asset, wedge().vertices)
    found = {tuple(np.round(point, 5)) for point in frozen.vertices.tolist()}
    assert found == {tuple(np.round(point, 5)) for point in moved.tolist()}


@pytest.mark.parametrize("suffix", ["glb", "obj", "stl", "ply"])
def test_the_matrix_starts_from_the_coordinates_as_stored(freeze, tmp_path, suffix):
    path = tmp_path / f"wedge.{suffix}"
    wedge().export(path)
    frozen = freeze(path)
    moved = apply(frozen.object_from_asset, wedge().vertices)
    assert np.allclose(np.ptp(moved, axis=0), frozen.box_size, atol=1e-6)
    assert np.allclose(moved.max(axis=0), frozen.box_size / 2, atol=1e-6)
    distances = np.linalg.norm(moved[:, None] - frozen.vertices[None], axis=2)
    assert distances.min(axis=0).max() < 1e-6 and distances.min(axis=1).max() < 1e-6
    y_up = suffix in ("glb", "obj")
    assert np.allclose(frozen.imported_dims, [1, 4, 2] if y_up else [1, 2, 4], rtol=1e-6)


def test_an_fbx_file_starts_from_the_imported_frame_in_metres(freeze, tmp_path):
    source = scene_file(tmp_path, (wedge(), np.eye(4)), (wedge(), np.diag([1.0, -1, 1, 1])))
    assert freeze(source, as_fbx=str(tmp_path / "wedge.fbx")).error is None
    frozen, plain = freeze(tmp_path / "wedge.fbx"), freeze(source)
    assert np.allclose(frozen.imported_dims, plain.imported_dims, rtol=1e-5)
    assert np.allclose(frozen.box_size, plain.box_size, atol=1e-5)
    assert np.allclose(frozen.object_from_asset[:3, :3], np.array(TURNS["-Y"]) / plain.imported_dims.max())
    assert (frozen.outward > 0).all()


def test_an_fbx_file_with_bones_keeps_only_its_mesh(freeze, shared, tmp_path):
    freeze(shared / "hostile" / "animated_armature.glb", as_fbx=str(tmp_path / "bones.fbx"))
    assert freeze(tmp_path / "bones.fbx").gained == {"objects": 1, "meshes": 1, "materials": 1}


def test_a_given_matrix_is_used_as_it_is(freeze, tmp_path):
    path = scene_file(tmp_path, (wedge(), np.eye(4)))
    first = freeze(path, front_axis="+X")
    again = freeze(path, object_from_asset=first.object_from_asset.tolist())
    assert np.array_equal(again.vertices, first.vertices)
    assert np.array_equal(again.object_from_asset, first.object_from_asset)


@pytest.mark.parametrize("name", ["far_off_origin", "scale_1e6", "scale_1e-6"])
def test_size_and_place_of_the_file_do_not_matter(freeze, shared, name):
    frozen = freeze(shared / "hostile" / f"{name}.glb")
    plain = freeze(shared / "hostile" / "unlit_material.glb")
    assert frozen.box_size.max() == pytest.approx(1, abs=1e-6)
    assert np.abs(frozen.vertices.max(axis=0) + frozen.vertices.min(axis=0)).max() < 1e-6
    assert np.allclose(frozen.box_size, plain.box_size, atol=1e-3 if name == "far_off_origin" else 1e-6)
    assert np.array_equal(frozen.triangles.shape, plain.triangles.shape)


def test_nothing_but_meshes_and_their_materials_stays(freeze, shared):
    frozen = freeze(shared / "hostile" / "many_roots_lights_cameras.glb")
    assert frozen.gained == {"objects": 2, "meshes": 2, "materials": 2}
    frozen = freeze(shared / "hostile" / "animated_armature.glb")
    assert frozen.gained == {"objects": 1, "meshes": 1, "materials": 1}
    assert frozen.modifiers == 0 and frozen.identity and frozen.shown


def test_a_file_that_fails_leaves_nothing(freeze, shared):
    for name in ("lights_cameras_only.glb", "degenerate_triangles.glb", "missing_buffer.glb"):
        assert freeze(shared / "hostile" / name).error.endswith("left behind: {}")


def test_the_scene_keeps_its_clock_and_its_objects(freeze, shared):
    animated = shared / "hostile" / "animated_armature.glb"
    plain = freeze(animated)
    odd = freeze(animated, frame=17, render={"fps": 5})
    assert (odd.frame, odd.fps) == (17, 5)
    assert np.array_equal(odd.vertices, plain.vertices)
    beside = freeze(animated, frame=17, keep_scene=True)
    assert beside.gained == {"objects": 1, "meshes": 1, "materials": 1}
    assert np.array_equal(beside.vertices, plain.vertices)


def ellipsoid():
    ball = trimesh.creation.icosphere(subdivisions=3)
    ball.apply_scale([1.0, 0.6, 0.4])
    _ = ball.vertex_normals
    return ball


def test_mirrored_and_stretched_meshes_stay_right_side_out_and_smooth(freeze, tmp_path):
    mirrored, stretched, plain = np.diag([-1.0, 1, 1, 1]), np.diag([1.0, 1, -2.5, 1]), np.eye(4)
    stretched[0, 3], plain[1, 3] = 3, 3
    frozen = freeze(scene_file(tmp_path, *((ellipsoid(), m) for m in (mirrored, stretched, plain))))
    assert (frozen.outward > 0).all()
    for piece in range(3):
        rows = frozen.corner_normals[frozen.pieces == piece].astype(np.float64)
        points, normals = rows[:, :3], rows[:, 3:]
        low, high = points.min(axis=0), points.max(axis=0)
        exact = (points - (low + high) / 2) / ((high - low) / 2) ** 2
        exact /= np.linalg.norm(exact, axis=1, keepdims=True)
        assert (normals * exact).sum(axis=1).min() > np.cos(np.radians(4))


def test_triangles_are_wound_counter_clockwise_from_outside(freeze, tmp_path):
    frozen = freeze(scene_file(tmp_path, (wedge(), np.diag([1.0, -1, 1, 1]))))
    mesh = trimesh.Trimesh(frozen.vertices, frozen.triangles)
    assert mesh.is_watertight and mesh.volume > 0


def test_vertices_outside_every_triangle_do_not_count(freeze, tmp_path):
    points = np.concatenate([TETRAHEDRON, [[50, 50, 50]]]).astype(np.float32)
    frozen = freeze(write_glb(tmp_path / "stray.glb", *document(points)))
    assert np.allclose(frozen.imported_dims, 1) and len(frozen.vertices) == 4


def painted(folder, material, image=None):
    contents, binary = document()
    contents["materials"] = [material]
    contents["meshes"][0]["primitives"][0]["material"] = 0
    if image is not None:
        image.save(folder / "paint.png")
        contents["images"] = [{"uri": "paint.png"}]
        contents["textures"] = [{"source": 0}]
    return write_glb(folder / "painted.glb", contents, binary)


@pytest.mark.parametrize(
    ("alpha", "mode", "opacity"),
    [(0.0, "BLEND", 0), (0.005, "BLEND", 0), (0.3, "BLEND", 2), (1.0, "BLEND", 2), (0.0, "OPAQUE", 2)],
)
def test_constant_alpha_is_judged_against_a_hundredth(freeze, tmp_path, alpha, mode, opacity):
    material = {"alphaMode": mode, "pbrMetallicRoughness": {"baseColorFactor": [1, 0, 0, alpha]}}
    frozen = freeze(painted(tmp_path, material))
    assert frozen.opaque.tolist() == [opacity] * 4


@pytest.mark.parametrize(("mode", "opacity"), [("BLEND", 1), ("MASK", 1), ("OPAQUE", 2)])
def test_alpha_from_a_texture_is_unknown(freeze, tmp_path, mode, opacity):
    material = {"alphaMode": mode, "pbrMetallicRoughness": {"baseColorTexture": {"index": 0}}}
    frozen = freeze(painted(tmp_path, material, Image.new("RGBA", (4, 4), (255, 0, 0, 128))))
    assert frozen.opaque.tolist() == [opacity] * 4


def test_a_texture_without_an_alpha_channel_is_opaque(freeze, tmp_path):
    material = {"alphaMode": "BLEND", "pbrMetallicRoughness": {"baseColorTexture": {"index": 0}}}
    frozen = freeze(painted(tmp_path, material, Image.new("RGB", (4, 4), (255, 0, 0))))
    assert frozen.opaque.tolist() == [2] * 4


def test_glass_counts_as_a_surface(freeze, tmp_path):
    material = {"extensions": {"KHR_materials_transmission": {"transmissionFactor": 1.0}}}
    contents = painted(tmp_path, material)
    assert freeze(contents).opaque.tolist() == [2] * 4


def test_an_unlit_material_is_opaque_and_told_of(freeze, shared):
    frozen = freeze(shared / "hostile" / "unlit_material.glb")
    assert (frozen.opaque == 2).all() and "unlit" in frozen.warnings[0]


@pytest.mark.parametrize("double", [True, False])
def test_double_sided_is_told_per_triangle(freeze, tmp_path, double):
    assert freeze(painted(tmp_path, {"doubleSided": double})).double_sided.tolist() == [double] * 4


def test_a_file_without_materials_gets_one(freeze, shared):
    for name in ("no_mtl.obj", "car.stl"):
        assert freeze(shared / "hostile" / name).node_types == ["BSDF_PRINCIPLED", "OUTPUT_MATERIAL"]


def test_colours_per_vertex_are_shown(freeze, shared):
    assert "VERTEX_COLOR" in freeze(shared / "hostile" / "car_vertex_colors.ply").node_types


def test_three_nodes_that_share_a_mesh_are_three_meshes(freeze, shared):
    frozen = freeze(shared / "hostile" / "duplicate_unicode_names.glb")
    assert frozen.gained["objects"] == 3 and len(frozen.triangles) == 300


def test_a_texture_that_is_gone_is_left_out_with_a_warning(freeze, tmp_path):
    (tmp_path / "a.mtl").write_text("newmtl red\nKd 1 0 0\nmap_Kd gone.png\n")
    (tmp_path / "a.obj").write_text("mtllib a.mtl\nusemtl red\nv 0 0 0\nv 1 0 0\nv 0 1 0\nv 0 0 1\nf 1 2 3\nf 1 2 4\n")
    frozen = freeze(tmp_path / "a.obj")
    assert "TEX_IMAGE" not in frozen.node_types


def test_a_texture_outside_the_folder_is_left_out_though_blender_reads_it(freeze, tmp_path):
    Image.new("RGB", (2, 2)).save(tmp_path / "secret.png")
    folder = tmp_path / "asset"
    folder.mkdir()
    (folder / "a.mtl").write_text("newmtl red\nKd 1 0 0\nmap_Kd ../secret.png\n")
    (folder / "a.obj").write_text("mtllib a.mtl\nusemtl red\nv 0 0 0\nv 1 0 0\nv 0 1 0\nv 0 0 1\nf 1 2 3\nf 1 2 4\n")
    frozen = freeze(folder / "a.obj")
    assert "TEX_IMAGE" not in frozen.node_types and "secret.png" in frozen.warnings[0]
    assert "images" not in frozen.gained


def test_an_unknown_front_axis_is_an_error(freeze, shared):
    assert "'+Z' is not one of" in freeze(shared / "hostile" / "no_mtl.obj", front_axis="+Z").error
