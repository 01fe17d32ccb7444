"""Which files count as objects, and in which order."""

import pytest

from blender_gen.objects.discovery import ObjectFolderError, find_objects


@pytest.fixture
def folder(tmp_path):
    root = tmp_path / "objects"
    for name in ("b.glb", "a.OBJ", "sub/c.stl", "sub/deep/d.ply", "e.fbx", "f.gltf", "g.blend"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("x")
    for name in ("notes.txt", "a.mtl", "picture.png", ".hidden.glb", ".git/h.glb"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("x")
    return root


def names(found):
    return [file.file for file in found]


def test_objects_come_sorted_by_relative_path(folder):
    expected = ["a.OBJ", "b.glb", "e.fbx", "f.gltf", "g.blend", "sub/c.stl", "sub/deep/d.ply"]
    assert names(find_objects([folder])) == expected


def test_folders_come_in_the_order_given(folder, tmp_path):
    other = tmp_path / "another"
    other.mkdir()
    (other / "z.glb").write_text("x")
    assert names(find_objects([folder, other]))[-1] == "z.glb"
    assert names(find_objects([other, folder]))[0] == "z.glb"


def test_a_folder_given_twice_counts_once(folder):
    assert find_objects([folder, folder]) == find_objects([folder])


def test_a_link_to_a_folder_is_passed_over(folder, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "z.glb").write_text("x")
    (folder / "linked").symlink_to(tmp_path / "elsewhere")
    assert "linked/z.glb" not in names(find_objects([folder]))


def test_a_single_file_may_stand_for_a_folder(folder):
    (found,) = find_objects([folder / "b.glb"])
    assert (found.folder, found.file, found.path) == (folder, "b.glb", folder / "b.glb")


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(ObjectFolderError, match="nowhere"):
        find_objects([tmp_path / "nowhere"])
