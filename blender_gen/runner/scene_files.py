"""The user's own HDRIs and floor textures: their names go into the config, their places stay with the run."""

from collections.abc import Mapping
from pathlib import Path

from blender_gen.config import DatasetConfig, override
from blender_gen.scenes import is_hdri_name, is_texture_name, scan_hdris, scan_textures
from dataset_tools.errors import PoseTrajError


def with_scene_files(
    config: DatasetConfig, hdri_dir: Path | None, texture_dir: Path | None
) -> tuple[DatasetConfig, dict[str, Path]]:
    """Return the config with a weight of 1 for each file that it does not weigh yet, and where each file lies.

    Raises:
        SceneLibraryError: a folder or a file in it cannot be used.
    """
    hdris = scan_hdris(hdri_dir) if hdri_dir is not None else {}
    textures = scan_textures(texture_dir) if texture_dir is not None else {}
    changes = {
        "environments": {**dict.fromkeys(hdris, 1.0), **config.environments},
        "floors": {**dict.fromkeys(textures, 1.0), **config.floors},
    }
    return override(config, changes), {**hdris, **textures}


def check_scene_files(config: DatasetConfig, files: Mapping[str, Path]) -> None:
    """Make sure that every file that the config names is there.

    Raises:
        PoseTrajError: one is not.
    """
    missing = [
        name
        for name in (*config.environments, *config.floors)
        if (is_hdri_name(name) or is_texture_name(name)) and name not in files
    ]
    if missing:
        raise PoseTrajError(
            f"the settings name {missing[0]}, whose file is not given; give its folder with --hdri-dir or --texture-dir"
        )
