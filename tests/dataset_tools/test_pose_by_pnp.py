"""OpenCV, given tracked points and their pixels alone, finds the poses that the labels state."""

import numpy as np
import pytest

from dataset_tools.geometry import invert_rigid
from dataset_tools.reader import Dataset

cv2 = pytest.importorskip("cv2")

ROTATION_DEG = 0.1
TRANSLATION_SHARE = 0.001


@pytest.fixture(scope="module")
def golden(shared) -> Dataset:
    return Dataset(shared / "golden")


def found_pose(points: np.ndarray, px: np.ndarray, intrinsics: np.ndarray) -> np.ndarray:
    """The camera_from_object (4,4) that brings points (K,3) to pixels (K,2): an algebraic start, then refined."""
    known, turn, shift = cv2.solvePnP(points, px, intrinsics, None, flags=cv2.SOLVEPNP_SQPNP)
    assert known
    criteria = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 100, 1e-12)
    turn, shift = cv2.solvePnPRefineLM(points, px, intrinsics, None, turn, shift, criteria)
    pose = np.eye(4)
    pose[:3, :3], pose[:3, 3] = cv2.Rodrigues(turn)[0], shift.ravel()
    return pose


def angle_deg(a: np.ndarray, b: np.ndarray) -> float:
    """The angle between two rotations (3,3), from the sine too, so that small ones are exact."""
    relative = a.T @ b
    sine = np.linalg.norm(relative - relative.T) / (2 * np.sqrt(2))
    return float(np.degrees(np.arctan2(sine, (np.trace(relative) - 1) / 2)))


def test_points_in_front_of_the_camera_give_every_pose_back(golden):
    angles, shifts = [], []
    for clip in golden:
        labels = clip.labels
        stated = invert_rigid(labels["world_from_camera"])[:, None] @ labels["world_from_object"]
        for t, n in np.ndindex(stated.shape[:2]):
            px = labels["track_px"][t].astype(np.float64)
            used = (labels["track_object"] == n) & np.isfinite(px).all(axis=1)
            assert used.sum() >= 64
            points = labels["track_points"][used].astype(np.float64)
            pose = found_pose(points, px[used], labels["intrinsics"][t])
            angles.append(angle_deg(pose[:3, :3], stated[t, n, :3, :3]))
            shifts.append(np.linalg.norm(pose[:3, 3] - stated[t, n, :3, 3]) / np.linalg.norm(stated[t, n, :3, 3]))
    assert len(angles) == 96
    assert max(angles) <= ROTATION_DEG
    assert max(shifts) <= TRANSLATION_SHARE


def test_half_a_pixel_is_told_from_none(golden):
    """The bound is sharp enough to notice a principal point that counts pixels from their centres."""
    labels = golden[0].labels
    stated = (invert_rigid(labels["world_from_camera"])[:, None] @ labels["world_from_object"])[0, 0]
    used = labels["track_object"] == 0
    points, px = labels["track_points"][used].astype(np.float64), labels["track_px"][0, used].astype(np.float64)
    pose = found_pose(points, px - 0.5, labels["intrinsics"][0])
    shift = np.linalg.norm(pose[:3, 3] - stated[:3, 3]) / np.linalg.norm(stated[:3, 3])
    assert shift > TRANSLATION_SHARE
