"""What the labels read from pixels."""

import numpy as np

from blender_gen.labels import Silhouette, encode_normals, visible_fraction


def test_the_fraction_is_exactly_one_where_nothing_hides_or_crops():
    mask = np.zeros((6, 8), np.uint8)
    mask[1:4, 2:5] = 1
    whole = mask == 1
    assert visible_fraction(mask, 0, Silhouette(whole)) == 1.0
    ragged = whole.copy()
    ragged[4, 2] = True  # one pixel more at an edge, where the scene behind shows: rounding, not hiding
    assert visible_fraction(mask, 0, Silhouette(ragged)) == 1.0


def test_pixels_under_another_object_and_outside_the_frame_count_as_hidden():
    mask = np.zeros((6, 8), np.uint8)
    mask[1:4, 0:3] = 1
    mask[1:4, 3] = 2
    film = np.zeros((6, 12), bool)  # two more columns on each side
    film[1:4, 0:6] = True  # columns -2..3 of the frame
    assert visible_fraction(mask, 0, Silhouette(film, margin_x=2)) == 9 / 18


def test_a_wholly_hidden_object_has_fraction_zero_and_one_that_never_shows_has_none():
    mask = np.full((4, 4), 2, np.uint8)
    assert visible_fraction(mask, 0, Silhouette(np.ones((4, 4), bool))) == 0.0
    assert np.isnan(visible_fraction(mask, 0, Silhouette(np.zeros((4, 4), bool))))


def test_normals_are_unit_bytes_in_camera_axes_and_zero_where_nothing_was_hit():
    world = np.zeros((1, 1, 2, 3), np.float32)
    world[..., 2] = 0.5  # up, not of unit length
    looking_down = np.diag([1.0, -1.0, -1.0, 1.0])[None]
    depth = np.array([[[2.0, np.inf]]], np.float32)
    assert encode_normals(world, looking_down, depth).tolist() == [[[[0, 0, -127], [0, 0, 0]]]]
