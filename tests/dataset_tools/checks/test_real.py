"""Clips of real video have fewer arrays; those are held to what the format asks of them."""

import json

import numpy as np
import pytest

from dataset_tools import npz
from dataset_tools.checks import check_clip
from dataset_tools.clip import Clip
from dataset_tools.schema import LABELS
from tests.dataset_tools.checks.scenes import Scene, Solid, line, make

NEEDED = tuple(field.name for field in LABELS if "real" in field.required)


@pytest.fixture(scope="module")
def members() -> dict[str, bytes]:
    scene = Scene((Solid("box", (1, 0.5, 0.5), line(6, (-0.5, 0), (0.1, 0), 0.25)),), frames=6)
    parts = make(scene).with_meta(kind="real", center_source="mask centroid")
    packed = parts.pack()
    labels = npz.save({name: parts.labels[name] for name in NEEDED})
    kept = {name: packed[name] for name in ("video.mp4", "meta.json", "masks.npz")}
    return {**kept, "labels.npz": labels}


def faults(members: dict[str, bytes]) -> list[str]:
    return [fault.message for fault in check_clip(Clip.from_members("00000000", members, split="train")).faults]


def with_labels(members: dict[str, bytes], **arrays: np.ndarray) -> dict[str, bytes]:
    return {**members, "labels.npz": npz.save({**npz.load(members["labels.npz"]), **arrays})}


def test_a_real_clip_passes_with_masks_and_without(members) -> None:
    assert faults(members) == []
    assert faults({name: data for name, data in members.items() if name != "masks.npz"}) == []


def test_times_need_not_be_even_and_the_camera_may_be_known(members) -> None:
    uneven = np.array([0, 0.1, 0.3, 0.31, 0.5, 0.9])
    assert faults(with_labels(members, timestamps=uneven, world_from_camera=np.tile(np.eye(4), (6, 1, 1)))) == []
    assert "world_from_camera" in faults(with_labels(members, world_from_camera=np.ones((6, 4, 4))))[0]
    assert "timestamps" in faults(with_labels(members, timestamps=uneven[::-1]))[0]


@pytest.mark.parametrize("name", NEEDED)
def test_each_array_that_real_clips_have_is_needed(members, name: str) -> None:
    labels = {key: array for key, array in npz.load(members["labels.npz"]).items() if key != name}
    assert any(name in message for message in faults({**members, "labels.npz": npz.save(labels)}))


def test_arrays_of_synthetic_clips_are_named(members) -> None:
    found = faults(with_labels(members, box_size=np.ones((1, 3))))
    assert len(found) == 1 and "box_size" in found[0]


def test_boxes_beside_the_masks_visible_points_outside_and_a_shifted_middle_are_named(members) -> None:
    labels = npz.load(members["labels.npz"])
    assert "box2d" in faults(with_labels(members, box2d=labels["box2d"] + 1))[0]
    assert "outside of the frame" in faults(with_labels(members, track_px=labels["track_px"] + 100))[0]
    moved = labels["intrinsics"].copy()
    moved[:, 0, 2] += 0.5
    assert "intrinsics" in faults(with_labels(members, intrinsics=moved))[0]


def test_a_video_of_another_length_is_named(members) -> None:
    meta = {**json.loads(members["meta.json"]), "frames": 5}
    found = faults({**members, "meta.json": json.dumps(meta).encode()})
    assert any("number of frames is 6; expected 5" in message for message in found)
