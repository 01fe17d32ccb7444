"""OBJ files, their material libraries and textures are judged before Blender opens them."""

import pytest
from PIL import Image

from blender_gen.objects.safety.files import check_file
from blender_gen.objects.safety.refusal import Limits, ObjectRefused

TRIANGLES = "v 0 0 0\nv 1 0 0\nv 0 1 0\nv 0 0 1\nf 1 2 3\nf 1 2 4\n"


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "asset").mkdir()
    Image.new("RGB", (2, 2)).save(tmp_path / "secret.png")
    (tmp_path / "secret.mtl").write_text("newmtl a\n")
    return tmp_path / "asset"


def check(folder, obj, mtl=None):
    (folder / "object.obj").write_text(obj)
    if mtl is not None:
        (folder / "paint.mtl").write_text(mtl)
    return check_file(folder / "object.obj", folder, Limits())


def test_an_obj_without_materials_is_taken_in_silence(folder):
    assert check(folder, TRIANGLES).warnings == ()


def test_a_missing_material_library_is_a_warning(folder):
    checked = check(folder, "mtllib gone.mtl\n" + TRIANGLES)
    assert "gone.mtl" in checked.warnings[0]


def test_library_and_textures_are_part_of_the_content(folder):
    Image.new("RGB", (2, 2)).save(folder / "red paint.png")
    mtl = "newmtl a\nmap_Kd -s 1 1 1 red paint.png\n"
    checked = check(folder, "mtllib paint.mtl\n" + TRIANGLES, mtl)
    assert [file.name for file in checked.references] == ["paint.mtl", "red paint.png"]
    Image.new("RGB", (3, 3)).save(folder / "red paint.png")
    assert check(folder, "mtllib paint.mtl\n" + TRIANGLES, mtl).sha256 != checked.sha256


def test_the_library_of_the_same_name_is_judged_though_nothing_names_it(folder):
    (folder / "object.mtl").write_text("newmtl a\nmap_Kd ../secret.png\n")
    with pytest.raises(ObjectRefused, match="leaves the object's folder"):
        check(folder, TRIANGLES)


@pytest.mark.parametrize("name", ["../secret.mtl", "/etc/passwd", "..\\secret.mtl", "a.mtl ../secret.mtl", "x:y.mtl"])
def test_a_library_outside_the_folder_is_refused(folder, name):
    with pytest.raises(ObjectRefused):
        check(folder, f"mtllib {name}\n" + TRIANGLES)


@pytest.mark.parametrize(
    "line",
    [
        "map_Kd ../secret.png",
        "map_Kd -o 1 1 1 ../secret.png",
        "map_Kd /dev/zero",
        "bump -bm 0.5 /dev/zero",
        "norm ..\\secret.png",
        "map_Kd C:\\Users\\me\\secret.png",
        "map_Kd http://example.com/a.png",
        'map_Kd "../secret.png"',
        "\tmap_Kd\t../secret.png",
        "map_Kd \\\n../secret.png",
        "map_Kd link.png",
    ],
)
def test_a_texture_outside_the_folder_is_refused(folder, line):
    (folder / "link.png").symlink_to(folder.parent / "secret.png")
    with pytest.raises(ObjectRefused):
        check(folder, "mtllib paint.mtl\n" + TRIANGLES, f"newmtl a\n{line}\n")


def test_a_missing_texture_is_named(folder):
    with pytest.raises(ObjectRefused, match="texture missing: red.png"):
        check(folder, "mtllib paint.mtl\n" + TRIANGLES, "newmtl a\nmap_Kd red.png\n")


@pytest.mark.parametrize(
    ("obj", "words"),
    [
        (TRIANGLES.replace("v 1 0 0", "v nan 0 0"), "line 2: a vertex that is not finite"),
        (TRIANGLES.replace("v 1 0 0", "v 1e999 0 0"), "not finite"),
        (TRIANGLES.replace("v 1 0 0", "v one 0 0"), "not three numbers"),
        (TRIANGLES.replace("v 1 0 0", "v 1 0"), "not three numbers"),
        ("v 0 0 0\nv 1 0 0\n", "no mesh"),
        ("some text\n", "no mesh"),
    ],
)
def test_a_broken_obj_is_refused_with_a_reason(folder, obj, words):
    with pytest.raises(ObjectRefused, match=words):
        check(folder, obj)


@pytest.mark.parametrize("text", ["# " + "a" * 300, "f 1 2 3 \\\n" * 40])
def test_a_line_without_end_is_not_read(tmp_path, text):
    (tmp_path / "a.obj").write_text(TRIANGLES + text)
    with pytest.raises(ObjectRefused, match="more than 200 bytes"):
        check_file(tmp_path / "a.obj", tmp_path, Limits(line_bytes=200))


def test_colours_behind_a_vertex_do_not_disturb(folder):
    check(folder, TRIANGLES.replace("v 1 0 0", "v 1 0 0 0.5 0.5 0.5"))
