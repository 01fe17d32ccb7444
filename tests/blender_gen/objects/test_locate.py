import shutil

import pytest

from blender_gen.objects import locate
from blender_gen.objects.discovery import ObjectFolderError
from blender_gen.objects.safety.files import check_file
from blender_gen.objects.safety.refusal import Limits
from tests.blender_gen.blender import studio


def test_each_content_is_found_once_and_what_is_refused_not_at_all(tmp_path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    crate = studio.box(tmp_path / "one", "crate", (1.0, 0.6, 0.5)).path
    slab = studio.box(tmp_path / "two", "slab", (1.0, 0.7, 0.3)).path
    shutil.copy(crate, tmp_path / "two" / "again.glb")
    (tmp_path / "two" / "broken.glb").write_bytes(b"glTF")
    hashes = [check_file(path, path.parent, Limits()).sha256 for path in (crate, slab)]
    assert locate([tmp_path / "one", tmp_path / "two"], workers=2) == dict(zip(hashes, (crate, slab), strict=True))


def test_a_folder_that_is_not_there_is_named(tmp_path) -> None:
    with pytest.raises(ObjectFolderError, match="nowhere"):
        locate([tmp_path / "nowhere"])
