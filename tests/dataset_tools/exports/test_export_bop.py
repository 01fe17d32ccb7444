"""BOP folders re-read by OpenCV, trimesh and plain JSON, and held against the labels and masks they came from.

OpenCV counts pixels as BOP does: the first pixel's centre is (0, 0), half a pixel less than in our labels.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import trimesh

from dataset_tools.clip import Clip
from dataset_tools.exports import export_dataset
from dataset_tools.exports.bop import depth_levels
from tests.dataset_tools.clip_parts import take_apart

cv2 = pytest.importorskip("cv2")


@dataclass(frozen=True)
class View:
    """One object in one image, as a BOP reader finds it; lengths in millimetres."""

    clip: Clip
    t: int
    n: int
    intrinsics: np.ndarray
    rotation: np.ndarray
    translation: np.ndarray
    obj_id: int
    info: dict[str, Any]
    depth_scale: float
    folder: Path

    def project(self, points_mm: np.ndarray) -> np.ndarray:
        """Pixels (K,2) of model points (K,3)."""
        turn, _ = cv2.Rodrigues(self.rotation)
        return cv2.projectPoints(points_mm, turn, self.translation, self.intrinsics, None)[0].reshape(-1, 2)

    def picture(self, kind: str, ending: str = "") -> np.ndarray:
        path = self.folder / kind / f"{self.t:06d}{ending}.png"
        picture = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
        assert picture is not None, path
        return picture

    @property
    def mask(self) -> np.ndarray:
        return self.picture("mask_visib", f"_{self.n:06d}")


@pytest.fixture(scope="module")
def folder(exported) -> Path:
    return exported("bop")


@pytest.fixture(scope="module")
def views(folder, golden) -> list[View]:
    return [view for clip in golden for view in scene(folder, clip)]


def scene(folder: Path, clip: Clip) -> Iterator[View]:
    place = folder / clip.split / f"{int(clip.key):06d}"
    camera, poses, infos = (
        json.loads((place / f"scene_{name}.json").read_text()) for name in ("camera", "gt", "gt_info")
    )
    assert list(camera) == list(poses) == list(infos) == [str(t) for t in range(clip.meta["frames"])]
    for image, per_object in poses.items():
        for n, pose in enumerate(per_object):
            yield View(
                clip, int(image), n,
                np.reshape(camera[image]["cam_K"], (3, 3)), np.reshape(pose["cam_R_m2c"], (3, 3)),
                np.array(pose["cam_t_m2c"]), pose["obj_id"], infos[image][n], camera[image]["depth_scale"], place,
            )  # fmt: skip


def test_model_points_project_to_the_tracks(views):
    assert len(views) == 96
    for view in views:
        labels = view.clip.labels
        owned = labels["track_object"] == view.n
        points = labels["track_points"][owned].astype(np.float64) * 1000
        np.testing.assert_allclose(view.project(points), labels["track_px"][view.t, owned] - 0.5, atol=1e-3)


def test_a_models_corners_project_to_the_boxes(views, folder):
    for view in views[:: len(views) // 12]:
        model = trimesh.load(folder / "models" / f"obj_{view.obj_id:06d}.ply")
        theirs = view.project(np.asarray(model.vertices, np.float64))
        ours = view.clip.labels["box_corners_px"][view.t, view.n] - 0.5
        distance = np.linalg.norm(theirs[:, None] - ours[None], axis=-1)
        assert distance.min(axis=1).max() < 2e-3 and distance.min(axis=0).max() < 2e-3


def test_visible_masks_are_the_clips(views):
    for view in views:
        np.testing.assert_array_equal(view.mask == 255, view.clip.masks[view.t] == view.n + 1)
        assert set(np.unique(view.mask)) <= {0, 255}


def test_visible_points_fall_within_a_pixel_of_their_mask(views):
    on_mask = []
    for view in views:
        labels = view.clip.labels
        shown = (labels["track_object"] == view.n) & labels["track_visible"][view.t]
        px = np.rint(view.project(labels["track_points"][shown].astype(np.float64) * 1000)).astype(int)
        column, row = px.clip(0, (191, 111)).T
        on_mask.append(cv2.dilate(view.mask, np.ones((3, 3), np.uint8))[row, column] == 255)
    assert np.concatenate(on_mask).mean() >= 0.98


def test_depth_pictures_are_the_clips_depth_in_millimetres(views):
    for view in views:
        picture = view.picture("depth")
        assert picture.dtype == np.uint16
        depth = view.clip.depth[view.t].astype(np.float64)
        known = np.isfinite(depth)
        np.testing.assert_allclose(picture[known] * view.depth_scale / 1000, depth[known], atol=0.51e-3)
        assert not picture[~known].any()


def test_depth_beyond_the_16_bits_counts_as_not_measured():
    depth = np.array([[0.0, 0.0004, 1.2344, 65.535, 65.6, np.inf, np.nan]])
    assert depth_levels(depth).tolist() == [[0, 0, 1234, 65535, 0, 0, 0]]


def test_camera_and_object_poses_meet_in_the_world(views):
    for view in views:
        camera = json.loads((view.folder / "scene_camera.json").read_text())[str(view.t)]
        camera_from_world = np.eye(4)
        camera_from_world[:3, :3] = np.reshape(camera["cam_R_w2c"], (3, 3))
        camera_from_world[:3, 3] = np.array(camera["cam_t_w2c"]) / 1000
        camera_from_object = np.eye(4)
        camera_from_object[:3, :3], camera_from_object[:3, 3] = view.rotation, view.translation / 1000
        world_from_object = np.linalg.inv(camera_from_world) @ camera_from_object
        np.testing.assert_allclose(world_from_object, view.clip.labels["world_from_object"][view.t, view.n], atol=1e-9)


def test_facts_of_an_image_follow_from_its_masks(views):
    fractions = []
    for view in views:
        info, rows_columns = view.info, np.argwhere(view.mask)
        low, high = rows_columns.min(axis=0), rows_columns.max(axis=0)
        assert info["bbox_visib"] == [*low[::-1].tolist(), *(high - low)[::-1].tolist()]
        assert info["px_count_visib"] == len(rows_columns)
        assert info["px_count_all"] == pytest.approx(len(rows_columns) / info["visib_fract"], abs=0.5)
        assert info["visib_fract"] == pytest.approx(view.clip.labels["visible_fraction"][view.t, view.n])
        fractions.append(info["visib_fract"])
        if info["visib_fract"] == 1:
            assert info["bbox_obj"] == info["bbox_visib"] and info["px_count_all"] == info["px_count_visib"]
    assert min(fractions) < 0.95 < max(fractions)


def test_a_model_is_an_asset_at_one_size(folder, golden, views):
    infos = json.loads((folder / "models" / "models_info.json").read_text())
    for view in views:
        info, size = infos[str(view.obj_id)], view.clip.labels["box_size"][view.n] * 1000
        np.testing.assert_allclose([info[f"size_{axis}"] for axis in "xyz"], size)
        np.testing.assert_allclose([info[f"min_{axis}"] for axis in "xyz"], -size / 2)
        assert info["diameter"] == pytest.approx(np.linalg.norm(size))
        assert info["asset_id"] == view.clip.meta["objects"][view.n]["asset_id"]
    kinds = {
        (entry["sha256"], tuple(size))
        for clip in golden
        for entry, size in zip(clip.meta["objects"], clip.labels["box_size"].tolist(), strict=True)
    }
    assert sorted(infos, key=int) == [str(number + 1) for number in range(len(kinds))]


def test_models_are_closed_boxes_with_normals_that_point_outwards(folder):
    for path in sorted((folder / "models").glob("*.ply")):
        box = trimesh.load(path, process=False)
        assert "not its mesh" in path.read_text().splitlines()[2]
        np.testing.assert_allclose((box.face_normals * box.triangles_center).sum(axis=1) > 0, True)
        np.testing.assert_allclose(box.vertex_normals[box.faces[:, 0]], box.face_normals, atol=1e-6)
        merged = trimesh.load(path)
        merged.merge_vertices(merge_norm=True)
        assert merged.is_watertight and merged.volume == pytest.approx(np.prod(merged.extents))


def test_targets_count_the_objects_seen_in_the_test_split(folder, golden):
    targets = json.loads((folder / "test_targets_bop19.json").read_text())
    assert {target["scene_id"] for target in targets} == {int(clip.key) for clip in golden.split("test")}
    assert len(targets) == sum(clip.meta["frames"] for clip in golden.split("test"))
    assert {target["inst_count"] for target in targets} == {1}


def test_a_hidden_object_is_no_target_and_its_size_in_pixels_is_unknown(golden, tmp_path):
    parts = take_apart(golden[4], without=("normals", "flow", "depth"))
    fraction, masks = parts.labels["visible_fraction"].copy(), parts.planes["masks"].copy()
    fraction[2], fraction[5], masks[2], masks[5] = 0, np.nan, 0, 0
    hidden = parts.with_labels(visible_fraction=fraction).with_planes(masks=masks).clip()
    out = export_dataset([hidden], "bop", tmp_path / "out")
    infos = json.loads((out / "test" / "000003" / "scene_gt_info.json").read_text())
    assert infos["2"][0]["visib_fract"] == 0 and infos["2"][0]["px_count_all"] == -1
    assert infos["5"][0]["visib_fract"] == -1 and infos["5"][0]["bbox_visib"] == [-1, -1, -1, -1]
    targets = json.loads((out / "test_targets_bop19.json").read_text())
    assert [target["im_id"] for target in targets] == [0, 1, 3, 4, *range(6, 12)]
    assert not (out / "test" / "000003" / "depth").exists()
