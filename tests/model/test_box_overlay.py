"""Boxes drawn on the device against those that dataset_tools draws, one frame at a time."""

import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation

from dataset_tools.drawing import Layers, draw_frame, object_colour
from dataset_tools.geometry import box_corners, pinhole, project, transform
from model.box_overlay import draw_boxes

WIDTH, HEIGHT, FRAMES = 96, 64, 3
COLOURS = [object_colour(n) for n in range(3)]


def sample(seed: int, count: int) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """A noisy video (T,H,W,3) and the labels that boxes are drawn from: turning boxes, partly over each other."""
    rng = np.random.default_rng(seed)
    frames = rng.integers(0, 256, (FRAMES, HEIGHT, WIDTH, 3), dtype=np.uint8)
    poses = np.tile(np.eye(4), (FRAMES, count, 1, 1))
    poses[..., :3, :3] = Rotation.random(FRAMES * count, random_state=seed).as_matrix().reshape(FRAMES, count, 3, 3)
    poses[..., :3, 3] = rng.uniform((-0.8, -0.5, 2.0), (0.8, 0.5, 3.0), (FRAMES, count, 3))
    corners = transform(poses[:, :, None], box_corners(rng.uniform(0.4, 0.9, (count, 3)))[None])
    px, depth = project(corners, pinhole(90.0, WIDTH, HEIGHT))
    labels = {
        "center_px": np.full((FRAMES, count, 2), np.nan, np.float32),
        "center_depth": poses[..., 2, 3].astype(np.float32),
        "box_corners_px": px.astype(np.float32),
        "box_corners_depth": depth.astype(np.float32),
    }
    return frames, labels


def drawn_here(frames: np.ndarray, labels: dict[str, np.ndarray], objects: torch.Tensor | None = None) -> np.ndarray:
    video = torch.from_numpy(frames).permute(0, 3, 1, 2)[None]
    count = labels["center_px"].shape[1]
    corners, depth = (torch.from_numpy(labels[name])[None] for name in ("box_corners_px", "center_depth"))
    objects = torch.ones(1, count, dtype=torch.bool) if objects is None else objects
    return draw_boxes(video, corners, depth, COLOURS, objects)[0].permute(0, 2, 3, 1).numpy()


def drawn_there(frames: np.ndarray, labels: dict[str, np.ndarray]) -> np.ndarray:
    layers = Layers(boxes=True, paths=False)
    return np.stack([draw_frame(frame, labels, t, layers, scale=1.0) for t, frame in enumerate(frames)])


@pytest.mark.parametrize("count", [1, 2, 3])
@pytest.mark.parametrize("seed", range(4))
def test_boxes_are_those_of_the_drawing_on_the_cpu_to_a_grey_level(seed, count):
    frames, labels = sample(seed, count)
    assert np.abs(drawn_here(frames, labels) - drawn_there(frames, labels)).max() <= 1


def test_a_box_with_a_corner_behind_the_camera_is_drawn_as_far_as_it_can_be():
    frames, labels = sample(7, 1)
    labels["box_corners_px"][1, 0, 3] = np.nan
    here, there = drawn_here(frames, labels), drawn_there(frames, labels)
    assert np.abs(here - there).max() <= 1 and (there[1] != frames[1]).any()


def test_objects_that_a_sample_has_not_are_not_drawn():
    frames, labels = sample(8, 2)
    only_first = {name: value[:, :1] for name, value in labels.items()}
    labels["box_corners_px"][:, 1] = np.nan
    labels["center_depth"][:, 1] = np.nan
    found = drawn_here(frames, labels, torch.tensor([[True, False]]))
    assert np.abs(found - drawn_there(frames, only_first)).max() <= 1


def test_samples_of_a_batch_are_drawn_each_by_itself():
    parts = [sample(seed, 2) for seed in (1, 2)]
    video = torch.stack([torch.from_numpy(frames).permute(0, 3, 1, 2) for frames, _ in parts])
    corners, depth = (
        torch.stack([torch.from_numpy(labels[name]) for _, labels in parts])
        for name in ("box_corners_px", "center_depth")
    )
    both = draw_boxes(video, corners, depth, COLOURS, torch.ones(2, 2, dtype=torch.bool))
    for number, (frames, labels) in enumerate(parts):
        np.testing.assert_allclose(both[number].permute(0, 2, 3, 1).numpy(), drawn_here(frames, labels), atol=1e-3)
