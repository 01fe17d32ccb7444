import numpy as np
import pytest

from dataset_tools.canvas import Canvas

GREY = np.full((90, 160, 3), 128, np.uint8)


def test_coordinates_far_outside_the_frame_are_drawn_up_to_its_edge() -> None:
    canvas = Canvas(GREY, 1)
    canvas.line(np.array([[80.0, 45.0], [3e9, 45.0]]), 2.0)
    canvas.paint((255, 0, 0))
    assert (canvas.pixels()[45, 80:] == (255, 0, 0)).all()
    assert (canvas.pixels()[45, :76] == 128).all()


@pytest.mark.parametrize("width", [1.0, 2.5, 4.0])
def test_a_line_covers_its_length_times_its_width(width: float) -> None:
    canvas = Canvas(np.zeros((260, 400, 3), np.uint8), 1)
    canvas.line(np.array([[50.0, 60.0], [350.0, 200.0]]), width)
    canvas.paint((255, 255, 255))
    area = canvas.pixels()[..., 0].sum() / 255
    assert area == pytest.approx(np.hypot(300, 140) * width, rel=0.03)


def test_crossing_strokes_of_one_coat_do_not_add_up() -> None:
    canvas = Canvas(GREY, 2)
    canvas.line(np.array([[10.0, 45.0], [150.0, 45.0]]), 4.0)
    canvas.line(np.array([[80.0, 10.0], [80.0, 80.0]]), 4.0)
    canvas.paint((255, 128, 128), 0.5)
    assert canvas.pixels()[90, 160].tolist() == canvas.pixels()[90, 60].tolist() == [192, 128, 128]


def test_a_polygon_covers_its_area_whichever_way_it_turns() -> None:
    corners = np.array([[20.0, 10.0], [140.5, 22.25], [120.0, 80.0], [31.0, 70.5]])
    x, y = corners.T
    area = abs(x @ np.roll(y, -1) - y @ np.roll(x, -1)) / 2
    for order in (corners, corners[::-1]):
        canvas = Canvas(np.zeros((90, 160, 3), np.uint8), 1)
        canvas.polygon(order)
        canvas.paint((255, 255, 255))
        assert canvas.pixels()[..., 0].sum() / 255 == pytest.approx(area, rel=2e-3)


def test_points_that_are_not_finite_break_a_line_and_drop_dots_and_polygons() -> None:
    canvas = Canvas(GREY, 1)
    gap = np.array([[10.0, 20.0], [40.0, 20.0], [np.nan, 20.0], [100.0, 20.0], [150.0, 20.0]])
    canvas.line(gap, 2.0)
    canvas.dots(np.array([[np.inf, 60.0], [30.0, 60.0]]), 3.0)
    canvas.polygon(np.array([[60.0, 50.0], [90.0, 50.0], [np.nan, 80.0]]))
    canvas.paint((255, 0, 0))
    red = (canvas.pixels() == (255, 0, 0)).all(axis=2)
    assert red[20, 10:40].all() and red[20, 100:150].all() and red[60, 30]
    assert not red[20, 45:95].any() and not red[45:85, 50:].any()


def test_strokes_are_smooth() -> None:
    canvas = Canvas(np.zeros((90, 160, 3), np.uint8), 1)
    canvas.line(np.array([[5.0, 10.0], [150.0, 37.0]]), 1.5)
    canvas.paint((255, 255, 255))
    values = canvas.pixels()[..., 0]
    assert len(np.unique(values)) > 40
    assert (values > 0).sum() < 3.2 * 148
