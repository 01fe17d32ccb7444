import numpy as np
import OpenEXR
import pytest
from PIL import Image

from blender_gen.config import DatasetConfig, override
from blender_gen.runner.scene_files import check_scene_files, with_scene_files
from dataset_tools.errors import PoseTrajError


@pytest.fixture
def folder(tmp_path):
    light = np.full((8, 16, 3), 0.5, np.float32)
    OpenEXR.File({"type": OpenEXR.scanlineimage}, {"RGB": light}).write(str(tmp_path / "dawn.exr"))
    Image.new("RGB", (16, 16), "brown").save(tmp_path / "planks.png")
    return tmp_path


def test_the_users_files_enter_the_config_by_name_and_not_by_place(folder):
    config, files = with_scene_files(DatasetConfig(), folder, folder)
    (hdri,) = set(config.environments) - set(DatasetConfig().environments)
    (texture,) = set(config.floors) - set(DatasetConfig().floors)
    assert hdri.startswith("hdri:dawn-") and texture.startswith("texture:planks-")
    assert files == {hdri: folder / "dawn.exr", texture: folder / "planks.png"}
    assert str(folder) not in str(config.to_json())
    check_scene_files(config, files)


def test_a_weight_in_the_config_stays(folder):
    config, _ = with_scene_files(DatasetConfig(), folder, None)
    (name,) = set(config.environments) - set(DatasetConfig().environments)
    only = override(DatasetConfig(), {"environments": {name: 3.0}})
    assert with_scene_files(only, folder, None)[0].environments == {name: 3.0}


def test_files_beside_those_that_the_config_weighs_do_not_occur(folder):
    light = np.full((8, 16, 3), 0.25, np.float32)
    OpenEXR.File({"type": OpenEXR.scanlineimage}, {"RGB": light}).write(str(folder / "dusk.exr"))
    config, files = with_scene_files(DatasetConfig(), folder, None)
    dawn = next(name for name in files if "dawn" in name)
    weighed = override(DatasetConfig(), {"environments": {dawn: 3.0, "sky": 1.0}})
    assert with_scene_files(weighed, folder, None)[0].environments == {dawn: 3.0, "sky": 1.0}


def test_without_folders_the_config_is_what_it_was():
    assert with_scene_files(DatasetConfig(), None, None) == (DatasetConfig(), {})


def test_a_name_without_its_file_is_refused(folder):
    config, _ = with_scene_files(DatasetConfig(), folder, None)
    with pytest.raises(PoseTrajError, match=r"--hdri-dir"):
        check_scene_files(config, {})
    with pytest.raises(PoseTrajError, match=r"not among the files given \(hdri:noon-12345678\)"):
        check_scene_files(config, {"hdri:noon-12345678": folder})
