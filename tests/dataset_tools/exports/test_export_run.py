"""Runs of an export: what they refuse, and that they leave all or nothing."""

import os
from pathlib import Path

import numpy as np
import pytest

import posetraj
from dataset_tools.errors import FormatError
from dataset_tools.exports import FORMS, export_dataset
from dataset_tools.stats.output import CannotWrite
from tests.dataset_tools.clip_parts import take_apart

PLANES = ("masks", "depth", "normals", "flow")


def bare(clip):
    return take_apart(clip, without=PLANES)


@pytest.mark.parametrize("form", ["coco", "bop"])
def test_a_clip_that_lacks_masks_is_named_and_nothing_is_left(golden, tmp_path, form):
    clips = [golden[0], bare(golden[1]).clip()]
    with pytest.raises(FormatError, match="clip 00000002 .*lacks masks"):
        export_dataset(clips, form, tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_a_clip_without_poses_is_named(golden, tmp_path):
    parts = bare(golden[0])
    labels = {name: array for name, array in parts.labels.items() if not name.startswith("box_corners")}
    clip = parts._but("labels.npz", labels=labels).clip()
    with pytest.raises(FormatError, match="clip 00000000 .*lacks box_corners_px"):
        export_dataset([clip], "posetraj-authors", tmp_path / "out")


@pytest.mark.parametrize("form", list(FORMS))
def test_arrays_that_do_not_fit_the_film_are_refused(golden, tmp_path, form):
    parts = take_apart(golden[0], without=PLANES[1:])
    shorter = parts.with_video(parts.video[:-1]).clip()
    with pytest.raises(FormatError, match="clip 00000000: .*expected .*11"):
        export_dataset([shorter], form, tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_a_pose_that_is_no_number_is_refused(golden, tmp_path):
    parts = take_apart(golden[0], without=PLANES[1:])
    poses = parts.labels["world_from_object"].copy()
    poses[3, 0, 0, 3] = np.nan
    with pytest.raises(FormatError, match="world_from_object holds 1 NaN"):
        export_dataset([parts.with_labels(world_from_object=poses).clip()], "bop", tmp_path / "out")


def test_masks_of_more_objects_than_there_are_are_refused(golden, tmp_path):
    parts = take_apart(golden[0], without=PLANES[1:])
    masks = parts.planes["masks"].copy()
    masks[0, 0, 0] = 9
    with pytest.raises(FormatError, match="clip 00000000: masks show an object 9 of 2"):
        export_dataset([parts.with_planes(masks=masks).clip()], "coco", tmp_path / "out")


def test_a_folder_that_holds_something_is_left_as_it_was(golden, tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(FormatError, match="is not an empty folder"):
        export_dataset(golden, "tapvid", tmp_path)
    with pytest.raises(FormatError, match="is not an empty folder"):
        export_dataset(golden, "tapvid", tmp_path / "mine.txt")
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_an_empty_folder_is_filled(golden, tmp_path):
    (tmp_path / "out").mkdir()
    export_dataset(golden.split("val"), "tapvid", tmp_path / "out")
    assert [path.name for path in tmp_path.rglob("*.pkl")] == ["posetraj-val-000000.pkl"]
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_no_clips_and_unknown_forms_are_refused(golden, tmp_path):
    with pytest.raises(FormatError, match="no clip to export"):
        export_dataset([], "coco", tmp_path / "out")
    with pytest.raises(FormatError, match="choose coco, bop, tapvid, posetraj-authors"):
        export_dataset(golden, "kitti", tmp_path / "out")


def test_where_nothing_can_be_written_one_sentence_says_so(golden, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(CannotWrite, match="stopped"):
        export_dataset(golden.split("val"), "tapvid", tmp_path / "file" / "out")


@pytest.mark.parametrize("form", list(FORMS))
def test_two_exports_are_the_same_bytes(golden, exported, tmp_path, form):
    again = export_dataset(golden, form, tmp_path / "again")
    assert contents(again) == contents(exported(form))


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_the_verb_writes_one_split(shared, tmp_path, capsys):
    arguments = [
        "export",
        str(shared / "golden"),
        "--format",
        "coco",
        "--out",
        str(tmp_path / "out"),
        "--split",
        "test",
    ]
    assert posetraj.main(arguments) == 0
    assert capsys.readouterr().out == f"wrote {tmp_path / 'out'}{os.linesep}"
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["annotations", "test"]
    assert posetraj.main(arguments) == 1
    assert "is not an empty folder" in capsys.readouterr().err
