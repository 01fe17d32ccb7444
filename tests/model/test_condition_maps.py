"""Trajectory and pose maps drawn on the device against those that dataset_tools draws on the CPU."""

import numpy as np
import pytest
import torch

from dataset_tools.drawing import Layers, axes_px, draw_frame, object_colour
from dataset_tools.reader import Dataset
from dataset_tools.trajectory_maps import MapPen, trajectory_maps
from model.pose_maps import draw_poses
from model.trajectory_maps import draw_trajectories

WIDTH, HEIGHT, FRAMES = 120, 80, 5
COLOURS = [object_colour(n) for n in range(3)]
PENS = [MapPen(), MapPen("glow"), MapPen(segment_width=1.0, head_radius=2.0, segment_opacity=1.0)]


def places(seed: int, count: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.uniform((5, 5), (WIDTH - 5, HEIGHT - 5), (FRAMES, count, 2)).astype(np.float32)


def drawn_here(centres: np.ndarray, pen: MapPen, objects: torch.Tensor | None = None) -> np.ndarray:
    count = centres.shape[1]
    objects = torch.ones(1, count, dtype=torch.bool) if objects is None else objects
    maps = draw_trajectories(torch.from_numpy(centres)[None], objects, (HEIGHT, WIDTH), COLOURS, pen)
    return maps[0].permute(0, 2, 3, 1).numpy()


@pytest.mark.parametrize("pen", PENS)
@pytest.mark.parametrize("count", [1, 3])
def test_maps_are_those_of_the_cpu_to_a_grey_level(count: int, pen: MapPen) -> None:
    centres = places(count, count)
    centres[2, 0], centres[3, 0] = np.nan, (-9.0, HEIGHT / 2)
    there = trajectory_maps(centres, WIDTH, HEIGHT, pen)
    assert np.abs(drawn_here(centres, pen) - there).max() <= 1
    assert (there.reshape(FRAMES, -1).max(axis=1) > 100).sum() >= FRAMES - 2


def test_the_head_is_at_the_place_and_the_segment_leads_to_it_from_the_frame_before() -> None:
    centres = np.array([[[20.5, 40.5]], [[60.5, 40.5]]], np.float32)
    first, second = drawn_here(centres, MapPen())
    colour = np.array(COLOURS[0])
    assert np.allclose(first[40, 20], colour) and np.allclose(second[40, 60], colour)
    assert (first[:, 40] == 0).all(), "nothing is told of what is to come"
    assert np.allclose(second[40, 40], colour / 2)
    assert (second[:, 70] == 0).all()


def test_each_object_has_its_colour_and_absent_ones_none() -> None:
    centres = np.array([[[20.5, 20.5], [60.5, 40.5], [90.5, 60.5]]] * 2, np.float32)
    both = drawn_here(centres, MapPen(), torch.tensor([[True, False, True]]))
    assert np.allclose(both[0][20, 20], COLOURS[0]) and np.allclose(both[0][60, 90], COLOURS[2])
    assert (both[0][35:45, 55:65] == 0).all()


def test_a_batch_of_two_is_two_batches_of_one() -> None:
    centres = torch.from_numpy(np.stack([places(5, 2), places(6, 2)]))
    there = torch.tensor([[True, True], [True, False]])
    together = draw_trajectories(centres, there, (HEIGHT, WIDTH), COLOURS)
    for b in range(2):
        alone = draw_trajectories(centres[b : b + 1], there[b : b + 1], (HEIGHT, WIDTH), COLOURS)
        assert torch.equal(together[b], alone[0])


def test_pose_maps_are_the_axes_that_the_viewer_draws(shared) -> None:
    clip = Dataset(shared / "golden")[0]
    labels, (height, width) = clip.labels, (clip.meta["height"], clip.meta["width"])
    black = np.zeros((height, width, 3), np.uint8)
    layers = Layers(boxes=False, paths=False, axes=True)
    there = np.stack([draw_frame(black, labels, t, layers, scale=1.0) for t in range(len(labels["timestamps"]))])
    ends = torch.from_numpy(axes_px(labels))[None]
    objects = torch.ones(1, ends.shape[2], dtype=torch.bool)
    here = draw_poses(ends, objects, (height, width))[0].permute(0, 2, 3, 1).numpy()
    assert there.max() > 200
    assert np.abs(here - there).max() <= 1
