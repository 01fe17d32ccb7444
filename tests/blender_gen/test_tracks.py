"""Track points lie on surface that can be seen from outside, and are visible where nothing is in the way."""

import numpy as np
import pytest
import trimesh

from blender_gen.tracks import ALWAYS_SEEN, UNSURE, ObjectMesh, sample_points, visible

FRONT_CAMERA = np.array([[0.0, 0, -1, 4], [1, 0, 0, 0], [0, -1, 0, 0], [0, 0, 0, 1]])  # at x = 4, looks along -x
HEIGHT, WIDTH, FOCAL = 60, 80, 100.0


def mesh_of(solid: trimesh.Trimesh, double_sided: bool = False, opaque: int = ALWAYS_SEEN) -> ObjectMesh:
    count = len(solid.faces)
    return ObjectMesh(
        solid.vertices.astype(np.float32),
        solid.faces.astype(np.int32),
        np.full(count, opaque, np.uint8),
        np.full(count, double_sided),
    )


def see(meshes, tracks, poses, depth=None, masks=None):
    """Visibility from FRONT_CAMERA in one frame."""
    depth = np.full((1, HEIGHT, WIDTH), np.inf, np.float32) if depth is None else depth
    masks = np.zeros((1, HEIGHT, WIDTH), np.uint8) if masks is None else masks
    points = np.concatenate(
        [item.points @ pose[:3, :3].T + pose[:3, 3] for item, pose in zip(tracks, poses, strict=True)]
    )
    local = (points - FRONT_CAMERA[:3, 3]) @ FRONT_CAMERA[:3, :3]
    px = FOCAL * local[:, :2] / local[:, 2:] + np.array([WIDTH / 2, HEIGHT / 2])
    return visible(tracks, meshes, np.array(poses)[None], FRONT_CAMERA[None], masks, depth, px[None])[0]


def test_points_spread_over_the_outside_in_proportion_to_area():
    outer, inner = trimesh.creation.box((1, 1, 1)), trimesh.creation.box((0.5, 0.5, 0.5))
    mesh = mesh_of(trimesh.util.concatenate([outer, inner]))
    tracks = sample_points(np.random.default_rng(0), mesh, 600)
    assert np.isclose(np.abs(tracks.points).max(axis=1), 0.5).all(), "none lies on the box inside"
    sides = np.bincount(2 * np.abs(tracks.points).argmax(axis=1) + (tracks.points.max(axis=1) > 0.49), minlength=6)
    assert sides.min() > 60


def test_the_same_generator_gives_the_same_points():
    mesh = mesh_of(trimesh.creation.icosphere(subdivisions=2, radius=0.5))
    first, second = (sample_points(np.random.default_rng(4), mesh, 64) for _ in range(2))
    assert (first.points == second.points).all()


def test_a_face_turned_away_is_hidden_unless_it_is_double_sided():
    card = trimesh.Trimesh([[0, -0.5, -0.5], [0, 0.5, -0.5], [0, 0.5, 0.5], [0, -0.5, 0.5]], [[0, 1, 2], [0, 2, 3]])
    for double_sided in (False, True):
        mesh = mesh_of(card, double_sided)
        tracks = sample_points(np.random.default_rng(0), mesh, 64)
        away = np.diag([-1.0, -1.0, 1.0, 1.0])
        assert see([mesh], [tracks], [np.eye(4)]).all()
        assert (see([mesh], [tracks], [away]) == double_sided).all()


def test_points_of_a_box_are_seen_on_the_near_side_alone():
    mesh = mesh_of(trimesh.creation.box((1, 0.4, 0.4)), double_sided=True)
    tracks = sample_points(np.random.default_rng(0), mesh, 300)
    shown, x = see([mesh], [tracks], [np.eye(4)]), tracks.points[:, 0]
    assert shown[x > 0.499].all()
    assert not shown[x < 0.5 - 2 * 0.002 * 4].any(), "beyond the last 0.2 % of the way, the near face hides them"


def test_another_object_in_front_hides_points():
    mesh, wall = mesh_of(trimesh.creation.box((0.4, 0.4, 0.4))), mesh_of(trimesh.creation.box((0.1, 0.4, 0.1)))
    tracks = [sample_points(np.random.default_rng(n), m, 200) for n, m in enumerate((mesh, wall))]
    ahead = np.eye(4)
    ahead[0, 3] = 1.0
    shown = see([mesh, wall], tracks, [np.eye(4), ahead])[:200]
    alone = see([mesh], tracks[:1], [np.eye(4)])
    assert alone.sum() > shown.sum() > 0
    assert not (shown & ~alone).any()


def test_points_outside_the_frame_are_hidden():
    mesh = mesh_of(trimesh.creation.box((0.4, 0.4, 0.4)))
    tracks = sample_points(np.random.default_rng(0), mesh, 100)
    aside = np.eye(4)
    aside[1, 3] = 5.0
    assert not see([mesh], [tracks], [aside]).any()


@pytest.mark.parametrize("shown", [True, False])
def test_where_alpha_is_a_texture_the_picture_decides(shown):
    mesh = mesh_of(trimesh.creation.box((0.1, 0.6, 0.6)), opaque=UNSURE)
    tracks = sample_points(np.random.default_rng(0), mesh, 200)
    front = 4 - 0.05 if shown else 7.0
    depth = np.full((1, HEIGHT, WIDTH), front, np.float32)
    masks = np.full((1, HEIGHT, WIDTH), int(shown), np.uint8)
    seen = see([mesh], [tracks], [np.eye(4)], depth, masks)
    assert seen.any() == shown
    assert not (seen & (tracks.normals[:, 0] < 0.5)).any()
