"""The viewer in a browser: what it draws is held against the labels, pixel by pixel."""

import re

import numpy as np
import pytest

from dataset_tools.drawing import Layers, draw_frame, edges_visible, object_colour
from dataset_tools.geometry import EDGES, box_corners, pinhole, transform, unproject
from dataset_tools.inspect.depth_colours import depth_picture, depth_range
from dataset_tools.inspect.scene import depth_cloud, scene_of
from dataset_tools.inspect.stage import FRUSTUM_REACH

pytestmark = pytest.mark.browser

PLAIN = {"box": False, "path": False, "axes": False, "tracks": False, "masks": False, "depth": False}


@pytest.fixture
def page(inspect_page):
    """The page at the first clip's first frame, in dataset order, with the layers of a new tab."""
    if inspect_page.field("split") != "(any)":
        inspect_page.choose("split", "(any)")
        inspect_page.browser.run("document.activeElement.blur()")
    while (number := int(inspect_page.field("number in list"))) > 1:
        inspect_page.press("p")
        inspect_page.wait(lambda: int(inspect_page.field("number in list")) == number - 1, "the clip before")
    while frame := inspect_page.frame:
        inspect_page.press("left")
        inspect_page.wait(lambda: inspect_page.frame == frame - 1, "the frame before")
    for layer, shown in PLAIN.items():
        inspect_page.switch(layer, shown or layer in ("box", "path"))
    for layer in ("camera (3-D)", "depth points (3-D)"):
        inspect_page.switch(layer, True)
    return inspect_page


def only(page, *layers: str) -> None:
    """Switch everything off but those layers."""
    for layer in (*PLAIN, "camera (3-D)", "depth points (3-D)"):
        page.switch(layer, layer in layers)


def at(pixels: np.ndarray, px: np.ndarray) -> np.ndarray:
    """The colour, of the 3 x 3 pixels around each px (K,2), that ... (K,9,3) f64; px must lie inside."""
    columns, rows = np.floor(px).astype(int).T
    shifts = np.array([(dy, dx) for dy in (-1, 0, 1) for dx in (-1, 0, 1)])
    return pixels[rows[:, None] + shifts[:, 0], columns[:, None] + shifts[:, 1]].astype(np.float64)


def nearest(pixels: np.ndarray, px: np.ndarray, colour: np.ndarray | tuple[int, int, int]) -> np.ndarray:
    """How far the nearest colour within a pixel of each px (K,2) is from `colour` (3,) or (K,3): (K,) grey levels."""
    return np.abs(at(pixels, px) - np.asarray(colour, float).reshape(-1, 1, 3)).max(axis=2).min(axis=1)


def inside(px: np.ndarray, pixels: np.ndarray) -> np.ndarray:
    height, width = pixels.shape[:2]
    return np.isfinite(px).all(axis=-1) & (px > 2).all(axis=-1) & (px < (width - 2, height - 2)).all(axis=-1)


def expected_picture(clip, t: int, layers: Layers, width: int) -> np.ndarray:
    mask = clip.masks[t] if layers.masks else None
    return draw_frame(clip.video(t, t + 1)[0], clip.labels, t, layers, mask, width / clip.meta["width"])


def close(a: np.ndarray, b: np.ndarray) -> bool:
    """Whether two pictures are alike but for what JPEG changes."""
    assert a.shape == b.shape
    return float(np.abs(a.astype(float) - b.astype(float)).mean()) < 2.5


def test_the_page_complains_of_nothing_and_asks_only_its_own_server(page) -> None:
    assert page.browser.complaints == []
    others = [url for url in page.browser.requested if not url.startswith((page.server.address, "data:", "blob:"))]
    assert others == []


def test_the_first_clip_is_shown_with_its_facts_and_the_command_that_renders_it_again(page, golden) -> None:
    clip = golden[0]
    text = page.text
    assert page.clip == clip.key
    for fact in (clip.meta["camera"], clip.meta["floor"], *(entry["licence"] for entry in clip.meta["objects"])):
        assert fact in text
    assert f"posetraj render-clip {golden.url} {clip.key} --out clip-{clip.key}" in text


def test_the_picture_shows_box_and_path_where_the_labels_say(page, golden) -> None:
    clip = golden[0]
    picture = page.picture()
    assert close(picture, expected_picture(clip, 0, Layers(), picture.shape[1]))
    corners = clip.labels["box_corners_px"][0] * picture.shape[1] / clip.meta["width"]
    for n, box in enumerate(corners):
        edges = [edge for edge, shown in zip(EDGES, edges_visible(box), strict=True) if shown]
        points = np.concatenate([np.linspace(box[a], box[b], 20) for a, b in edges])
        off = nearest(picture, points[inside(points, picture)], object_colour(n))
        assert np.mean(off < 90) > 0.9


@pytest.mark.parametrize("layer", ["axes", "tracks", "masks"])
def test_each_layer_is_drawn_from_the_labels(page, golden, layer: str) -> None:
    only(page, layer)
    picture = page.picture()
    layers = Layers(boxes=False, paths=False, **{layer: True})
    assert close(picture, expected_picture(golden[0], 0, layers, picture.shape[1]))
    assert not close(picture * 1.0, expected_picture(golden[0], 0, Layers(False, False), picture.shape[1]) + 8.0)


def test_depth_takes_the_place_of_the_frame(page, golden) -> None:
    only(page, "depth")
    picture = page.picture()
    colours = depth_picture(golden[0].depth[0], depth_range(golden[0].depth))
    expected = draw_frame(colours, golden[0].labels, 0, Layers(False, False), None, picture.shape[1] / colours.shape[1])
    assert close(picture, expected)


def test_keys_move_along_the_clip_and_among_clips(page, golden) -> None:
    for key, frame in (("right", 1), ("right", 2), ("left", 1), ("left", 0), ("left", 11), ("right", 0)):
        page.press(key)
        page.wait(lambda frame=frame: page.frame == frame, f"frame {frame}")
    for key, number in (("n", 1), ("n", 2), ("p", 1)):
        page.press(key)
        page.wait(lambda number=number: page.clip == golden.keys[number], f"clip {number}")
    assert page.frame == 0


def test_space_plays_and_pauses(page) -> None:
    page.press("space")
    seen = {page.frame}
    page.wait(lambda: len(seen | {page.frame}) > 3 or seen.add(page.frame), "four different frames")
    page.press("space")
    page.settle()
    still = page.frame
    page.settle()
    assert page.frame == still


def test_buttons_step_and_the_picture_follows(page, golden) -> None:
    page.press_button("frame ▶")
    page.wait(lambda: page.frame == 1, "frame 1")
    page.settle()
    picture = page.picture()
    assert close(picture, expected_picture(golden[0], 1, Layers(), picture.shape[1]))
    page.press_button("next clip ▶")
    page.wait(lambda: page.clip == golden.keys[1], "the next clip")


def test_choosing_a_split_leaves_its_clips(page, golden) -> None:
    page.choose("split", "val")
    page.wait(lambda: re.search(r"\b1 of 5 clips", page.text), "the count")
    assert page.clip in golden.split("val").keys


def test_boxes_in_space_stand_where_the_poses_say(page, golden) -> None:
    labels = golden[0].labels
    only(page, "box")
    for key in ("right", "right", "right"):
        page.press(key)
    page.wait(lambda: page.frame == 3, "frame 3")
    canvas = page.canvas()
    for n, size in enumerate(labels["box_size"]):
        corners = transform(labels["world_from_object"][3, n], box_corners(size))
        points = np.concatenate([np.linspace(corners[a], corners[b], 25) for a, b in EDGES])
        px = page.to_canvas(points)
        kept = px[inside(px, canvas)]
        assert len(kept) > 150
        assert np.mean(nearest(canvas, kept, object_colour(n)) < 90) > 0.85
        elsewhere = page.to_canvas(points + (0.0, 0.0, 0.25))
        assert np.mean(nearest(canvas, elsewhere[inside(elsewhere, canvas)], object_colour(n)) < 90) < 0.5


def test_the_frustum_holds_the_frame_on_the_rays_of_its_pixels(page, golden) -> None:
    clip = golden[0]
    labels, frame = clip.labels, clip.video(0, 1)[0]
    height, width = frame.shape[:2]
    only(page, "camera (3-D)")
    canvas = page.canvas()
    reach = FRUSTUM_REACH * scene_of(labels, width, height).reach
    x, y = np.meshgrid(np.linspace(8, width - 8, 24), np.linspace(8, height - 8, 14))
    spots = np.stack((x, y), axis=-1).reshape(-1, 2)
    world = transform(labels["world_from_camera"][0], unproject(spots, reach, labels["intrinsics"][0]))
    px = page.to_canvas(world)
    kept = inside(px, canvas)
    assert kept.sum() > 200
    columns, rows = np.floor(spots[kept]).astype(int).T
    wanted = frame[rows, columns].astype(float)
    shown = at(canvas, px[kept])
    clear = shown.max(axis=(1, 2)) < 190  # the frustum's own white lines cross the picture
    assert clear.sum() > 150
    assert np.corrcoef(wanted[clear].ravel(), shown[clear, 4].ravel())[0, 1] > 0.9
    mirrored = frame[rows, width - 1 - columns].astype(float)
    assert np.corrcoef(mirrored[clear].ravel(), shown[clear, 4].ravel())[0, 1] < 0.7
    middle = labels["intrinsics"][0]
    assert np.allclose(middle, pinhole(middle[0, 0], width, height)), "the frustum has no offset centre"


def test_the_cloud_has_the_frames_colours_where_the_depth_says(page, golden) -> None:
    clip = golden[0]
    only(page, "depth points (3-D)")
    canvas = page.canvas()
    points, colours = depth_cloud(clip.depth[0], clip.video(0, 1)[0], clip.labels["intrinsics"][0])
    px = page.to_canvas(transform(clip.labels["world_from_camera"][0], points))
    kept = inside(px, canvas)
    off = nearest(canvas, px[kept], colours[kept])
    assert kept.sum() > 1000
    assert np.mean(off < 40) > 0.8
    astray = nearest(canvas, px[kept], np.roll(colours[kept], kept.sum() // 2, axis=0))
    assert np.median(off) < np.median(astray) / 2


def test_worst_first_orders_clips_by_their_self_check_and_says_when_it_has_read_them(page, golden) -> None:
    page.choose("worst first by", "tracks_on_mask")
    page.wait(lambda: "reading self-checks" not in page.text, "all figures")
    assert page.clip == golden.keys[0], "all golden clips are equally good, and so stay in their order"
    page.choose("worst first by", "dataset order")
