"""The PoseTraj authors' folders, read by the rules of their `Trajectory_blender_Data`."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dataset_tools.drawing import Layers, draw_frame
from dataset_tools.exports import export_dataset
from dataset_tools.exports.posetraj_authors import motion_name, trajectory_maps
from tests.dataset_tools.clip_parts import take_apart

FOLDERS = ("images", "images_bbox", "traj_vid_enhanced")
RED, GREEN = [255, 0, 0], [0, 255, 0]


@pytest.fixture(scope="module")
def folder(exported) -> Path:
    return exported("posetraj-authors")


def pictures(folder: Path) -> np.ndarray:
    """All pictures of a folder in the order of their names, as their loader lists them."""
    return np.stack([np.asarray(Image.open(path).convert("RGB")) for path in sorted(folder.iterdir())])


def clip_folder(folder: Path, clip) -> Path:
    (found,) = (folder / clip.split).glob(f"{clip.key}_*")
    return found


def test_a_clips_three_folders_have_the_same_names_a_file_per_frame(folder, golden):
    for clip in golden:
        names = [[path.name for path in sorted((clip_folder(folder, clip) / kind).iterdir())] for kind in FOLDERS]
        assert names[0] == names[1] == names[2] and len(names[0]) == clip.meta["frames"]


def test_their_loader_finds_a_number_and_a_motion_in_the_folders_name(folder, golden):
    for clip in golden:
        parts = clip_folder(folder, clip).name.split("_")
        assert int(parts[-2]) == int(clip.key) and parts[-1] == "circle-arc"


def test_frames_are_exact_and_boxes_are_drawn_on_them(folder, golden):
    clip = golden[0]
    plain, boxed = (pictures(clip_folder(folder, clip) / kind) for kind in FOLDERS[:2])
    frames = clip.video()
    np.testing.assert_array_equal(plain, frames)
    for t in (0, 7):
        drawn = draw_frame(frames[t], clip.labels, t, Layers(paths=False), scale=1.0)
        np.testing.assert_array_equal(boxed[t], drawn)
    assert (boxed != plain).any(axis=(1, 2, 3)).all()


def test_map_t_leads_from_frame_t_to_a_head_at_the_next(folder, golden):
    for clip in golden:
        maps, centres = pictures(clip_folder(folder, clip) / "traj_vid_enhanced"), clip.labels["center_px"]
        assert not maps[-1].any()
        for t, drawn in enumerate(maps[:-1]):
            for n in range(centres.shape[1]):
                (x0, y0), (x1, y1) = centres[t : t + 2, n].astype(int)
                assert drawn[y1, x1].tolist() == GREEN
                if np.hypot(x1 - x0, y1 - y0) > 4:
                    assert drawn[y0, x0].tolist() == RED
            assert np.unique(drawn.reshape(-1, 3), axis=0).tolist() in ([[0, 0, 0], GREEN], [[0, 0, 0], GREEN, RED])


def test_a_head_is_seven_pixels_across_and_a_line_three():
    maps = trajectory_maps(np.array([[[10.5, 20.5]], [[50.5, 20.5]]]), 40, 64)
    green, red = (maps[0] == GREEN).all(axis=-1), (maps[0] == RED).all(axis=-1)
    assert green.any(axis=1).sum() == 7 and green.any(axis=0).sum() == 7 and green[20, 50]
    assert red[:, 30].tolist() == [False] * 19 + [True] * 3 + [False] * 18


def test_places_that_are_not_known_are_left_out():
    maps = trajectory_maps(np.array([[[10.0, 20.0]], [[np.nan, np.nan]], [[1e30, 5.0]]]), 40, 64)
    assert not maps.any()


def test_motion_says_line_where_nothing_turns():
    assert motion_name(({"family": "line", "rotation_deg": 0.0},)) == "line"
    assert motion_name(({"family": "line", "rotation_deg": 90.0},)) == "turning-line"
    assert (
        motion_name(({"family": "s_curve", "rotation_deg": 90.0}, {"family": "line", "rotation_deg": 0.0})) == "s-curve"
    )
    assert motion_name(({"family": "s_curve", "rotation_deg": float("nan")},)) == "s-curve"


def test_a_hostile_family_stays_in_the_folder(golden, tmp_path):
    parts = take_apart(golden[3], without=("depth", "normals", "flow", "masks"))
    entry = {**parts.meta["objects"][0], "family": "../../../evil\0_x"}
    out = export_dataset([parts.with_meta(objects=[entry]).clip()], "posetraj-authors", tmp_path / "out")
    assert [path.name for path in (out / "val").iterdir()] == ["00000001_evil-x"]
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
