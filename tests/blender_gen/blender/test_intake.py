"""Every file found gets its verdict, whatever it does to the Blender that imports it."""

import csv
import importlib.util
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import trimesh
from PIL import Image

from blender_gen.objects import ObjectRecord, asset_paths, intake, worker_command
from blender_gen.objects.importing import BlenderUnusable, Importer, ImportLimits, ImportStopped
from tests.blender_gen.objects.glb_builder import document, write_glb

pytestmark = pytest.mark.blender

REASONS = {  # a word or two that tell a person what is wrong with the file
    "zero_byte.glb": "empty",
    "truncated.glb": "shorter than its header",
    "text_renamed.glb": "bad magic",
    "missing_buffer.glb": "missing_geometry.bin",
    "missing_texture.glb": "textures/not_here.png",
    "lights_cameras_only.glb": "no mesh",
    "nan_vertices.glb": "not finite",
    "flat_plane.glb": "zero thickness",
    "degenerate_triangles.glb": "no triangle with area",
}
DRACO = {"race_car.glb", "space_rover.glb"}


def table(path):
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.fixture(scope="module")
def hostile(shared):
    return intake([shared / "hostile"])


@pytest.fixture(scope="module")
def records(shared):
    return intake([shared / "objects"], workers=2)


@pytest.fixture(scope="module")
def objects(records):
    return {record.file: record for record in records if record.accepted}


def blender_decodes_draco() -> bool:
    """Whether this bpy comes with the decoder; the wheel of 5.2.3 does not."""
    folder = Path(importlib.util.find_spec("bpy").origin).parent
    return any(folder.rglob("libextern_draco.*")) or any(folder.rglob("libbf_intern_draco_bridge.*"))


def test_every_hostile_file_gets_the_expected_verdict(hostile, shared):
    expected = {row["file"]: row["expected"] + "ed" for row in table(shared / "hostile" / "EXPECTED.csv")}
    assert {record.file: record.state for record in hostile} == expected


def test_every_rejection_says_why(hostile):
    reasons = {record.file: record.reason for record in hostile if not record.accepted}
    assert reasons.keys() == REASONS.keys()
    for file, words in REASONS.items():
        assert words in reasons[file]


def test_accepted_hostile_files_are_one_metre_long_and_thick(hostile):
    for record in hostile:
        if record.accepted:
            assert max(record.box_size) == pytest.approx(1, abs=1e-6) and min(record.box_size) > 0.1


def test_a_missing_material_library_is_told_of(hostile):
    (record,) = [record for record in hostile if record.file == "missing_mtl.obj"]
    assert "lost.mtl" in record.warnings[0]


def test_only_formats_with_a_rule_know_their_front(hostile):
    known = {record.file for record in hostile if record.accepted and not record.front_known}
    assert known == {"car.stl", "car_vertex_colors.ply"}


@pytest.fixture(scope="module")
def rows(shared, objects):
    """The catalogue's rows of the accepted objects."""
    return [row for row in table(shared / "objects" / "CATALOG.csv") if row["file"] in objects]


def test_every_shared_object_is_accepted(records):
    refused = {record.file: record.reason for record in records if not record.accepted}
    assert len(records) == 60
    assert refused.keys() == (set() if blender_decodes_draco() else DRACO)
    assert all("could not decode its Draco compression" in reason for reason in refused.values())


def test_shared_objects_keep_the_dimensions_of_the_catalogue(objects, rows):
    for row in rows:
        record = objects[row["file"]]
        listed = [float(row[f"dim_{axis}"]) for axis in "xyz"]
        assert np.allclose(record.imported_dims, listed, rtol=1e-3), row["file"]


def test_shared_objects_gain_no_helper_mesh(objects, rows):
    for row in rows:
        record = objects[row["file"]]
        assert (record.vertices, record.triangles) == (int(row["vertices"]), int(row["faces"])), row["file"]


def test_shared_objects_carry_what_the_catalogue_says(objects, rows):
    for row in rows:
        record = objects[row["file"]]
        assert record.sha256 == row["sha256"] and record.asset_id == row["file"][:-4]
        assert (record.front_axis if record.front_known else "") == row["front_by_eye"]
        assert record.symmetric == (row["symmetric"] == "yes")
        assert (record.licence, record.author, record.category) == (row["licence"], row["author"], row["category"])


def test_the_matrix_applied_to_the_file_as_trimesh_loads_it_gives_the_box(objects, rows, shared):
    """All but the 13 whose skin an animation bends: trimesh loads those without their pose."""
    bent = [row["file"] for row in rows if row["has_armature"] == "yes" and row["animations"] != "0"]
    assert len(bent) == 13
    for row in rows:
        if row["file"] in bent:
            continue
        record = objects[row["file"]]
        mesh = trimesh.load_scene(shared / "objects" / row["file"]).to_geometry()
        matrix = record.object_from_asset_matrix
        points = mesh.vertices[np.unique(mesh.faces)] @ matrix[:3, :3].T + matrix[:3, 3]
        assert np.allclose(np.ptp(points, axis=0), record.box_size, rtol=0, atol=1e-4), row["file"]
        assert np.abs(points.max(axis=0) + points.min(axis=0)).max() < 1e-4, row["file"]


def test_object_matrices_are_similarities(objects):
    for record in objects.values():
        linear = record.object_from_asset_matrix[:3, :3]
        scale = np.cbrt(np.linalg.det(linear))
        assert scale > 0 and np.allclose(linear @ linear.T, scale**2 * np.eye(3), rtol=0, atol=1e-12 * scale**2)


def test_records_are_the_same_with_more_workers_and_from_the_cache(shared, tmp_path):
    folder = tmp_path / "objects"
    folder.mkdir()
    for name in ("taxi.glb", "crown.glb", "toilet.glb", "bee.glb"):
        shutil.copy(shared / "objects" / name, folder)
    cache = tmp_path / "work" / "intake.jsonl"
    alone = intake([folder], cache_file=cache)
    assert intake([folder], workers=2) == alone
    lines = cache.read_text()
    assert intake([folder], cache_file=cache) == alone and cache.read_text() == lines
    cache.write_text(lines[: len(lines) - 40])  # a run that was cut short while it wrote
    assert intake([folder], cache_file=cache) == alone


def test_records_survive_the_jsonl_file(objects):
    for record in objects.values():
        assert ObjectRecord.from_line(record.to_line()) == record


def test_equal_content_is_one_object_and_equal_names_are_told_apart(shared, tmp_path):
    for folder, source, name in (
        ("a", "taxi.glb", "car.glb"),
        ("b", "taxi.glb", "copy.glb"),
        ("b", "police_car.glb", "car.glb"),
    ):
        (tmp_path / folder).mkdir(exist_ok=True)
        shutil.copy(shared / "objects" / source, tmp_path / folder / name)
    records = intake([tmp_path / "a", tmp_path / "b"])
    assert [(record.file, record.state) for record in records] == [
        ("car.glb", "accepted"),
        ("car.glb", "accepted"),
        ("copy.glb", "rejected"),
    ]
    assert records[2].reason == "the same content as car.glb"
    assert len({record.asset_id for record in records}) == 3
    assert records[0].asset_id == f"car-{records[0].sha256[:12]}"
    assert asset_paths(records) == {
        records[0].sha256: tmp_path / "a" / "car.glb",
        records[1].sha256: tmp_path / "b" / "car.glb",
    }


def test_a_tilted_sheet_is_flat(tmp_path):
    sheet = trimesh.creation.box([1, 1, 1e-7])
    sheet.apply_transform(trimesh.transformations.rotation_matrix(0.7, [1, 2, 3]))
    sheet.export(tmp_path / "sheet.glb")
    (record,) = intake([tmp_path])
    assert "zero thickness" in record.reason


def test_an_object_that_lets_everything_through_is_rejected(tmp_path):
    contents, binary = document()
    clear = {"alphaMode": "BLEND", "pbrMetallicRoughness": {"baseColorFactor": [1, 1, 1, 0]}}
    contents["materials"] = [clear]
    contents["meshes"][0]["primitives"][0]["material"] = 0
    write_glb(tmp_path / "clear.glb", contents, binary)
    (record,) = intake([tmp_path])
    assert "transparent" in record.reason


def test_an_identifier_holds_no_markup(shared, tmp_path):
    shutil.copy(shared / "objects" / "crown.glb", tmp_path / "<script>alert(1).glb")
    (record,) = intake([tmp_path])
    assert record.accepted and record.asset_id == "_script_alert_1_"


@pytest.fixture
def importer(tmp_path):
    child = Importer(worker_command(), ImportLimits(seconds=60, memory_bytes=2**30), tmp_path / "log")
    yield child
    child.close()


def fifo(folder: Path) -> Path:
    """A file that opens and never ends: Blender waits in it for ever."""
    os.mkfifo(folder / "endless.stl")
    return folder / "endless.stl"


def test_an_import_that_hangs_is_ended_and_the_next_one_works(shared, tmp_path):
    child = Importer(worker_command(), ImportLimits(seconds=5), tmp_path / "log")
    try:
        with pytest.raises(ImportStopped, match="more than 5 s"):
            child.facts(fifo(tmp_path), "-Y")
        assert child.facts(shared / "hostile" / "car.stl", "-Y")["triangles"] == 100
    finally:
        child.close()


def test_an_import_that_needs_too_much_memory_is_rejected_and_the_next_one_works(importer, shared, tmp_path):
    count = 6_000_000
    with (tmp_path / "large.stl").open("wb") as stream:
        stream.write(bytes(80) + np.uint32(count).tobytes())
        stream.truncate(84 + 50 * count)
    with pytest.raises(ImportStopped, match="more than 1 GiB"):
        importer.facts(tmp_path / "large.stl", "-Y")
    assert importer.facts(shared / "hostile" / "car.stl", "-Y")["triangles"] == 100


def test_an_import_whose_blender_is_killed_is_rejected_and_the_next_one_works(importer, shared, tmp_path):
    importer.build()
    (pid,) = children(os.getpid())
    with ThreadPoolExecutor(max_workers=1) as pool:
        importing = pool.submit(importer.facts, fifo(tmp_path), "-Y")
        time.sleep(0.5)
        os.kill(pid, signal.SIGKILL)
        with pytest.raises(ImportStopped, match="SIGKILL"):
            importing.result(timeout=60)
    assert importer.facts(shared / "hostile" / "car.stl", "-Y")["triangles"] == 100


def test_a_blender_that_does_not_start_is_an_error_of_its_own(tmp_path, shared):
    shutil.copy(shared / "hostile" / "car.stl", tmp_path)
    with pytest.raises(BlenderUnusable, match="does not start"):
        intake([tmp_path], command=[sys.executable, "-c", "raise SystemExit('no libGL here')"])


def children(pid: int) -> list[int]:
    listing = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(child) for child in listing.read_text().split()] if listing.exists() else []


def ends(pid: int) -> bool:
    """Whether a process goes away within a minute."""
    for _ in range(600):
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
        except FileNotFoundError:
            return True
        if state == "Z":
            return True
        time.sleep(0.1)
    return False


def test_the_child_answers_lines_of_json_alone_and_ends_with_its_input(shared):
    child = subprocess.Popen(worker_command(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    for name in ("no_mtl.obj", "car.stl", "missing_mtl.obj"):  # importers that print to stdout
        request = {"path": str(shared / "hostile" / name), "front_axis": "-Y", "memory_bytes": 2**33}
        child.stdin.write(json.dumps(request).encode() + b"\n")
    out, _ = child.communicate(timeout=300)
    assert [json.loads(line)["facts"]["triangles"] for line in out.splitlines()] == [100, 100, 100]
    assert child.returncode == 0


def test_the_child_ends_when_its_parent_is_killed(tmp_path):
    program = (
        "import sys, time; from pathlib import Path\n"
        "from blender_gen.objects.importing import *\n"
        f"child = Importer(worker_command(), ImportLimits(), Path({str(tmp_path / 'log')!r}))\n"
        "print(child.build(), flush=True); time.sleep(600)\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[3])}
    parent = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, env=environment)
    assert parent.stdout.readline().strip()
    (pid,) = children(parent.pid)
    parent.kill()
    parent.wait()
    assert ends(pid)


def test_files_with_parts_beside_them_are_taken_whole(tmp_path):
    box = trimesh.creation.box((1, 2, 3))
    picture = Image.new("RGB", (4, 4), (200, 30, 30))
    box.visual = trimesh.visual.TextureVisuals(uv=np.random.default_rng(0).random((8, 2)), image=picture)
    for name, file in (("parted", "box.gltf"), ("painted", "box.obj")):
        (tmp_path / name).mkdir()
        box.export(tmp_path / name / file)
    records = intake([tmp_path])
    assert [record.file for record in records] == ["painted/box.obj", "parted/box.gltf"]
    assert all(record.accepted and not record.warnings for record in records)
    assert len({record.asset_id for record in records}) == 2
    before = records[0].sha256
    (texture,) = (tmp_path / "painted").glob("*.png")
    picture.resize((5, 5)).save(texture)
    assert intake([tmp_path / "painted"])[0].sha256 != before
