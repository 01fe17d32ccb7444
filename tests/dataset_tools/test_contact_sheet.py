import numpy as np
import pytest
from PIL import Image, ImageChops

from dataset_tools.clip import Clip
from dataset_tools.contact_sheet import contact_sheet
from dataset_tools.drawing import Layers, draw_frame, object_colour
from dataset_tools.reader import Dataset


@pytest.fixture(scope="module")
def golden(shared) -> Dataset:
    return Dataset(shared / "golden")


def renamed(clip: Clip, name: str, count: int = 1) -> Clip:
    """The clip with `count` objects, all of them called `name`."""
    copy = Clip.from_members(clip.key, {member: clip.read(member) for member in clip.members}, clip.split)
    copy.meta["objects"] = [{**clip.meta["objects"][0], "name": name} for _ in range(count)]
    copy.labels["center_px"] = clip.labels["center_px"][:, :1].repeat(count, axis=1)
    return copy


def test_clips_fill_rows_from_the_left(golden) -> None:
    one, two, five = (contact_sheet(golden[:k], 3, frame_width=240) for k in (1, 2, 5))
    assert one.height == two.height < five.height
    assert one.width < two.width < five.width
    assert contact_sheet(golden[:5], 5, frame_width=240).height == one.height


def test_the_middle_frame_stands_in_the_sheet_as_it_is_drawn(golden) -> None:
    clip = golden[0]
    sheet = np.asarray(contact_sheet([clip], frame_width=192 * 2))
    t = len(clip.video()) // 2
    drawn = draw_frame(clip.video(t, t + 1)[0], clip.labels, t, scale=2)
    windows = [sheet[24 : 24 + len(drawn), x : x + drawn.shape[1]] for x in (23, 24, 25)]
    inner = (slice(10, -10), slice(10, -10))
    assert [np.array_equal(window[inner], drawn[inner]) for window in windows] == [False, True, False]


def test_several_frames_run_from_the_first_to_the_last(golden) -> None:
    clip = golden[0]
    sheet = np.asarray(contact_sheet([clip], frames=3, frame_width=192))
    for x, t in ((24, 0), (24 + 2 * 200, 11)):
        drawn = draw_frame(clip.video(t, t + 1)[0], clip.labels, t, scale=1)
        np.testing.assert_array_equal(sheet[30:120, x + 6 : x + 180], drawn[6:96, 6:180])


def test_the_caption_shows_each_objects_colour(golden) -> None:
    clip = golden[0]
    sheet = np.asarray(contact_sheet([clip], frame_width=240, layers=Layers(boxes=False, paths=False)))
    caption = sheet[24 + 140 :, 24:60]
    for n in range(2):
        assert (caption == object_colour(n)).all(axis=2).sum() > 20
    assert not (caption == object_colour(2)).all(axis=2).any()


def test_captions_differ_where_names_differ(golden) -> None:
    sheets = [contact_sheet([renamed(golden[0], name)], frame_width=240) for name in ("crate", "crane")]
    box = ImageChops.difference(*sheets).getbbox()
    assert box is not None and box[1] > 24 + 140


def test_a_long_name_is_cut_and_keeps_inside_its_cell(golden) -> None:
    plain, long = (
        contact_sheet([renamed(golden[0], name)], frame_width=240)
        for name in ("x", "a very long\nname " * 30)
    )
    assert plain.size == long.size
    margin = np.asarray(long)[:, -22:]
    assert (margin == margin[0, 0]).all()


def test_more_objects_than_fit_are_counted(golden) -> None:
    heights = [contact_sheet([renamed(golden[0], "x", n)], frame_width=240).height for n in (4, 5, 12)]
    assert heights[0] < heights[1] == heights[2]


@pytest.mark.parametrize("layers", [Layers(), Layers(True, True, True, True, True)])
def test_every_golden_clip_can_be_drawn_with_any_layers(golden, layers) -> None:
    assert isinstance(contact_sheet(golden, frame_width=120, layers=layers), Image.Image)


@pytest.mark.parametrize(("clips", "columns", "frames"), [(0, 4, 1), (1, 0, 1), (1, 4, 0)])
def test_a_sheet_of_nothing_is_refused(golden, clips, columns, frames) -> None:
    with pytest.raises(ValueError, match="at least"):
        contact_sheet(golden[:clips], columns, frames)
