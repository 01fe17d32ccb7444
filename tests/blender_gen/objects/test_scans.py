"""STL, PLY and FBX files are judged from their bytes."""

import numpy as np
import pytest
import trimesh

from blender_gen.objects.safety.files import check_file
from blender_gen.objects.safety.refusal import Limits, ObjectRefused

BOX = trimesh.creation.box()
BROKEN = trimesh.Trimesh(np.where(np.arange(24).reshape(8, 3) == 7, np.nan, BOX.vertices), BOX.faces, process=False)


def check(tmp_path, name, data, limits=None):
    (tmp_path / name).write_bytes(data.encode() if isinstance(data, str) else data)
    return check_file(tmp_path / name, tmp_path, limits or Limits())


EXPORTS = [
    ("stl", {"file_type": "stl"}),
    ("stl", {"file_type": "stl_ascii"}),
    ("ply", {"file_type": "ply", "encoding": "binary"}),
    ("ply", {"file_type": "ply", "encoding": "ascii"}),
]


@pytest.mark.parametrize(("suffix", "how"), EXPORTS)
def test_a_sound_file_is_taken(tmp_path, suffix, how):
    check(tmp_path, f"a.{suffix}", BOX.export(**how))


@pytest.mark.parametrize(("suffix", "how"), EXPORTS)
def test_positions_that_are_not_finite_are_refused(tmp_path, suffix, how):
    with pytest.raises(ObjectRefused, match="not finite"):
        check(tmp_path, f"a.{suffix}", BROKEN.export(**how))


@pytest.mark.parametrize(("suffix", "how"), EXPORTS)
def test_more_vertices_than_allowed_are_refused(tmp_path, suffix, how):
    with pytest.raises(ObjectRefused, match="too large"):
        check(tmp_path, f"a.{suffix}", BOX.export(**how), Limits(vertices=6))


def test_a_binary_ply_file_cut_off_is_refused(tmp_path):
    data = BOX.export(file_type="ply", encoding="binary")
    with pytest.raises(ObjectRefused, match="shorter than its header says"):
        check(tmp_path, "a.ply", data[: data.index(b"end_header") + 60])


@pytest.mark.parametrize("lines", [1, 14])
def test_a_text_ply_file_cut_off_is_refused(tmp_path, lines):
    data = BOX.export(file_type="ply", encoding="ascii").strip()
    with pytest.raises(ObjectRefused, match="fewer lines than its header says"):
        check(tmp_path, "a.ply", data.rsplit(b"\n", lines)[0])


def test_a_binary_stl_file_cut_off_is_refused(tmp_path):
    with pytest.raises(ObjectRefused, match="cut off"):
        check(tmp_path, "a.stl", BOX.export(file_type="stl")[:-30])


@pytest.mark.parametrize("name", ["a.stl", "a.ply"])
def test_a_line_without_end_is_not_read(tmp_path, name):
    how = {"file_type": "stl_ascii"} if name == "a.stl" else {"file_type": "ply", "encoding": "ascii"}
    text = BOX.export(**how)
    text = text.decode() if isinstance(text, bytes) else text
    with pytest.raises(ObjectRefused, match="line of more than 200 bytes"):
        check(tmp_path, name, text.replace("0.5", "0.5" + "0" * 300), Limits(line_bytes=200))


def test_big_endian_ply_is_read_in_its_byte_order(tmp_path):
    header = (
        "ply\nformat binary_big_endian 1.0\nelement vertex 3\nproperty float x\nproperty float y\nproperty float z\n"
        "element face 1\nproperty list uchar int vertex_indices\nend_header\n"
    )
    body = np.arange(9, dtype=">f4").tobytes() + b"\3" + np.arange(3, dtype=">i4").tobytes()
    check(tmp_path, "a.ply", header.encode() + body)
    with pytest.raises(ObjectRefused, match="1 of 3 vertices"):
        check(tmp_path, "b.ply", header.encode() + b"\x7f\xc0\0\0" + body[4:])


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("a.ply", "ply of text", "header has no end"),
        ("a.ply", "something else", "bad magic"),
        ("a.ply", "ply\nformat ascii 1.0\nelement vertex 1\nproperty float x\nend_header\n1\n", "points without faces"),
        ("a.ply", "ply\nformat ascii 1.0\nelement vertex many\nend_header\n", "header cannot be read"),
        ("a.stl", "solid empty\nendsolid\n", "no triangle"),
        ("a.stl", "solid a\nvertex one two three\nendsolid\n", "not three numbers"),
        ("a.stl", "no model at all", "not an STL"),
        ("a.fbx", "no model at all", "bad magic"),
    ],
)
def test_a_broken_file_is_refused_with_a_reason(tmp_path, name, data, words):
    with pytest.raises(ObjectRefused, match=words):
        check(tmp_path, name, data)


def test_an_fbx_file_is_known_by_its_magic(tmp_path):
    check(tmp_path, "a.fbx", b"Kaydara FBX Binary  \x00\x1a\x00" + bytes(200))
    check(tmp_path, "b.fbx", "; FBX 7.3.0 project file\n")
