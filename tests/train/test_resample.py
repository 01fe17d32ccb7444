import numpy as np
import pytest

from dataset_tools.errors import FormatError
from dataset_tools.geometry import invert_rigid, project, transform
from dataset_tools.reader import Dataset
from train.colours import in_colours
from train.example import Cut, read_example
from train.resample import Film, resampled, resized, times_of


@pytest.fixture(scope="module")
def clip(shared):
    return Dataset(shared / "golden")[0]


@pytest.mark.parametrize("size", [(96, 56), (64, 64), (100, 40), (384, 224)])
def test_resampled_labels_are_projections_by_resampled_intrinsics(clip, size) -> None:
    example = resized(read_example(clip, 0, 12, 2), Film(*size, 8.0))
    assert example.video.shape == (12, size[1], size[0], 3)
    for t in range(12):
        camera = transform(invert_rigid(example.world_from_camera[t]), clip.labels["box_corners_world"][t])
        pixels, _ = project(camera, example.intrinsics[t])
        assert np.allclose(pixels, example.corners_px[t], atol=2e-3)


@pytest.mark.parametrize("size", [(96, 56), (64, 64), (100, 40)])
def test_resampled_labels_match_resampled_pixels(clip, size) -> None:
    """A disc painted at a label's place lies where the label says after both were resampled."""
    example = read_example(clip, 0, 1, 1)
    height, width = example.video.shape[1:3]
    place = np.array([100.0, 60.0], np.float32)
    y, x = np.mgrid[:height, :width] + 0.5
    disc = np.exp(-((x - place[0]) ** 2 + (y - place[1]) ** 2) / (2 * 5.0**2))
    example.video[0] = np.rint(255 * disc)[..., None]
    example.centres_px[0, 0] = place
    made = resized(example, Film(*size, 8.0))
    light = made.video[0, :, :, 0].astype(float)
    y, x = np.mgrid[: size[1], : size[0]] + 0.5
    found = np.array([(light * x).sum(), (light * y).sum()]) / light.sum()
    assert np.allclose(found, made.centres_px[0, 0], atol=0.1)


def test_a_film_of_the_same_size_is_untouched(clip) -> None:
    example = read_example(clip, 0, 3, 1)
    assert resized(example, Film(192, 112, 30.0)) is example


@pytest.mark.parametrize("fps", [4.0, 5.0, 8.0, 16.0])
def test_frames_are_those_nearest_in_time(clip, fps) -> None:
    made = resampled(Cut(6, 2, mirror=0.0), clip, np.random.default_rng(1), Film(192, 112, fps))
    start = next(n for n in range(12) if np.array_equal(clip.labels["center_px"][n], made.centres_px[0]))
    assert made.fps == fps
    for t, centre in enumerate(made.centres_px):
        nearest = start + round(t * 8.0 / fps)
        assert np.array_equal(centre, clip.labels["center_px"][nearest])


def test_a_clip_that_needs_no_change_is_cut_as_ever(clip) -> None:
    cut = Cut(5, 2)
    one = cut.example(clip, np.random.default_rng(4))
    other = resampled(cut, clip, np.random.default_rng(4), Film(192, 112, 8.0))
    assert (in_colours(one).int() - in_colours(other).int()).abs().max() <= 1
    for name, value in vars(one).items():
        if name in ("video", "to_flip"):
            continue
        assert np.array_equal(getattr(other, name), value, equal_nan=np.asarray(value).dtype.kind == "f"), name


def test_a_clip_that_is_too_short_at_its_own_rate_is_refused(clip) -> None:
    with pytest.raises(FormatError, match="12 frames"):
        resampled(Cut(8, 1), clip, np.random.default_rng(0), Film(192, 112, 4.0))


def test_times_go_on_for_ever_at_the_same_rate() -> None:
    assert times_of(5, 30.0, 10.0).tolist() == [0, 3, 6, 9, 12]
    assert times_of(5, 5.0, 10.0).tolist() == [0, 0, 1, 2, 2]
