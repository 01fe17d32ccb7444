"""The three shared films become clips that pass every check."""

import numpy as np
import pytest

from dataset_tools.import_video.options import ImportOptions
from dataset_tools.import_video.run import import_videos
from dataset_tools.reader import Dataset
from dataset_tools.validate import validate

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def imported(shared, tmp_path_factory):
    """Every other window of all three, the cameras solved: each costs seconds."""
    films = sorted((shared / "videos").glob("*.mp4"))
    return import_videos(films, tmp_path_factory.mktemp("films") / "real", ImportOptions(frames=14, stride=28))


def test_they_are_good_clips_in_three_splits(imported) -> None:
    report = validate(imported.out, progress=False)
    assert report.ok, (report.faults, [clip.faults for clip in report.faulty])
    assert {clip.split for clip in Dataset(imported.out)} == {"train", "val", "test"}


def test_the_rabbit_is_one_object_and_its_points_last(imported) -> None:
    clips = [clip for clip in Dataset(imported.out) if clip.meta["objects"][0]["source"] == "bigbuckbunny.mp4"]
    assert len(clips) == 2
    for clip in clips:
        assert len(clip.meta["objects"]) == 1 and clip.meta["qa"]["tracks_visible"] > 0.4
        middle = np.nanmean(clip.labels["center_px"][:, 0], axis=0)
        assert 120 < middle[0] < 260 and 90 < middle[1] < 230


def test_no_clip_reaches_over_a_cut(imported) -> None:
    """Within a clip, no frame is as unlike the one before as across the film's cuts."""
    for clip in Dataset(imported.out):
        frames = clip.video().astype(np.float32).mean(axis=3)
        steps = np.abs(np.diff(frames, axis=0)).mean(axis=(1, 2))
        assert steps.max() < 40
