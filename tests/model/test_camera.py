"""The camera relative to the first frame, its rays, and the projection that begins as the identity."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from dataset_tools.geometry import invert_rigid, pinhole, pixel_centres, unproject
from model.camera import CHANNELS, CameraInjection, plucker_rays, pose_numbers, relative_cameras


def cameras(seed: int, frames: int = 4, far: float = 0.0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    poses = np.tile(np.eye(4), (2, frames, 1, 1))
    poses[..., :3, :3] = Rotation.random(2 * frames, random_state=seed).as_matrix().reshape(2, frames, 3, 3)
    poses[..., :3, 3] = rng.normal(size=(2, frames, 3)) + far
    return poses


@given(st.integers(0, 2**31))
def test_the_first_camera_is_the_identity_and_the_others_are_seen_from_it(seed):
    poses = cameras(seed)
    relative = relative_cameras(torch.from_numpy(poses)).numpy()
    np.testing.assert_allclose(relative[:, 0], np.tile(np.eye(4), (2, 1, 1)), atol=1e-12)
    np.testing.assert_allclose(poses[:, :1] @ relative, poses, atol=1e-10)


def test_the_worlds_frame_does_not_matter():
    poses, moved = cameras(3), cameras(4)[0, 0]
    first, second = (relative_cameras(torch.from_numpy(item)) for item in (poses, moved @ poses))
    torch.testing.assert_close(first, second, rtol=0, atol=1e-12)


def test_a_camera_that_stands_still_far_away_does_not_move_at_all():
    poses = np.repeat(cameras(5, far=1e6)[:, :1], 4, axis=1)
    numbers = pose_numbers(relative_cameras(torch.from_numpy(poses)))
    torch.testing.assert_close(numbers, torch.eye(4)[:3].flatten().expand(2, 4, 12), rtol=0, atol=1e-6)


def test_rays_go_through_the_points_that_the_cells_centres_see():
    poses, intrinsics = cameras(6), np.tile(pinhole(70.0, 96, 64), (2, 4, 1, 1))
    relative = relative_cameras(torch.from_numpy(poses))
    rays = plucker_rays(relative, torch.from_numpy(intrinsics), (64, 96), (8, 12)).double().numpy()
    assert rays.shape == (2, 4, 6, 8, 12)
    px = pixel_centres(8, 12) * 8
    for depth in (0.5, 3.0):
        for t in range(4):
            in_camera = unproject(px, depth, intrinsics[0, t])
            in_first = in_camera @ relative[0, t, :3, :3].numpy().T + relative[0, t, :3, 3].numpy()
            moment, direction = (np.moveaxis(part, 0, -1) for part in np.split(rays[0, t], 2))
            np.testing.assert_allclose(np.cross(in_first, direction), moment, atol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(rays[:, :, 3:], axis=2), 1, atol=1e-6)
    assert (rays[:, 0, :3] == 0).all()
    assert np.abs(invert_rigid(poses[:, :1]) @ poses - relative.numpy()).max() < 1e-9


@pytest.mark.parametrize("kind", ["pose", "rays"])
def test_a_camera_changes_nothing_before_training_and_something_after_a_step(kind):
    injection = CameraInjection(16, kind)
    features = torch.randn(2, 3, 16, 4, 5, generator=torch.Generator().manual_seed(0))
    shape = (2, 3, 12) if kind == "pose" else (2, 3, CHANNELS[kind], 4, 5)
    camera, known = torch.randn(shape, generator=torch.Generator().manual_seed(1)), torch.tensor([True, False])
    torch.testing.assert_close(injection(features, camera, known), features, rtol=0, atol=0)
    optimiser = torch.optim.SGD(injection.parameters(), lr=0.1)
    (injection(features, camera, known) - 1).square().mean().backward()
    optimiser.step()
    trained = injection(features, camera, known)
    moved = injection(features, camera + 1, known)
    assert not torch.equal(trained[0], moved[0]) and torch.equal(trained[1], moved[1])


@pytest.mark.parametrize("kind", ["pose", "rays"])
def test_it_is_the_projection_of_features_and_camera_joined(kind):
    torch.manual_seed(0)
    injection = CameraInjection(16, kind).double()
    torch.nn.init.normal_(injection.projection.weight)
    torch.nn.init.normal_(injection.projection.bias)
    torch.nn.init.normal_(injection.unknown)
    features = torch.randn(2, 3, 16, 4, 5, dtype=torch.float64)
    camera = torch.randn(2, 3, CHANNELS[kind], *([4, 5] if kind == "rays" else []), dtype=torch.float64)
    said = injection(features, camera, torch.tensor([True, False]))
    wide = camera if kind == "rays" else camera[..., None, None].expand(-1, -1, -1, 4, 5)
    wide = torch.stack([wide[0], injection.unknown[:, None, None].expand_as(wide[1])])
    joined = torch.cat([features, wide], dim=2).flatten(0, 1)
    torch.testing.assert_close(said.flatten(0, 1), injection.projection(joined))
