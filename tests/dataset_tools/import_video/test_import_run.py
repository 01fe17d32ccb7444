"""Films become a dataset that the checks accept, and what gives no clip is named."""

import hashlib
import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dataset_tools.errors import FormatError
from dataset_tools.import_video import run
from dataset_tools.import_video.film import open_film
from dataset_tools.import_video.options import ImportOptions
from dataset_tools.import_video.run import film_splits, format_report, import_videos
from dataset_tools.reader import Dataset
from dataset_tools.stats import collect
from dataset_tools.validate import validate
from tests.dataset_tools.import_video.films import Patch, Scene, shot, write_film

OPTIONS = ImportOptions(
    width=288, height=160, frames=10, fps=8, stride=10, points=64, max_objects=2, camera="never", licence="CC0-1.0"
)
STILL = Scene((Patch(24, lambda s: (60 + 60 * s, 80)),), seed=21)


def assert_good(folder: Path) -> Dataset:
    report = validate(folder, progress=False)
    assert report.ok, (report.faults, [clip.faults for clip in report.faulty])
    return Dataset(folder)


@pytest.fixture(scope="module")
def films(tmp_path_factory, film_of_discs) -> tuple[Path, ...]:
    folder = tmp_path_factory.mktemp("films")
    static = write_film(folder / "nothing.mp4", shot(Scene(seed=9), 34))
    other = write_film(folder / "still camera.mp4", [*shot(Scene(seed=30, tint=(1, 0.4, 0.3)), 9), *shot(STILL, 34)])
    (folder / "notes.txt").write_text("no film")
    return film_of_discs, other, static, folder / "notes.txt"


@pytest.fixture(scope="module")
def imported(tmp_path_factory, films):
    out = tmp_path_factory.mktemp("datasets") / "real"
    return import_videos(films, out, OPTIONS)


def test_the_dataset_is_good_and_says_what_it_is(imported) -> None:
    dataset = assert_good(imported.out)
    assert dataset.manifest.kind == "real" and dataset.manifest.num_clips == len(dataset) == 2
    assert sorted(clip.split for clip in dataset) == ["train", "val"]
    for clip in dataset:
        assert clip.meta["center_source"] == "mask" and clip.meta["objects"][0]["licence"] == "CC0-1.0"
        assert clip.labels["track_object"].shape == (64,) and clip.labels["timestamps"][0] == 0
        assert clip.video().shape == (10, 160, 288, 3)
    assert not (imported.out / ".work").exists()
    assert "real" in str(collect(dataset, progress=False).kinds)


def test_the_film_and_its_hash_stand_in_each_clip(imported, films) -> None:
    by_film = {clip.meta["objects"][0]["source"]: clip for clip in Dataset(imported.out)}
    assert set(by_film) == {"discs.mp4", "still camera.mp4"}
    for path in films[:2]:
        spec = json.loads(by_film[path.name].meta["spec"])
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        assert spec["sha256"] == by_film[path.name].meta["objects"][0]["sha256"] == digest
        assert len(spec["film_frames"]) == 10 and spec["intrinsics"] == "assumed"


def test_a_standing_camera_is_known(tmp_path, films) -> None:
    import_videos(films[1:2], tmp_path / "real", replace(OPTIONS, camera="always"))
    clip = assert_good(tmp_path / "real")[0]
    assert clip.meta["camera"] == "still" and np.ptp(clip.labels["world_from_camera"], axis=0).max() == 0


@pytest.mark.slow
def test_a_camera_that_is_not_solved_is_left_out_or_leaves_the_clip_out(tmp_path, films) -> None:
    import_videos(films[:1], tmp_path / "auto", replace(OPTIONS, camera="auto"))
    clip = assert_good(tmp_path / "auto")[0]
    assert clip.meta["camera"] == "unknown" and "world_from_camera" not in clip.labels
    assert json.loads(clip.meta["spec"])["camera"]["reason"]
    with pytest.raises(FormatError, match="COLMAP|camera moves too little"):
        import_videos(films[:1], tmp_path / "always", replace(OPTIONS, camera="always"))


def test_what_gives_no_clip_is_named(imported) -> None:
    text = format_report(imported)
    assert "'nothing.mp4': 0 clips" in text and "nothing moves against the background" in text
    assert "'notes.txt': 0 clips" in text and "no film" in text
    assert "the shot lasts 0.38 s" in text
    lines = [json.loads(line) for line in (imported.out / "objects.jsonl").read_text().splitlines()]
    assert [line["state"] for line in lines] == ["accepted", "accepted", "rejected", "rejected"]


def test_a_stopped_run_goes_on_and_gives_the_same_bytes(tmp_path, imported, films, monkeypatch) -> None:
    made, real = [], run.make_clip

    def stops(film, *rest):
        if made:
            raise KeyboardInterrupt
        made.append(film.name)
        return real(film, *rest)

    monkeypatch.setattr(run, "make_clip", stops)
    with pytest.raises(KeyboardInterrupt):
        import_videos(films, tmp_path / "real", OPTIONS)
    assert (tmp_path / "real" / ".work").is_dir() and not (tmp_path / "real" / "dataset.json").exists()
    with pytest.raises(FormatError, match="other films or settings"):
        import_videos(films, tmp_path / "real", replace(OPTIONS, points=80))
    monkeypatch.setattr(run, "make_clip", real)
    again = import_videos(films, tmp_path / "real", OPTIONS)
    for split, records in Dataset(again.out).manifest.splits.items():
        assert records == Dataset(imported.out).manifest.splits[split]


def test_a_folder_that_holds_something_else_is_left_alone(tmp_path, imported, films) -> None:
    (tmp_path / "letter.txt").write_text("dear")
    with pytest.raises(FormatError, match="not empty"):
        import_videos(films, tmp_path, OPTIONS)
    with pytest.raises(FormatError, match="finished dataset"):
        import_videos(films, imported.out, OPTIONS)
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


def test_films_that_give_nothing_are_an_error_that_says_why(tmp_path, films) -> None:
    with pytest.raises(FormatError, match="nothing moves against the background"):
        import_videos(films[2:], tmp_path / "real", OPTIONS)


@pytest.mark.parametrize("count, splits", [(1, {"train"}), (2, {"train", "val"}), (3, {"train", "val", "test"})])
def test_splits_are_filled_by_whole_films_from_the_first_on(count: int, splits: set[str]) -> None:
    units = [hashlib.sha256(bytes([n])).hexdigest() for n in range(count)]
    found = film_splits(units * 2, OPTIONS)
    assert set(found) == set(units) and set(found.values()) == splits


def test_masks_and_tracks_that_are_given_are_used(tmp_path, films, two_discs) -> None:
    film = open_film(films[0])
    folder = tmp_path / "masks" / film.stem
    folder.mkdir(parents=True)
    for t in range(36):
        Image.fromarray(two_discs.mask(t / 24) * 3).save(folder / f"{t:05d}.png")
    import_videos(films[:1], tmp_path / "a", replace(OPTIONS, masks=tmp_path / "masks"))
    clip = assert_good(tmp_path / "a")[0]
    assert (clip.masks[0] == np.array([0, 1, 2], np.uint8)[two_discs.mask(0)]).all()
    centres = [patch.centre(0.5) for patch in two_discs.patches]
    np.testing.assert_allclose(clip.labels["center_px"][4], centres, atol=0.5)

    tracks = {str(n): [[x - 0.5 for x in patch.centre(t / 24)] for t in range(36)] for n, patch in
              enumerate(two_discs.patches)}  # fmt: skip
    given = tmp_path / "annotations"
    given.mkdir()
    (given / f"{film.stem}.json").write_text(json.dumps(tracks))
    import_videos(films[:1], tmp_path / "b", replace(OPTIONS, annotations=given))
    clip = assert_good(tmp_path / "b")[0]
    assert clip.meta["center_source"] == "track" and "masks.npz" not in clip.members
    np.testing.assert_allclose(clip.labels["center_px"][4], centres, atol=1e-3)
    assert np.isnan(clip.labels["box2d"]).all()


def test_names_from_outside_are_shown_harmlessly_and_a_film_given_twice_counts_once(tmp_path, films) -> None:
    odd, copy = tmp_path / "a\x1b[31m<script>\n.mp4", tmp_path / "copy.mp4"
    odd.write_bytes(films[0].read_bytes())
    copy.write_bytes(films[0].read_bytes())
    report = import_videos([odd, copy], tmp_path / "real", OPTIONS)
    first, second = format_report(report).splitlines()[:2]
    assert "\x1b" not in first and first.endswith("1 clip; camera: 1 unknown")
    assert "'copy.mp4': 0 clips" in second and "given twice" in second and "\x1b" not in second
    assert_good(tmp_path / "real")


def test_a_package_that_is_not_installed_is_named_with_the_extra(tmp_path, films, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "pycolmap", None)
    with pytest.raises(FormatError, match=r"pycolmap, which is not installed; pip install 'posetraj\[video\]'"):
        import_videos(films, tmp_path / "real", replace(OPTIONS, camera="auto"))
    assert not (tmp_path / "real").exists()
