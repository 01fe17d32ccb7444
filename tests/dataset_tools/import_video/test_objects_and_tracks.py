"""Objects are found where they are, and points stay on them."""

import numpy as np
import pytest

from dataset_tools.errors import FormatError
from dataset_tools.import_video import cotracker
from dataset_tools.import_video.film import open_film
from dataset_tools.import_video.motion import apply, measure_motion
from dataset_tools.import_video.segment import find_objects
from dataset_tools.import_video.shots import survey
from dataset_tools.import_video.tracks import follow, on_masks, seed_around, seed_in_masks
from dataset_tools.import_video.windows import Pictures, plan, read_windows
from tests.dataset_tools.import_video.films import Scene, shot, write_film


def read(path, count: int = 12, size: tuple[int, int] = (288, 160)) -> Pictures:
    film = open_film(path)
    found = survey(film)
    return next(read_windows(film, found, plan(found, count, 8, count)[0], size))


@pytest.fixture(scope="module")
def pictures(film_of_discs) -> Pictures:
    return read(film_of_discs)


@pytest.fixture(scope="module")
def motion(pictures):
    return measure_motion(pictures)


@pytest.fixture(scope="module")
def truth(pictures, two_discs) -> np.ndarray:
    return np.stack([two_discs.mask(seconds) for seconds in pictures.times])


@pytest.fixture(scope="module")
def found(pictures, motion):
    return find_objects(pictures.rgb, pictures.grey[pictures.window.sample_steps], motion, 4)


def on_disc(scene: Scene, n: int, seconds: float, px: np.ndarray) -> np.ndarray:
    """Points (...,2) in the disc's own frame."""
    angle, centre = scene.patches[n].turn(seconds), np.array(scene.patches[n].centre(seconds))
    c, s = np.cos(angle), np.sin(angle)
    return (px - centre) @ np.array([[c, -s], [s, c]])


def test_the_ground_moves_as_the_camera_does(motion) -> None:
    here = np.array([[20.0, 140.0], [144.0, 80.0], [270.0, 20.0]])
    for homography in motion.background:
        assert np.abs(apply(homography, here) - here - [-12 / 8, -4 / 8]).max() < 0.3


def test_masks_are_those_of_the_objects(found, truth) -> None:
    assert found.masks.max() == 2
    pairs = []
    for n in (1, 2):
        overlaps = [
            ((found.masks == n) & (truth == k)).sum() / ((found.masks == n) | (truth == k)).sum() for k in (1, 2)
        ]
        pairs.append(int(np.argmax(overlaps)))
        assert max(overlaps) > 0.9
        each = [
            ((f == n) & (t == pairs[-1] + 1)).sum() / ((f == n) | (t == pairs[-1] + 1)).sum()
            for f, t in zip(found.masks, truth, strict=True)
        ]
        assert min(each) > 0.75  # the object keeps its number in every frame
    assert sorted(pairs) == [0, 1]


def test_tracks_stay_on_their_points_to_a_pixel(pictures, truth, two_discs) -> None:
    grey = pictures.grey[pictures.window.sample_steps]
    seeds = seed_in_masks(grey, truth, 128)
    tracks = on_masks(follow(pictures.grey, pictures.window.sample_steps, seeds), seeds, truth)
    assert np.bincount(tracks.owner).tolist() == [64, 64]
    worst = []
    for p, owner in enumerate(tracks.owner):
        begun = on_disc(two_discs, owner, pictures.times[seeds.start[p]], seeds.px[p])
        seen = np.flatnonzero(tracks.visible[:, p])
        worst.append(
            max(np.linalg.norm(on_disc(two_discs, owner, pictures.times[t], tracks.px[t, p]) - begun) for t in seen)
        )
    assert np.median(worst) < 0.3 and np.quantile(worst, 0.95) < 1.0
    assert tracks.visible.mean() > 0.8


def test_points_that_are_not_known_are_nan_and_never_visible(pictures, truth) -> None:
    grey = pictures.grey[pictures.window.sample_steps]
    seeds = seed_in_masks(grey, truth, 64)
    px = follow(pictures.grey, pictures.window.sample_steps, seeds)
    gone = truth.copy()
    gone[6:] = 0
    tracks = on_masks(px, seeds, gone)
    assert np.isnan(tracks.px[6:, seeds.start < 6]).all() and not tracks.visible[6:].any()
    assert tracks.px.shape == (12, 64, 2) and tracks.px.dtype == np.float32


def test_an_object_of_four_pixels_still_gets_all_its_points() -> None:
    masks = np.zeros((3, 64, 64), np.uint8)
    masks[:, 30:32, 30:32] = 1
    seeds = seed_in_masks(np.zeros((3, 64, 64), np.uint8), masks, 40)
    assert seeds.px.shape == (40, 2) and (np.abs(seeds.px - 31) <= 1.01).all()


def test_points_around_a_track_begin_with_its_own() -> None:
    centre = np.full((4, 2, 2), 30.0)
    centre[0, 1] = np.nan
    seeds = seed_around(np.zeros((4, 64, 64), np.uint8), centre, 33)
    assert seeds.owner.tolist() == [0] * 17 + [1] * 16
    assert (seeds.px[[0, 17]] == 30).all() and seeds.start[0] == 0 and seeds.start[17] == 1


def test_a_still_picture_and_a_pan_have_no_objects(tmp_path) -> None:
    for name, pan in (("still", lambda s: (0, 0)), ("pan", lambda s: (30 * s, 8 * s))):
        pictures = read(write_film(tmp_path / f"{name}.mp4", shot(Scene(pan=pan), 24)), 8)
        result = find_objects(pictures.rgb, pictures.grey[pictures.window.sample_steps], measure_motion(pictures), 4)
        assert result.masks is None and "moves against the background" in result.reason


def test_cotracker_without_a_network_is_one_sentence(pictures, truth, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    seeds = seed_in_masks(pictures.grey[pictures.window.sample_steps], truth, 32)
    with pytest.raises(FormatError, match="cannot be fetched .*--tracker lk|needs torch"):
        cotracker.follow(pictures.rgb, seeds)
