"""TAP-Vid pickles, read by a stranger's rules: nothing but numpy arrays, coordinates over the frame's size."""

import pickle
from pathlib import Path

import numpy as np
import pytest

from dataset_tools.exports import export_dataset
from tests.dataset_tools.clip_parts import take_apart


class ArraysOnly(pickle.Unpickler):
    """Refuses everything but what a plain numpy array is made of."""

    def find_class(self, module: str, name: str):
        assert module.split(".")[0] == "numpy" and name in ("_reconstruct", "ndarray", "dtype"), (module, name)
        return super().find_class(module, name)


def read(path: Path) -> dict[str, dict[str, np.ndarray]]:
    with open(path, "rb") as file:
        return ArraysOnly(file).load()


@pytest.fixture(scope="module")
def folder(exported) -> Path:
    return exported("tapvid")


def test_there_is_a_file_for_each_shard_with_its_clips(folder, golden):
    for split in ("train", "val", "test"):
        for shard in {clip.shard for clip in golden.split(split)}:
            keys = [clip.key for clip in golden.split(split) if clip.shard == shard]
            assert list(read(folder / split / shard.replace(".tar", ".pkl"))) == keys
    assert len(list(folder.rglob("*.pkl"))) == 4


def test_arrays_have_the_benchmarks_types_and_hold_the_tracks(folder, golden):
    videos = {key: video for path in folder.rglob("*.pkl") for key, video in read(path).items()}
    for clip in golden:
        video = videos[clip.key]
        assert {name: array.dtype.name for name, array in video.items()} == {
            "video": "uint8",
            "points": "float32",
            "occluded": "bool",
        }
        frames, height, width = video["video"].shape[:3]
        assert video["points"].shape == (512, frames, 2) and video["occluded"].shape == (512, frames)
        np.testing.assert_array_equal(video["video"], clip.video())
        np.testing.assert_array_equal(video["occluded"], ~clip.labels["track_visible"].T)
        px = video["points"].swapaxes(0, 1) * np.array([width, height], np.float32)
        np.testing.assert_allclose(px, clip.labels["track_px"], atol=1e-4)


def test_visible_points_lie_in_the_unit_square_and_move_with_the_picture(folder):
    for path in folder.rglob("*.pkl"):
        for video in read(path).values():
            seen = video["points"][~video["occluded"]]
            assert 0 <= seen.min() and seen.max() <= 1
            colours, everywhere = [], []
            height, width = video["video"].shape[1:3]
            for point, occluded in zip(video["points"], video["occluded"], strict=True):
                column, row = (point * (width, height)).astype(int).clip(0, (width - 1, height - 1)).T
                colour = video["video"][np.arange(len(row)), row, column].astype(float)
                colours.append(colour[~occluded].std(axis=0).mean() if (~occluded).sum() > 1 else np.nan)
                still = video["video"][:, row[0], column[0]].astype(float)
                everywhere.append(still.std(axis=0).mean())
            assert np.nanmedian(colours) < 0.6 * np.median(everywhere)


def test_points_behind_the_camera_are_occluded_numbers(golden, tmp_path):
    parts = take_apart(golden[3], without=("depth", "normals", "flow", "masks"))
    px, visible = parts.labels["track_px"].copy(), parts.labels["track_visible"].copy()
    px[4:, 7], visible[4:, 7] = np.nan, False
    clip = parts.with_labels(track_px=px, track_visible=visible).clip()
    (path,) = export_dataset([clip], "tapvid", tmp_path / "out").rglob("*.pkl")
    (video,) = read(path).values()
    assert np.isfinite(video["points"]).all() and video["occluded"][7, 4:].all()
