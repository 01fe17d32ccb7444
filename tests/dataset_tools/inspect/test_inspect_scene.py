import numpy as np

from dataset_tools.geometry import invert_rigid, project_world, transform
from dataset_tools.inspect.scene import (
    MAX_CLOUD_POINTS,
    Pose,
    depth_cloud,
    moment,
    path_colours,
    scene_of,
    seen_colours,
    viewpoint,
)


def matrix(pose: Pose) -> np.ndarray:
    w, x, y, z = pose.wxyz
    turn = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    result = np.eye(4)
    result[:3, :3] = np.eye(3) + 2 * w * turn + 2 * turn @ turn  # Rodrigues, for a unit quaternion
    result[:3, 3] = pose.position
    return result


def scene(clip):
    return scene_of(clip.labels, clip.meta["width"], clip.meta["height"])


def test_poses_are_the_labels_matrices(golden) -> None:
    labels = golden[0].labels
    now = moment(labels, 5)
    assert np.allclose(matrix(now.camera), labels["world_from_camera"][5], atol=1e-9)
    for pose, world_from_object in zip(now.objects, labels["world_from_object"][5], strict=True):
        assert np.allclose(matrix(pose), world_from_object, atol=1e-9)


def test_edges_and_track_points_in_space_project_onto_the_labels_pixels(golden) -> None:
    labels = golden[0].labels
    t = 4
    camera, intrinsics = labels["world_from_camera"][t], labels["intrinsics"][t]
    for n, thing in enumerate(scene(golden[0]).objects):
        world_from_object = labels["world_from_object"][t, n]
        corners = {tuple(np.round(px, 1)) for px in labels["box_corners_px"][t, n].astype(float)}
        ends = project_world(transform(world_from_object, thing.edges.reshape(-1, 3)), camera, intrinsics)[0]
        assert len(ends) == 24
        assert all(min(np.hypot(*np.subtract(end, corner)) for corner in corners) < 0.1 for end in ends)
        points = project_world(transform(world_from_object, thing.track_points), camera, intrinsics)[0]
        assert np.allclose(points, labels["track_px"][t, thing.track_numbers], atol=1e-2)


def test_the_front_face_is_the_one_with_positive_x(golden) -> None:
    for thing in scene(golden[0]).objects:
        assert np.allclose(thing.front[:, 0], thing.size[0] / 2)


def test_the_cloud_projects_back_to_pixels_with_their_colours(golden) -> None:
    clip = golden[0]
    depth, frame, intrinsics = clip.depth[2], clip.video(2, 3)[0], clip.labels["intrinsics"][2]
    points, colours = depth_cloud(depth, frame, intrinsics)
    assert 500 < len(points) <= MAX_CLOUD_POINTS
    px = points[:, :2] / points[:, 2:] * intrinsics[[0, 1], [0, 1]] + intrinsics[:2, 2]
    columns, rows = np.floor(px).astype(int).T
    assert np.allclose(px % 1, 0.5, atol=1e-6)
    assert np.array_equal(frame[rows, columns], colours)
    assert np.allclose(points[:, 2], depth[rows, columns])


def test_a_path_is_bright_behind_and_faded_ahead() -> None:
    colours = path_colours(5, 2, (200, 100, 40)).astype(int)
    assert colours.shape == (4, 2, 3)
    assert (colours[:2] == (200, 100, 40)).all()
    assert (colours[2:].sum(axis=2) < colours[0, 0].sum()).all()


def test_hidden_points_are_dark(golden) -> None:
    thing = scene(golden[0]).objects[0]
    everywhere = np.ones(len(golden[0].labels["track_object"]), bool)
    assert np.array_equal(seen_colours(thing, everywhere), thing.track_colours)
    assert (seen_colours(thing, ~everywhere) <= thing.track_colours * 0.31 + 1).all()


def test_the_first_view_sees_all_objects_and_stands_behind_the_camera(golden) -> None:
    for clip in golden:
        space, start = scene(clip), moment(clip.labels, 0)
        view = viewpoint(space, start)
        ahead = (view.look_at - view.position) / np.linalg.norm(view.look_at - view.position)
        corners = clip.labels["box_corners_world"][0].reshape(-1, 3) - view.position
        assert (corners @ ahead / np.linalg.norm(corners, axis=1) > np.cos(np.radians(30))).all()
        camera_from_world = invert_rigid(clip.labels["world_from_camera"][0])
        assert transform(camera_from_world, view.position)[2] < 0


def test_a_real_clip_without_poses_has_a_camera_alone(golden) -> None:
    labels = {name: array for name, array in golden[0].labels.items() if "object" not in name and "box" not in name}
    found = scene_of(labels, 192, 112)
    assert (found.objects, found.has_floor) == ((), False)
    assert moment(labels, 0).objects == ()
