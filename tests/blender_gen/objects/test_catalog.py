"""What the catalogue and the formats say about the front."""

import pytest

from blender_gen.objects.catalog import CatalogError, describe, read_catalog, read_catalogs
from blender_gen.objects.discovery import FoundFile


def described(folder, file):
    found = FoundFile(folder, file)
    (folder / file).parent.mkdir(parents=True, exist_ok=True)
    return describe(found, read_catalogs((found,)))


def front(folder, file):
    description = described(folder, file)
    return description.front_axis if description.front_known else None


@pytest.mark.parametrize(
    ("file", "axis"),
    [("a.glb", "-Y"), ("a.gltf", "-Y"), ("a.obj", "-Y"), ("a.stl", None), ("a.ply", None), ("a.fbx", None)],
)
def test_without_a_catalogue_the_format_tells_the_front(tmp_path, file, axis):
    assert front(tmp_path, file) == axis


@pytest.mark.parametrize("name", ["catalog.csv", "CATALOG.csv", "Catalog.CSV"])
def test_the_catalogue_may_be_spelt_in_any_case(tmp_path, name):
    (tmp_path / name).write_text("file,front\na.glb,+X\n")
    assert front(tmp_path, "a.glb") == "+X"


@pytest.mark.parametrize(
    ("header", "row", "axis"),
    [
        ("file,front", "a.stl,-X", "-X"),
        ("file,front", "a.stl,x", "+X"),
        ("file,front", "a.glb,", None),
        ("file,front_by_eye", "a.glb,+y", "+Y"),
        ("file,front_by_eye", "a.glb,", None),
        ("file,front,front_by_eye", "a.glb,-X,+Y", "-X"),
        ("file,front,front_by_eye", "a.glb,,+Y", "+Y"),
        ("file,name", "a.glb,thing", "-Y"),
        ("file,name", "a.stl,thing", None),
        ("file,front", "other.glb,+X", "-Y"),
    ],
)
def test_a_row_tells_the_front_and_an_empty_one_that_nobody_can(tmp_path, header, row, axis):
    (tmp_path / "catalog.csv").write_text(f"{header}\n{row}\n")
    assert front(tmp_path, "a.stl" if "a.stl" in row else "a.glb") == axis


def test_a_row_describes_its_object(tmp_path):
    (tmp_path / "catalog.csv").write_text(
        "\ufefffile,name,category,symmetric,licence,author,source_repo,source_path,unit\n"
        'a.glb,"Red, old car",vehicle,Yes,CC0-1.0,Ann,github:x/y,cars/a.glb,car\n',
        encoding="utf-8",
    )
    description = described(tmp_path, "a.glb")
    assert (description.name, description.category, description.symmetric) == ("Red, old car", "vehicle", True)
    assert (description.licence, description.author, description.unit) == ("CC0-1.0", "Ann", "car")
    assert description.source == "github:x/y cars/a.glb"


def test_without_a_row_the_name_comes_from_the_file(tmp_path):
    description = described(tmp_path, "old_red_car.glb")
    assert (description.name, description.licence, description.symmetric) == ("old red car", "unknown", False)


def test_the_nearest_catalogue_counts(tmp_path):
    (tmp_path / "sub").mkdir()
    (tmp_path / "catalog.csv").write_text("file,front\nsub/a.glb,+X\nsub/b.glb,+Y\n")
    (tmp_path / "sub" / "catalog.csv").write_text("file,front\na.glb,-X\n")
    assert front(tmp_path, "sub/a.glb") == "-X"
    assert front(tmp_path, "sub/b.glb") == "+Y"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("name,front\na,+X\n", "no column 'file'"),
        ("file,front\na.glb,up\n", "line 2: front is 'up'"),
        ("file,front\na.glb,+Z\n", "line 2: front is"),
        ("file,symmetric\na.glb,perhaps\n", "symmetric is 'perhaps'"),
        ("file,front\na.glb,+X,more\n", "more cells"),
    ],
)
def test_a_catalogue_that_cannot_be_meant_is_an_error(tmp_path, text, words):
    (tmp_path / "catalog.csv").write_text(text)
    with pytest.raises(CatalogError, match=words):
        read_catalog(tmp_path)


def test_a_catalogue_that_is_no_text_is_an_error(tmp_path):
    (tmp_path / "catalog.csv").write_bytes(b"\xff\xfe\x00\x81")
    with pytest.raises(CatalogError, match="not a CSV table"):
        read_catalog(tmp_path)
