"""Cameras are solved where films tell them, and left out where they do not."""

import numpy as np
import pytest
from scipy.ndimage import map_coordinates

from dataset_tools.geometry import invert_rigid, rotation_errors
from dataset_tools.import_video.camera import poses_from_colmap, solve_camera, still_camera
from dataset_tools.import_video.motion import Motion
from tests.dataset_tools.import_video.films import texture

WIDTH, HEIGHT, FOCAL = 288, 160, 300.0


def film_of_walls(world_from_camera: np.ndarray) -> np.ndarray:
    """Frames (T,H,W,3) of a corner of two textured walls, 4 to 8 deep, and a post before it."""
    x, y = np.meshgrid(np.arange(WIDTH) + 0.5, np.arange(HEIGHT) + 0.5)
    rays = np.stack(((x - WIDTH / 2) / FOCAL, (y - HEIGHT / 2) / FOCAL, np.ones_like(x)), axis=-1)
    walls = [  # a point, the normal, two axes along the wall
        ((-3, 0, 5.0), (0.6, 0, -0.8), (0.8, 0, 0.6), (0, 1, 0)),
        ((3, 0, 5.0), (-0.6, 0, -0.8), (0.8, 0, -0.6), (0, 1, 0)),
        ((0, 1.1, 0), (0, -1, 0), (1, 0, 0), (0, 0, 1)),
    ]
    frames = []
    for pose in world_from_camera:
        directions, origin = rays @ pose[:3, :3].T, pose[:3, 3]
        best, picture = np.full(x.shape, np.inf), np.zeros((HEIGHT, WIDTH, 3))
        for number, (point, normal, across, up) in enumerate(np.array(walls, float)):
            with np.errstate(divide="ignore"):
                reach = ((point - origin) @ normal) / (directions @ normal)
            hit = origin + reach[..., None] * directions
            nearer = (reach > 0) & (reach < best)
            u, v = ((hit - point) @ across) * 55 + 500, ((hit - point) @ up) * 55 + 500
            skin = texture(70 + number, 1000, 1000)
            colours = np.stack([map_coordinates(skin[..., c], (v, u), order=1, mode="wrap") for c in range(3)], axis=-1)
            picture[nearer], best[nearer] = colours[nearer], reach[nearer]
        frames.append(np.rint(picture).astype(np.uint8))
    return np.stack(frames)


def arc(count: int, across: float, turn: float) -> np.ndarray:
    """Cameras (T,4,4) that go to the right, forward a little, and turn to the left (x right, y down, z forward)."""
    poses = np.tile(np.eye(4), (count, 1, 1))
    for t, share in enumerate(np.linspace(0, 1, count)):
        c, s = np.cos(-turn * share), np.sin(-turn * share)
        poses[t, :3, :3] = [[c, 0, s], [0, 1, 0], [-s, 0, c]]
        poses[t, :3, 3] = across * share, 0.05 * np.sin(3 * share), 0.4 * share
    return poses


@pytest.mark.slow
def test_a_camera_that_walks_is_solved_up_to_scale() -> None:
    truth = arc(12, 1.2, 0.2)
    camera = solve_camera(film_of_walls(truth), None, 1.1 * FOCAL, seed=0)
    assert camera.name == "solved", camera.reason
    assert camera.error_px < 1 and camera.focal == pytest.approx(FOCAL, rel=0.1)
    found = camera.world_from_camera
    assert max(error.max() for error in rotation_errors(found)) < 1e-9
    relative, wanted = invert_rigid(found[0]) @ found, invert_rigid(truth[0]) @ truth
    turned = np.einsum("tij,tkj->tik", relative[:, :3, :3], wanted[:, :3, :3])
    assert np.degrees(np.arccos(((np.trace(turned, axis1=1, axis2=2) - 1) / 2).clip(-1, 1))).max() < 1.0
    scale = np.linalg.norm(wanted[-1, :3, 3]) / np.linalg.norm(relative[-1, :3, 3])
    assert np.abs(relative[:, :3, 3] * scale - wanted[:, :3, 3]).max() < 0.06


@pytest.mark.slow
def test_a_camera_that_only_turns_is_not_made_up() -> None:
    camera = solve_camera(film_of_walls(turning(12, 0.25)), None, FOCAL, seed=0)
    assert camera.world_from_camera is None and camera.reason


def turning(count: int, turn: float) -> np.ndarray:
    poses = arc(count, 0.0, turn)
    poses[:, :3, 3] = 0
    return poses


def motion_of(*shifts: float) -> Motion:
    background = np.tile(np.eye(3), (len(shifts), 1, 1))
    background[:, 0, 2] = shifts
    nothing = np.zeros((len(shifts), 4, 4, 2), np.float32)
    return Motion(nothing, nothing, background, np.ones(len(shifts)), 1.0)


def test_a_camera_stands_where_its_background_does() -> None:
    still = still_camera(motion_of(0.02, -0.01, 0.03), 576, 320)
    assert still.world_from_camera.shape == (4, 4, 4) and np.ptp(still.world_from_camera, axis=0).max() == 0
    assert still_camera(motion_of(*[0.3] * 10), 576, 320) is None


def test_the_world_is_upright_before_a_level_first_camera() -> None:
    camera_from_world = invert_rigid(arc(3, 2.0, 0.3))
    world_from_camera = poses_from_colmap(camera_from_world, depth=4.0)
    np.testing.assert_allclose(world_from_camera[0, :3, :3] @ [0, -1, 0], [0, 0, 1], atol=1e-12)  # image up is world up
    np.testing.assert_allclose(world_from_camera[2, :3, 3], [0.5, 0.1, -0.05 * np.sin(3) / 4], atol=1e-9)
