"""The user's own HDRIs and floor textures: their names go into the config, their places stay with the run."""

from collections.abc import Mapping
from pathlib import Path

from blender_gen.config import DatasetConfig, override
from blender_gen.scenes import is_hdri_name, is_texture_name, scan_hdris, scan_textures
from dataset_tools.errors import PoseTrajError


def with_scene_files(
    config: DatasetConfig, hdri_dir: Path | None, texture_dir: Path | None
) -> tuple[DatasetConfig, dict[str, Path]]:
    """Return the config with a weight of 1 for each file, unless it weighs some of its kind, and where each file lies.

    Raises:
        SceneLibraryError: a folder or a file in it cannot be used.
    """
    hdris = scan_hdris(hdri_dir) if hdri_dir is not None else {}
    textures = scan_textures(texture_dir) if texture_dir is not None else {}
    environments, floors = dict(config.environments), dict(config.floors)
    if not any(map(is_hdri_name, environments)):
        environments |= dict.fromkeys(hdris, 1.0)
    if not any(map(is_texture_name, floors)):
        floors |= dict.fromkeys(textures, 1.0)
    return override(config, {"environments": environments, "floors": floors}), {**hdris, **textures}


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
        there = ", ".join(sorted(files)) or "none"
        raise PoseTrajError(
            f"the settings name {missing[0]}, which is not among the files given ({there:.300}); give its folder with "
            "--hdri-dir or --texture-dir"
        )
