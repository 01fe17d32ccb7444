"""glTF files are judged from their bytes, before Blender opens them."""

import json
import os

import numpy as np
import pytest
from PIL import Image

from blender_gen.objects.safety.files import check_file
from blender_gen.objects.safety.refusal import Limits, ObjectRefused
from tests.blender_gen.objects.glb_builder import TETRAHEDRON, data_uri, document, glb_bytes, write_glb

LIMITS = Limits()


def check(path, limits=LIMITS):
    return check_file(path, path.parent, limits)


def refused(path, words, limits=LIMITS):
    with pytest.raises(ObjectRefused, match=words):
        check(path, limits)


def with_buffer(tmp_path, uri):
    contents, binary = document()
    contents["buffers"][0]["uri"] = uri
    path = tmp_path / "asset" / "object.gltf"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(contents))
    return path, binary


def test_a_sound_glb_is_taken_and_hashed_by_its_bytes(tmp_path):
    import hashlib

    path = write_glb(tmp_path / "a.glb", *document())
    assert check(path).sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_buffer_beside_the_file_is_taken_and_is_part_of_the_hash(tmp_path):
    path, binary = with_buffer(tmp_path, "my%20data.bin")
    (path.parent / "my data.bin").write_bytes(binary)
    first = check(path)
    assert [file.name for file in first.references] == ["my data.bin"]
    (path.parent / "my data.bin").write_bytes(binary + b"\0")
    assert check(path).sha256 != first.sha256


def test_a_data_uri_is_taken(tmp_path):
    _, binary = document()
    path, _ = with_buffer(tmp_path, data_uri(binary))
    assert check(path).references == ()


@pytest.mark.parametrize(
    "uri",
    [
        "../secret.bin",
        "sub/../../secret.bin",
        "%2e%2e/secret.bin",
        "%2E%2E%2Fsecret.bin",
        "..\\secret.bin",
        "..%5Csecret.bin",
        "/dev/zero",
        "%2Fdev%2Fzero",
        "//dev/zero",
        "~/secret.bin",
        "file:///etc/passwd",
        "http://example.com/data.bin",
        "HTTPS://example.com/data.bin",
        "C:\\secret.bin",
        "link.bin",
        "linked_folder/secret.bin",
        "folder",
        "pipe",
        "%00",
        "a" * 5000,
    ],
)
def test_a_uri_that_is_no_regular_file_inside_the_folder_is_refused(tmp_path, uri):
    path, binary = with_buffer(tmp_path, uri)
    (tmp_path / "secret.bin").write_bytes(binary)
    (path.parent / "link.bin").symlink_to(tmp_path / "secret.bin")
    (path.parent / "linked_folder").symlink_to(tmp_path)
    (path.parent / "folder").mkdir()
    (path.parent / "sub").mkdir()
    os.mkfifo(path.parent / "pipe")
    with pytest.raises(ObjectRefused):
        check(path)


def test_an_image_that_leaves_the_folder_is_refused(tmp_path):
    contents, binary = document()
    contents["images"] = [{"uri": "../secret.png"}]
    Image.new("RGB", (2, 2)).save(tmp_path / "secret.png")
    (tmp_path / "asset").mkdir()
    refused(write_glb(tmp_path / "asset" / "a.glb", contents, binary), "leaves the object's folder")


def test_a_missing_buffer_and_a_missing_image_are_named(tmp_path):
    path, _ = with_buffer(tmp_path, "geometry.bin")
    refused(path, "external buffer missing: geometry.bin")
    contents, binary = document()
    contents["images"] = [{"uri": "paint/red.png"}]
    refused(write_glb(tmp_path / "a.glb", contents, binary), "external image missing: paint/red.png")


def test_an_image_with_too_many_pixels_is_refused_by_its_header(tmp_path):
    Image.new("1", (4000, 4000)).save(tmp_path / "large.png")
    contents, binary = document()
    contents["images"] = [{"uri": "large.png"}]
    path = write_glb(tmp_path / "a.glb", contents, binary)
    refused(path, "4000 x 4000 pixels", Limits(image_pixels=1_000_000))
    assert check(path).references == (tmp_path / "large.png",)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_positions_that_are_not_finite_are_refused(tmp_path, value):
    positions = TETRAHEDRON.copy()
    positions[2, 1] = value
    refused(write_glb(tmp_path / "a.glb", *document(positions)), "1 of 4 vertices are not finite")


def strided(contents, broken_padding):
    """Positions 16 bytes apart; the padding between them holds NaN, or a position does."""
    rows = np.full((4, 4), np.nan, np.float32)
    rows[:, :3] = TETRAHEDRON
    if not broken_padding:
        rows[3, 2] = np.nan
    faces = document()[1][TETRAHEDRON.nbytes :]
    contents["bufferViews"][0] = {"buffer": 0, "byteLength": rows.nbytes, "byteStride": 16}
    contents["bufferViews"][1]["byteOffset"] = rows.nbytes
    contents["buffers"][0]["byteLength"] = rows.nbytes + len(faces)
    return contents, rows.tobytes() + faces


def test_strided_positions_are_read_at_their_stride(tmp_path):
    check(write_glb(tmp_path / "sound.glb", *strided(document()[0], True)))
    refused(write_glb(tmp_path / "broken.glb", *strided(document()[0], False)), "1 of 4 vertices")


def sparse(contents, binary, base_is_broken, value):
    """Vertex 2 replaced through a sparse accessor."""
    positions = TETRAHEDRON.copy()
    if base_is_broken:
        positions[2] = np.nan
    binary = positions.tobytes() + binary[positions.nbytes :]
    start = len(binary)
    binary += np.array([2, 0], np.uint16).tobytes() + np.array([0, value, 0], np.float32).tobytes()
    contents["bufferViews"] += [
        {"buffer": 0, "byteOffset": start, "byteLength": 2},
        {"buffer": 0, "byteOffset": start + 4, "byteLength": 12},
    ]
    contents["accessors"][0]["sparse"] = {
        "count": 1,
        "indices": {"bufferView": 2, "componentType": 5123},
        "values": {"bufferView": 3},
    }
    contents["buffers"][0]["byteLength"] = len(binary)
    return contents, binary


def test_sparse_positions_are_judged_after_the_replacement(tmp_path):
    check(write_glb(tmp_path / "mended.glb", *sparse(*document(), True, 1.0)))
    refused(write_glb(tmp_path / "broken.glb", *sparse(*document(), False, np.nan)), "1 of 4 vertices")


def test_shape_key_offsets_that_are_not_finite_are_refused(tmp_path):
    contents, binary = document()
    start = len(binary)
    binary += np.full((4, 3), np.inf, np.float32).tobytes()
    contents["bufferViews"].append({"buffer": 0, "byteOffset": start, "byteLength": 48})
    contents["accessors"].append({**contents["accessors"][0], "bufferView": 2})
    contents["meshes"][0]["primitives"][0]["targets"] = [{"POSITION": 2}]
    contents["buffers"][0]["byteLength"] = len(binary)
    refused(write_glb(tmp_path / "a.glb", contents, binary), "4 of 4 shape key offsets")


def change(path, value):
    """A document with one value set: `path` is a list of keys."""
    contents, binary = document()
    place = contents
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return contents, binary


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        (["accessors", 0, "count"], 5000, "reaches past the end"),
        (["accessors", 0, "count"], -1, "whole number"),
        (["accessors", 0, "count"], 10**12, "too large"),
        (["accessors", 0, "byteOffset"], 40, "reaches past the end"),
        (["bufferViews", 0, "byteLength"], 10**9, "reaches past the end"),
        (["bufferViews", 0, "buffer"], 7, "malformed"),
        (["accessors", 0, "type"], "VEC9", "unknown type"),
        (["accessors", 1, "bufferView"], "one", "malformed"),
        (["buffers", 0, "byteLength"], 10**9, "cut off"),
        (["nodes", 0, "children"], [0], "loop|parents"),
        (["nodes", 0, "translation"], [0, 1e999, 0], "JSON holds Infinity|not finite"),
        (["nodes", 0, "mesh"], 3, "malformed"),
        (["meshes"], [], "no mesh"),
        (["nodes"], [{}], "no mesh"),
        (["asset", "version"], "1.0", "version"),
        (["buffers"], 5, "malformed"),
    ],
)
def test_a_broken_document_is_refused_with_a_reason(tmp_path, path, value, words):
    refused(write_glb(tmp_path / "a.glb", *change(path, value)), words)


def test_an_index_beyond_the_vertices_is_refused(tmp_path):
    faces = np.array([[0, 1, 9]], np.uint16)
    refused(write_glb(tmp_path / "a.glb", *document(faces=faces)), "names vertex 9 of 4")


def test_a_loop_of_nodes_that_no_scene_reaches_is_refused(tmp_path):
    contents, binary = change(["nodes"], [{"mesh": 0}, {"children": [2]}, {"children": [1]}])
    refused(write_glb(tmp_path / "a.glb", contents, binary), "loop")


def test_one_mesh_shown_too_often_is_refused_by_its_sum(tmp_path):
    contents, binary = document()
    contents["nodes"] = [{"mesh": 0}] * 300
    contents["scenes"][0]["nodes"] = list(range(300))
    refused(write_glb(tmp_path / "a.glb", contents, binary), "1,200 vertices", Limits(vertices=1000))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty file"),
        (b"just some text, not a model", "bad magic"),
        (b"glTF\x02\0\0\0", "shorter than a glTF header"),
        (glb_bytes(*document())[:-9], "shorter than its header says"),
        (glb_bytes(*document()) + b"more", "longer than its header says"),
        (b"glTF\x01\0\0\0" + glb_bytes(*document())[8:], "version 1"),
        (glb_bytes(b"{not json", b""), "JSON cannot be read"),
        (glb_bytes(b"[1, 2]", b""), "not a glTF document"),
        (glb_bytes(b'{"nodes": NaN}', b""), "NaN"),
        (glb_bytes(b"[" * 200_000, b""), "JSON cannot be read"),
    ],
)
def test_a_damaged_file_is_refused_with_a_reason(tmp_path, data, words):
    path = tmp_path / "a.glb"
    path.write_bytes(data)
    refused(path, words)


def test_a_json_of_countless_values_is_not_parsed(tmp_path):
    path = write_glb(tmp_path / "a.glb", b'{"extras": [' + b"[]," * 2000 + b"[]]}", b"")
    refused(path, "more than 1,000 values", Limits(json_values=1000))


def test_a_file_above_the_size_limit_is_not_read(tmp_path):
    path = write_glb(tmp_path / "a.glb", *document())
    refused(path, "too large", Limits(file_bytes=100))


def test_a_link_that_leaves_the_folder_is_refused(tmp_path):
    outside = write_glb(tmp_path / "a.glb", *document())
    (tmp_path / "objects").mkdir()
    (tmp_path / "objects" / "a.glb").symlink_to(outside)
    with pytest.raises(ObjectRefused, match="link"):
        check_file(tmp_path / "objects" / "a.glb", tmp_path / "objects", LIMITS)


def test_a_blender_file_is_refused(tmp_path):
    (tmp_path / "a.blend").write_bytes(b"BLENDER-v300")
    refused(tmp_path / "a.blend", "scripts")
