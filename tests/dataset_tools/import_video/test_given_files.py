"""Masks, tracks and cameras that lie beside a film are read as given, and hostile ones are not run."""

import json
import os
import pickle
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dataset_tools.errors import FormatError
from dataset_tools.geometry import invert_rigid
from dataset_tools.import_video.annotations import given_camera, read_annotation
from dataset_tools.import_video.fit import Fit
from dataset_tools.import_video.mask_files import mask_paths, read_masks
from dataset_tools.import_video.unpickle import load_table

FIT = Fit(40, 30, 0, Fraction(1), 40, 30)


def write_masks(folder: Path, masks: list[np.ndarray], names: str = "{:05d}.png") -> Path:
    folder.mkdir(parents=True)
    for t, mask in enumerate(masks):
        Image.fromarray(mask).save(folder / names.format(t))
    return folder


def two_squares() -> list[np.ndarray]:
    masks = [np.zeros((30, 40), np.uint8) for _ in range(6)]
    for t, mask in enumerate(masks):
        mask[5:15, 5 + t : 20 + t] = 7
        mask[20:26, 30:36] = 3
        mask[0, 0] = 255
    return masks


def rotations(count: int) -> np.ndarray:
    angles = np.linspace(0, 0.4, count)
    turned = np.tile(np.eye(3), (count, 1, 1))
    turned[:, 0, 0] = turned[:, 2, 2] = np.cos(angles)
    turned[:, 0, 2], turned[:, 2, 0] = np.sin(angles), -np.sin(angles)
    return turned


def write_camera(path: Path, **table: np.ndarray) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    np.save(path, table)
    return path


class Evil:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


def test_masks_are_numbered_by_size_and_void_is_background(tmp_path) -> None:
    paths = mask_paths(write_masks(tmp_path / "film", two_squares()), 6)
    masks, names = read_masks(paths, (0, 2, 5), FIT, 4)
    assert names == [7, 3] and masks.max() == 2
    assert (masks[1] == 1).sum() == 150 and (masks[0] == 2).sum() == 36 and masks[0, 0, 0] == 0
    assert read_masks(paths, (0, 2, 5), FIT, 1)[1] == [7]


def test_masks_of_some_frames_are_found_by_their_number(tmp_path) -> None:
    folder = write_masks(tmp_path / "film", two_squares()[:2], names="mask_{:03d}.png")
    assert set(mask_paths(folder, 6)) == {0, 1}
    with pytest.raises(FormatError, match="frame 4 has no mask"):
        read_masks(mask_paths(folder, 6), (0, 4), FIT, 4)


def test_palettes_sixteen_bits_and_turned_films_keep_their_numbers(tmp_path) -> None:
    mask = two_squares()[0]
    coloured = Image.fromarray(mask).convert("P")
    coloured.putdata(mask.ravel().tolist())
    (tmp_path / "p").mkdir()
    coloured.save(tmp_path / "p" / "0.png")
    assert (read_masks(mask_paths(tmp_path / "p", 1), (0,), FIT, 4)[0] == read_masks(
        mask_paths(write_masks(tmp_path / "l", [mask]), 1), (0,), FIT, 4)[0]).all()  # fmt: skip
    deep = mask.astype(np.uint16) * 1000
    assert read_masks(mask_paths(write_masks(tmp_path / "d", [deep]), 1), (0,), FIT, 4)[1] == [7000, 3000]
    turned = Fit(30, 40, 1, Fraction(1), 40, 30)  # stored on its side
    assert (read_masks(mask_paths(tmp_path / "l", 1), (0,), turned, 4)[0] > 0).sum() == 186


def test_masks_that_are_no_index_masks_are_refused(tmp_path) -> None:
    rgb = write_masks(tmp_path / "rgb", [np.zeros((30, 40, 3), np.uint8)])
    small = write_masks(tmp_path / "small", [np.zeros((10, 10), np.uint8)])
    broken = write_masks(tmp_path / "broken", [np.zeros((30, 40), np.uint8)])
    (broken / "00000.png").write_bytes(b"no picture")
    for folder, word in ((rgb, "one channel"), (small, "10x10"), (broken, "cannot be read")):
        with pytest.raises(FormatError, match=word):
            read_masks(mask_paths(folder, 1), (0,), FIT, 4)
    with pytest.raises(FormatError, match="no masks for it"):
        mask_paths(tmp_path / "absent", 3)


@pytest.mark.parametrize("folder", ["", "trajectory_CoTracker_all"])
def test_the_authors_tracks_are_read(tmp_path, folder: str) -> None:
    tracks = {"0": [[1, 2], [3, 4]], "1": [[5.5, 6], [7, 8]]}
    (tmp_path / folder).mkdir(exist_ok=True)
    (tmp_path / folder / "12_abc.json").write_text(json.dumps(tracks))
    found = read_annotation(tmp_path, "12_abc")
    assert [name for name, _ in found.tracks] == ["0", "1"] and found.camera is None
    np.testing.assert_array_equal(found.tracks[1][1], [[5.5, 6], [7, 8]])


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"0": [[1]]}', '{"0": "x"}', '{"0": [[1, 2], [3]]}', "[" * 99999])
def test_tracks_of_another_form_are_refused(tmp_path, text: str) -> None:
    (tmp_path / "film.json").write_text(text)
    with pytest.raises(FormatError, match="its tracks"):
        read_annotation(tmp_path, "film")


def test_the_authors_cameras_become_poses_from_the_first(tmp_path) -> None:
    rotation, place = rotations(8), np.linspace([0, 0, 0], [0.7, 0, 0], 8)
    path = write_camera(
        tmp_path / "camera.npy", pred_cam_R=rotation.astype(np.float32), pred_cam_T=place, img_focal=500.0
    )
    camera = given_camera(path, (2, 4, 7), 0.5)
    world_from_camera = camera.world_from_camera
    assert camera.name == "given" and camera.focal == pytest.approx(250)
    np.testing.assert_allclose(world_from_camera[0, :3, 2], [0, 1, 0], atol=1e-9)  # level, looking along +y
    given = np.tile(np.eye(4), (8, 1, 1))
    given[:, :3, :3], given[:, :3, 3] = rotation, place
    relative = invert_rigid(world_from_camera[0]) @ world_from_camera[2]
    np.testing.assert_allclose(relative, invert_rigid(given[2]) @ given[7], atol=1e-6)


def test_lost_cameras_are_unknown_and_not_zero(tmp_path) -> None:
    place = np.zeros((8, 3))
    place[5] = np.nan
    path = write_camera(tmp_path / "camera.npy", pred_cam_R=rotations(8), pred_cam_T=place)
    assert given_camera(path, (0, 5), 1.0).world_from_camera is None
    assert given_camera(path, (0, 4), 1.0).world_from_camera is not None
    assert "ends after 8" in given_camera(path, (0, 9), 1.0).reason
    scaled = write_camera(tmp_path / "scaled.npy", pred_cam_R=2 * rotations(8), pred_cam_T=np.zeros((8, 3)))
    assert "no rotations" in given_camera(scaled, (0, 4), 1.0).reason


def test_a_pickle_that_runs_code_is_refused_before_it_runs(tmp_path) -> None:
    for number, table in enumerate(({"pred_cam_R": Evil(tmp_path / "ran")}, Evil(tmp_path / "ran"))):
        path = tmp_path / f"camera{number}.npy"
        np.save(path, np.array(table, dtype=object), allow_pickle=True)
        with pytest.raises(FormatError, match="mkdir.*could run code"):
            load_table(path)
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    "name", ["builtins eval", "os system", "numpy load", "numpy.core.multiarray fromfile", "functools partial"]
)
def test_globals_other_than_arrays_are_refused(tmp_path, name: str) -> None:
    header = tmp_path / "header.npy"
    np.save(header, np.array({}, dtype=object), allow_pickle=True)
    data = header.read_bytes()
    start = data.index(b"\n", 10) + 1
    (tmp_path / "camera.npy").write_bytes(data[:start] + b"c" + name.replace(" ", "\n").encode() + b"\n.")
    with pytest.raises(FormatError, match=name.split()[1]):
        load_table(tmp_path / "camera.npy")


@pytest.mark.parametrize("protocol", (3, 4, 5))
def test_tables_of_arrays_are_read_in_every_protocol(tmp_path, protocol: int) -> None:
    header = tmp_path / "header.npy"
    np.save(header, np.array({}, dtype=object), allow_pickle=True)
    data = header.read_bytes()
    start = data.index(b"\n", 10) + 1
    table = np.array({"a": np.arange(6.0).reshape(2, 3), "f": np.float32(3), "text": "words"}, dtype=object)
    (tmp_path / "camera.npy").write_bytes(data[:start] + pickle.dumps(table, protocol=protocol))
    found = load_table(tmp_path / "camera.npy")
    np.testing.assert_array_equal(found["a"], [[0, 1, 2], [3, 4, 5]])
    assert found["f"] == 3 and "text" not in found


@pytest.mark.parametrize("content", [b"", b"no npy at all", b"\x93NUMPY\x01\x00v\x00{'descr': '|O'"])
def test_damaged_cameras_are_refused(tmp_path, content: bytes) -> None:
    (tmp_path / "camera.npy").write_bytes(content)
    with pytest.raises(FormatError, match=r"camera\.npy"):
        load_table(tmp_path / "camera.npy")
