"""Flow of rigid motion, against closed forms and against the golden dataset."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from dataset_tools.errors import FormatError
from dataset_tools.flow import flow_from_depth
from dataset_tools.geometry import pinhole, pixel_centres
from dataset_tools.reader import Dataset

HEIGHT, WIDTH, FOCAL = 12, 16, 20.0
K = pinhole(FOCAL, WIDTH, HEIGHT)


def still(frames: int = 2, objects: int = 0) -> dict[str, np.ndarray]:
    """A wall at 4 m in front of a camera that looks along the world's z axis."""
    return {
        "depth": np.full((frames, HEIGHT, WIDTH), 4.0, np.float32),
        "masks": np.zeros((frames, HEIGHT, WIDTH), np.uint8),
        "intrinsics": np.tile(K, (frames, 1, 1)),
        "world_from_camera": np.tile(np.eye(4), (frames, 1, 1)),
        "world_from_object": np.tile(np.eye(4), (frames, objects, 1, 1)),
    }


def test_nothing_moves_where_nothing_moves():
    flow = flow_from_depth(**still(frames=3))
    assert flow.shape == (2, HEIGHT, WIDTH, 2) and flow.dtype == np.float32
    np.testing.assert_allclose(flow, 0, atol=1e-6)


def test_a_single_frame_has_no_flow():
    assert flow_from_depth(**still(frames=1)).shape == (0, HEIGHT, WIDTH, 2)


def test_a_camera_that_moves_right_pushes_the_wall_left_by_focal_times_baseline_over_depth():
    clip = still()
    clip["world_from_camera"][1, 0, 3] = 0.2
    flow = flow_from_depth(**clip)
    np.testing.assert_allclose(flow[..., 0], -FOCAL * 0.2 / 4.0, atol=1e-6)
    np.testing.assert_allclose(flow[..., 1], 0, atol=1e-6)


def test_a_camera_that_comes_closer_spreads_the_wall_from_the_middle():
    clip = still()
    clip["world_from_camera"][1, 2, 3] = 1.0
    from_middle = pixel_centres(HEIGHT, WIDTH) - [WIDTH / 2, HEIGHT / 2]
    np.testing.assert_allclose(flow_from_depth(**clip)[0], from_middle * (4 / 3 - 1), atol=1e-5)


def test_an_object_moves_by_its_own_motion_and_the_wall_behind_it_stays():
    clip = still(objects=2)
    clip["masks"][:, 2:5, 3:9] = 2
    turn = Rotation.from_rotvec([0, 0, 0.1]).as_matrix()
    clip["world_from_object"][0, 1, :3, 3] = [0, 0, 4]
    clip["world_from_object"][1, 1, :3, :3] = turn
    clip["world_from_object"][1, 1, :3, 3] = [0.5, 0, 4]
    clip["world_from_object"][1, 0, 0, 3] = 9.0
    flow = flow_from_depth(**clip)[0]
    from_middle = pixel_centres(HEIGHT, WIDTH) - [WIDTH / 2, HEIGHT / 2]
    expected = from_middle @ turn[:2, :2].T + [FOCAL * 0.5 / 4, 0] - from_middle
    on_object = clip["masks"][0] == 2
    np.testing.assert_allclose(flow[on_object], expected[on_object], atol=1e-5)
    np.testing.assert_allclose(flow[~on_object], 0, atol=1e-6)


def test_the_sky_moves_by_the_rotation_of_the_camera_alone():
    clip = still()
    clip["depth"][:] = np.inf
    turn = Rotation.from_rotvec([0.02, -0.05, 0.1]).as_matrix()
    clip["world_from_camera"][1, :3, :3] = turn
    clip["world_from_camera"][1, :3, 3] = [3, -2, 1]
    centres = pixel_centres(HEIGHT, WIDTH)
    rays = np.concatenate([centres, np.ones((HEIGHT, WIDTH, 1))], axis=-1) @ np.linalg.inv(K).T
    homogeneous = rays @ turn @ K.T
    np.testing.assert_allclose(
        flow_from_depth(**clip)[0], homogeneous[..., :2] / homogeneous[..., 2:] - centres, atol=1e-5
    )


@pytest.mark.parametrize("advance", [3.96, 4.0, 5.0])
def test_flow_is_nan_where_the_target_comes_to_lie_at_or_behind_the_near_depth(advance):
    clip = still()
    clip["depth"][:, :, :8] = 9.0
    clip["world_from_camera"][1, 2, 3] = advance
    flow = flow_from_depth(**clip)[0]
    assert np.isnan(flow[:, 8:]).all() and np.isfinite(flow[:, :8]).all()


def test_flow_is_nan_where_the_sky_has_turned_behind_the_camera():
    clip = still()
    clip["depth"][:] = np.inf
    clip["world_from_camera"][1, :3, :3] = Rotation.from_rotvec([0, np.pi, 0]).as_matrix()
    assert np.isnan(flow_from_depth(**clip)).all()


def test_a_mask_of_an_object_without_a_pose_is_refused():
    clip = still(objects=1)
    clip["masks"][0, 0, 0] = 2
    with pytest.raises(FormatError, match="object 1 but there are 1 objects"):
        flow_from_depth(**clip)


def test_arrays_of_different_clips_are_refused():
    clip = still() | {"masks": np.zeros((2, HEIGHT, WIDTH + 1), np.uint8)}
    with pytest.raises(FormatError, match="not of one clip"):
        flow_from_depth(**clip)


def test_golden_flow_is_met_within_what_rounding_its_depth_to_float16_moves(shared):
    for clip in Dataset(shared / "golden"):
        names = ("intrinsics", "world_from_camera", "world_from_object")
        poses = {name: clip.labels[name] for name in names}
        depth = clip.depth.astype(np.float64)
        flow = flow_from_depth(depth, clip.masks, **poses)
        half_step = 2.0**-11  # relative, of float16
        moved = [flow_from_depth(depth * (1 + e), clip.masks, **poses) for e in (-half_step, half_step)]
        from_depth = np.abs(np.stack(moved) - flow).max(axis=0)
        from_storing = np.abs(flow) * half_step
        assert np.isfinite(clip.flow).all() and np.isfinite(flow).all()
        assert (np.abs(flow - clip.flow) <= from_depth + from_storing + 1e-4).all()
