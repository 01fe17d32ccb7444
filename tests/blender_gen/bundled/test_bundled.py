"""Procedural objects: the same seed gives the same bytes, and each kind shows its front."""

import csv
import io
import re
import textwrap
from pathlib import Path

import numpy as np
import pytest
import trimesh
from hypothesis import given, settings
from hypothesis import strategies as st

import blender_gen.bundled.parts as parts_module
import blender_gen.bundled.shapes as shapes_module
from blender_gen.bundled import write_bundled
from blender_gen.bundled.kinds import KINDS
from blender_gen.bundled.textures import PATTERNS
from blender_gen.bundled.write import glb
from blender_gen.objects import intake
from blender_gen.objects.safety.files import check_file
from blender_gen.objects.safety.refusal import Limits


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("bundled")
    write_bundled(path, seed=3, variants_per_kind=2)
    return path


def contents(folder):
    return {file.name: file.read_bytes() for file in sorted(folder.iterdir())}


def test_the_same_seed_gives_the_same_bytes(folder, tmp_path):
    write_bundled(tmp_path, seed=3, variants_per_kind=2)
    assert contents(tmp_path) == contents(folder)


def test_a_variant_depends_on_neither_the_number_of_variants_nor_another_seed(folder, tmp_path):
    write_bundled(tmp_path / "one", seed=3, variants_per_kind=1)
    write_bundled(tmp_path / "other", seed=4, variants_per_kind=1)
    for kind in KINDS:
        name = f"{kind}_00.glb"
        assert (tmp_path / "one" / name).read_bytes() == (folder / name).read_bytes()
        assert (tmp_path / "other" / name).read_bytes() != (folder / name).read_bytes()


def test_the_catalogue_lists_every_file(folder):
    rows = list(csv.DictReader(io.StringIO((folder / "catalog.csv").read_text())))
    assert {row["file"] for row in rows} == {name for name in contents(folder) if name.endswith(".glb")}
    for row in rows:
        assert (row["front"], row["licence"], row["unit"]) == ("-Y", "CC0-1.0", row["file"].split("_")[0])


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_every_draw_is_a_finite_many_coloured_object(kind, seed):
    parts = KINDS[kind][1](np.random.default_rng(seed))
    assert all(np.isfinite(part.solid.vertices).all() and part.solid.is_winding_consistent for part in parts)
    assert len({part.material for part in parts}) >= 2
    colours = np.array([material.colour for material in {part.material for part in parts}])
    assert np.ptp(colours, axis=0).max() > 0.15
    scene = trimesh.load_scene(io.BytesIO(glb(parts)), file_type="glb")
    assert 1000 < sum(len(mesh.faces) for mesh in scene.geometry.values()) < 40_000
    assert scene.extents.min() > 0.15 * scene.extents.max()


def middle(parts, words):
    """Middle (3,) of the parts whose material's name is in `words`."""
    return np.concatenate([part.solid.vertices for part in parts if part.material.name in words]).mean(axis=0)


@pytest.mark.parametrize("seed", range(5))
def test_what_tells_the_front_points_along_x(seed):
    parts = KINDS["car"][1](np.random.default_rng(seed))
    assert middle(parts, {"lamp"})[0] > 1.2 and middle(parts, {"red lamp"})[0] < -1.2
    chair = np.concatenate([part.solid.vertices for part in KINDS["chair"][1](np.random.default_rng(seed))])
    seat = np.median(chair[:, 0])
    assert chair[chair[:, 2] > 0.8 * chair[:, 2].max()][:, 0].mean() < seat
    for kind, share in (("plane", 0.3), ("boat", 0.1)):  # tail fin and stern stand higher, wider than nose and bow
        points = np.concatenate([part.solid.vertices for part in KINDS[kind][1](np.random.default_rng(seed))])
        low, high = points[:, 0].min(), points[:, 0].max()
        ends = [points[np.abs(points[:, 0] - end) < share * (high - low)] for end in (low, high)]
        if kind == "plane":
            assert ends[0][:, 2].max() > ends[1][:, 2].max()
        else:
            assert np.ptp(ends[0][:, 1]) > np.ptp(ends[1][:, 1])


def test_every_file_is_safe_to_import(folder):
    for file in folder.glob("*.glb"):
        assert check_file(file, folder, Limits()).references == ()


@pytest.mark.blender
def test_the_intake_takes_them_all_with_their_front_forward(folder):
    records = intake([folder])
    assert all(record.accepted and record.front_known and not record.warnings for record in records)
    assert {record.unit for record in records} == set(KINDS)
    for record in records:
        scene = trimesh.load_scene(folder / record.file)
        forward = record.object_from_asset_matrix[:3, :3] @ (0, 0, 1)
        assert np.allclose(forward / np.linalg.norm(forward), (1, 0, 0), atol=1e-9)
        assert np.allclose(scene.extents[[2, 0, 1]] / scene.extents.max(), record.box_size, atol=1e-5)


def test_the_kind_that_the_documentation_shows_can_be_made():
    page = (Path(__file__).parents[3] / "docs" / "objects.md").read_text(encoding="utf-8")
    code = textwrap.dedent(re.search(r"```python\n(.*?)```", page, re.DOTALL).group(1))
    names = {**vars(parts_module), **vars(shapes_module), "np": np}
    exec(compile(code, "docs/objects.md", "exec"), names)
    scene = trimesh.load_scene(io.BytesIO(glb(names["lighthouse"](np.random.default_rng(0)))), file_type="glb")
    assert len(scene.geometry) == 3 and scene.extents[1] > 20


def test_the_documentation_names_every_pattern():
    page = (Path(__file__).parents[3] / "docs" / "objects.md").read_text(encoding="utf-8")
    assert set(PATTERNS) <= set(re.findall(r"\w+", page.rpartition("Patterns")[2]))
