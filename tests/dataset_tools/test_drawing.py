import numpy as np
import pytest

from dataset_tools.drawing import (
    EDGES,
    FACES,
    Layers,
    draw_frame,
    edges_visible,
    faces_towards,
    object_colour,
    track_colours,
)
from dataset_tools.geometry import box_corners, pinhole, project, transform
from dataset_tools.reader import Dataset

ONLY = {
    name: Layers(**{other: other == name for other in ("boxes", "paths", "tracks", "axes", "masks")})
    for name in ("boxes", "paths", "tracks", "axes", "masks")
}
GREY = np.full((90, 160, 3), 128, np.uint8)


def random_view(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Corners of a box in the camera's frame (8,3), in pixels (8,2), and camera_from_object (4,4)."""
    axes, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    camera_from_object = np.eye(4)
    camera_from_object[:3, :3] = axes * np.linalg.det(axes)
    camera_from_object[:3, 3] = (*rng.uniform(-1, 1, 2), rng.uniform(4, 8))
    corners = transform(camera_from_object, box_corners(rng.uniform(0.5, 2, 3)))
    return corners, project(corners, pinhole(150, 160, 90))[0], camera_from_object


def view_of_front(rng: np.random.Generator, towards: bool) -> np.ndarray:
    """Corners of a box in pixels (8,2), its front turned to the camera or away from it."""
    views = (random_view(rng)[1] for _ in range(100))
    return next(corners_px for corners_px in views if faces_towards(corners_px)[0] == towards)


def labels_of(corners_px: np.ndarray) -> dict[str, np.ndarray]:
    """Labels of one frame with one object."""
    return {
        "box_corners_px": corners_px[None, None],
        "center_px": np.full((1, 1, 2), np.nan),
        "center_depth": np.ones((1, 1)),
    }


def changed(picture: np.ndarray, x: float, y: float) -> float:
    """How far the picture is from GREY around a point in its own pixels."""
    patch = picture[int(y) - 1 : int(y) + 2, int(x) - 1 : int(x) + 2].astype(float)
    return float(np.abs(patch - 128).max())


def test_faces_turn_outward_and_the_first_is_the_front() -> None:
    corners = box_corners([2.0, 2.0, 2.0])
    outward = np.repeat(np.eye(3), 2, axis=0) * np.tile([1, -1], 3)[:, None]
    for face, normal in zip(FACES, outward, strict=True):
        a, b, c, d = corners[list(face)]
        np.testing.assert_allclose(np.cross(b - a, c - b) / 4, normal)
        np.testing.assert_allclose(a + c, b + d)
        np.testing.assert_allclose((a + c) / 2, normal)


def test_edges_are_the_twelve_of_a_box() -> None:
    corners = box_corners([1.0, 1.0, 1.0])
    assert len(set(EDGES)) == 12
    assert all(np.linalg.norm(corners[a] - corners[b]) == 1.0 for a, b in EDGES)


def test_a_face_is_turned_to_the_camera_exactly_when_its_normal_is() -> None:
    rng = np.random.default_rng(0)
    for _ in range(200):
        corners, corners_px, camera_from_object = random_view(rng)
        normals = np.repeat(camera_from_object[:3, :3].T, 2, axis=0) * np.tile([1, -1], 3)[:, None]
        centres = corners[np.array(FACES)].mean(axis=1)
        np.testing.assert_array_equal(faces_towards(corners_px), (normals * centres).sum(axis=1) < 0)


def test_an_edge_is_hidden_exactly_when_the_box_lies_before_it() -> None:
    rng = np.random.default_rng(1)
    for _ in range(100):
        corners, corners_px, camera_from_object = random_view(rng)
        size = np.ptp(transform(np.linalg.inv(camera_from_object), corners), axis=0)
        eye = np.linalg.inv(camera_from_object)[:3, 3]
        local = box_corners(size)
        middles = np.array([(local[a] + local[b]) / 2 for a, b in EDGES])
        just_before = middles + 1e-4 * (eye - middles)
        hidden = (np.abs(just_before) < size / 2).all(axis=1)
        np.testing.assert_array_equal(edges_visible(corners_px), ~hidden)


def test_hidden_edges_are_fainter_than_visible_ones() -> None:
    corners_px = view_of_front(np.random.default_rng(3), towards=True)
    picture = draw_frame(GREY, labels_of(corners_px), 0, ONLY["boxes"], scale=4)
    front = set(FACES[0])
    strength: dict[bool, list[float]] = {True: [], False: []}
    for (a, b), visible in zip(EDGES, edges_visible(corners_px), strict=True):
        if not {a, b} & front:
            x, y = (0.4 * corners_px[a] + 0.6 * corners_px[b]) * 4
            strength[bool(visible)].append(changed(picture, x, y))
    assert strength[False]
    assert 0 < max(strength[False]) < min(strength[True])


@pytest.mark.parametrize("turned", [True, False])
def test_the_front_face_is_tinted_more_when_it_is_turned_to_the_camera(turned: bool) -> None:
    corners_px = view_of_front(np.random.default_rng(4), turned)
    picture = draw_frame(GREY, labels_of(corners_px), 0, ONLY["boxes"], scale=4)
    a, b, c, _ = corners_px[list(FACES[0])]
    x, y = (0.55 * b + 0.25 * a + 0.2 * c) * 4  # between the diagonals
    tint = np.abs(picture[int(y), int(x)].astype(float) - 128).max()
    assert (tint > 20) == turned
    assert tint > 4


def test_a_box_without_finite_corners_leaves_the_frame_alone() -> None:
    picture = draw_frame(GREY, labels_of(np.full((8, 2), np.nan)), 0, scale=1)
    np.testing.assert_array_equal(picture, GREY)


def test_edges_between_finite_corners_are_drawn_where_others_are_not_finite() -> None:
    corners_px = random_view(np.random.default_rng(5))[1]
    corners_px[0] = np.nan
    picture = draw_frame(GREY, labels_of(corners_px), 0, ONLY["boxes"], scale=4)
    for a, b in EDGES:
        if 0 not in (a, b):
            assert changed(picture, *((corners_px[a] + corners_px[b]) * 2)) > 20


def test_lines_drawn_on_a_small_frame_are_smooth() -> None:
    corners_px = random_view(np.random.default_rng(3))[1]
    picture = draw_frame(GREY, labels_of(corners_px), 0, ONLY["boxes"], scale=2)
    assert picture.shape == (180, 320, 3)
    assert len(np.unique(picture[..., 0])) > 60  # jagged lines would show a handful of values


def test_only_visible_tracks_are_drawn() -> None:
    labels = labels_of(np.full((8, 2), np.nan)) | {
        "track_object": np.zeros(2, np.int32),
        "track_px": np.array([[[40.0, 40.0], [100.0, 40.0]]]),
        "track_visible": np.array([[True, False]]),
    }
    picture = draw_frame(GREY, labels, 0, ONLY["tracks"], scale=4)
    assert changed(picture, 160, 160) > 50
    assert changed(picture, 400, 160) == 0


def test_a_track_is_coloured_by_its_place_in_the_box() -> None:
    labels = {
        "track_object": np.array([0, 0, 1]),
        "track_points": np.array([[1.0, 0, 0], [-1.0, 0, 0], [0, 0, 3.0]]),
        "box_size": np.array([[2.0, 1, 1], [1, 1, 6.0]]),
    }
    assert track_colours(labels).tolist() == [[255, 162, 162], [70, 162, 162], [162, 162, 255]]
    del labels["track_points"]
    assert [tuple(colour) for colour in track_colours(labels)] == [object_colour(n) for n in (0, 0, 1)]


def test_masks_tint_their_own_pixels_only() -> None:
    mask = np.zeros(GREY.shape[:2], np.uint8)
    mask[20:40, 30:60] = 2
    picture = draw_frame(GREY, labels_of(np.full((8, 2), np.nan)), 0, ONLY["masks"], mask, scale=2)
    tinted = (picture != 128).any(axis=2)
    np.testing.assert_array_equal(tinted, mask.repeat(2, axis=0).repeat(2, axis=1) > 0)
    expected = 128 + 0.4 * (np.array(object_colour(1)) - 128.0)
    np.testing.assert_allclose(picture[60, 80], expected, atol=1)


def test_a_clip_without_3d_boxes_shows_its_2d_boxes() -> None:
    labels = {
        "center_px": np.full((1, 2, 2), np.nan),
        "box2d": np.array([[[20.0, 10, 90, 70], [np.nan] * 4]]),
    }
    picture = draw_frame(GREY, labels, 0, scale=2)
    for x, y in ((40, 80), (180, 80), (100, 20), (100, 140)):
        assert changed(picture, x, y) > 50
    assert changed(picture, 100, 80) == 0


def test_the_golden_heads_and_paths_lie_where_the_labels_say(shared) -> None:
    clip = Dataset(shared / "golden")[0]
    t, centres = 6, clip.labels["center_px"]
    frame = clip.video(t, t + 1)[0]
    untouched = frame.copy()
    picture = draw_frame(frame, clip.labels, t, ONLY["paths"], scale=4)
    np.testing.assert_array_equal(frame, untouched)
    for n in range(centres.shape[1]):
        for step in range(len(centres)):
            x, y = (centres[step, n] * 4).astype(int)
            distance = np.abs(picture[y - 2 : y + 3, x - 2 : x + 3].astype(int) - object_colour(n)).max(
                axis=2
            )
            assert distance.min() < 30
