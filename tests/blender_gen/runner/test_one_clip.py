"""One clip rendered again from the recipe in its shard."""

import dataclasses
import json
import shutil
from pathlib import Path

import pytest

from blender_gen.bundled import write_bundled, write_one_bundled
from blender_gen.runner.one_clip import OneClipSettings, asset_of, clip_spec_of, find_clip, render_clip
from dataset_tools.clip import Clip
from dataset_tools.errors import PoseTrajError
from dataset_tools.reader import Dataset
from posetraj import main
from tests.blender_gen.runner import small_run

pytestmark = pytest.mark.blender


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> tuple[Path, Path]:
    """A dataset of one clip, and the folder of its objects."""
    folder = tmp_path_factory.mktemp("one")
    objects = small_run.write_objects(folder / "objects")
    small_run.finish(small_run.start(folder / "dataset", objects, clips=1, splits={"train": 1.0}))
    return folder / "dataset", objects


def test_a_clip_rendered_again_has_the_bytes_of_the_shard(made, tmp_path, capsys):
    dataset, objects = made
    assert main(["render-clip", str(dataset), "0", "--out", str(tmp_path), "--objects", str(objects)]) == 0
    clip = Dataset(dataset)[0]
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {
        f"{clip.key}.{member}": clip.read(member) for member in clip.members
    }
    assert f"as in the dataset: {', '.join(clip.members)}\n" in capsys.readouterr().out


def test_a_lone_shard_is_enough(made, tmp_path):
    dataset, objects = made
    shard = shutil.copy(next(dataset.glob("*.tar")), tmp_path / "posetraj-train-000000.tar")
    rendered = render_clip(str(shard), "00000000", tmp_path / "out", OneClipSettings(objects=(str(objects),)))
    assert not rendered.different


def test_files_that_are_there_are_kept(made, tmp_path):
    (tmp_path / "00000000.masks.npz").write_bytes(b"mine")
    with pytest.raises(PoseTrajError, match="is there already"):
        render_clip(str(made[0]), "0", tmp_path, OneClipSettings(objects=(str(made[1]),)))
    assert [path.name for path in tmp_path.iterdir()] == ["00000000.masks.npz"]


def test_a_key_that_is_not_there_is_named(made):
    with pytest.raises(PoseTrajError, match="no clip 00000007; its clips are 00000000 to 00000000"):
        find_clip(Dataset(made[0]), "7")


def test_objects_are_found_by_content_and_never_outside_of_the_folders(made, tmp_path):
    item = clip_spec_of(Dataset(made[0])[0]).objects[0]
    assert asset_of(item, [tmp_path, made[1]]) == made[1] / item.file
    shutil.copy(made[1] / item.file, tmp_path / item.file)
    (tmp_path / "inner").mkdir()
    for stranger in (f"../{item.file}", str(tmp_path / item.file)):
        with pytest.raises(PoseTrajError, match="--objects"):
            asset_of(dataclasses.replace(item, file=stranger), [tmp_path / "inner"])
    (made_again := tmp_path / item.file).write_bytes(made_again.read_bytes()[:-4] + b"\0\0\0\1")
    with pytest.raises(PoseTrajError, match="none of the folders"):
        asset_of(item, [tmp_path])


@pytest.mark.parametrize("spec", ["{}", "[1]", "nonsense", '{"render": {"width": 1e9}}', 7])
def test_a_recipe_that_is_none_is_told(made, spec):
    clip = Dataset(made[0])[0]
    broken = Clip.from_members(clip.key, {"meta.json": json.dumps({**clip.meta, "spec": spec}).encode()})
    with pytest.raises(PoseTrajError, match="none that this version can render"):
        clip_spec_of(broken)


def test_an_imported_clip_has_no_recipe():
    clip = Clip.from_members("00000001", {"meta.json": b'{"kind": "real", "spec": ""}'})
    with pytest.raises(PoseTrajError, match="nothing to render"):
        clip_spec_of(clip)


def test_one_bundled_object_is_that_of_the_whole_set(tmp_path):
    write_bundled(tmp_path / "all", seed=3, variants_per_kind=1)
    write_one_bundled(tmp_path / "one", 3, "mug_00.glb")
    write_one_bundled(tmp_path / "one", 3, "../mug_00.glb")
    write_one_bundled(tmp_path / "one", 3, "nothing_00.glb")
    assert [path.name for path in (tmp_path / "one").iterdir()] == ["mug_00.glb"]
    assert (tmp_path / "one/mug_00.glb").read_bytes() == (tmp_path / "all/mug_00.glb").read_bytes()
