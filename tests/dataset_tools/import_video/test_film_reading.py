"""Films of all kinds are read upright and with their own times, and what is no film is refused in a sentence."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dataset_tools.errors import FormatError
from dataset_tools.import_video.film import FilmEndsEarly, frames, open_film
from dataset_tools.import_video.fit import Fit
from dataset_tools.import_video.shots import survey
from tests.dataset_tools.import_video.films import Scene, shot, turned, write_film

SCENE = Scene(pan=lambda s: (30 * s, 0))


@pytest.fixture(scope="module")
def pictures() -> list[np.ndarray]:
    return shot(SCENE, 12)


def shown(path: Path, size: tuple[int, int]) -> np.ndarray:
    """The first frame as a clip of that size shows it."""
    frame = next(frames(open_film(path)))
    height, width = frame.stored.shape[:2]
    return Fit(width, height, frame.quarter_turns, frame.aspect, *size).picture(frame.stored)


def sentence(path: Path, **options: float) -> str:
    with pytest.raises(FormatError) as raised:
        list(frames(open_film(path, **options)))
    text = str(raised.value)
    assert "\n" not in text and len(text) < 300
    return text


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "mov", "avi"])
def test_frames_come_with_their_times_and_colours(tmp_path, pictures, suffix: str) -> None:
    path = write_film(tmp_path / f"film.{suffix}", pictures, sound=suffix == "mp4")
    found = list(frames(open_film(path)))
    np.testing.assert_allclose([frame.time for frame in found], np.arange(12) / 24, atol=2e-3)
    assert np.abs(found[5].stored.astype(int) - pictures[5]).mean() < 3


def test_times_of_a_variable_rate_are_the_films_own(tmp_path, pictures) -> None:
    times = np.cumsum([0, 1, 1, 4, 1, 2, 1, 1, 3, 1, 1, 1]) / 30
    path = write_film(tmp_path / "film.mkv", pictures, times=times)
    np.testing.assert_allclose([frame.time for frame in frames(open_film(path))], times, atol=1e-3)


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_a_turned_film_is_shown_upright(tmp_path, pictures, degrees: int) -> None:
    """A telephone stores what it sees turned, and writes how to turn it back."""
    stored = [np.rot90(picture, degrees // 90) for picture in pictures]
    path = turned(write_film(tmp_path / "film.mp4", stored), degrees)
    assert np.abs(shown(path, (288, 160)).astype(int) - pictures[0]).mean() < 3


def test_pixels_that_are_not_square_are_made_so(tmp_path, pictures) -> None:
    squeezed = [np.asarray(Image.fromarray(picture).resize((144, 160))) for picture in pictures]
    path = write_film(tmp_path / "film.mp4", squeezed, aspect=Fraction(2))
    assert np.abs(shown(path, (288, 160)).astype(int) - pictures[0]).mean() < 8
    turned(path, 90)
    upright = np.rot90(pictures[0], -1)
    assert np.abs(shown(path, (160, 288)).astype(int) - upright).mean() < 8


def test_ten_bits_and_full_range_are_read_as_they_are_meant(tmp_path, pictures) -> None:
    deep = write_film(tmp_path / "deep.mkv", pictures, pix_fmt="yuv420p10le")
    assert np.abs(next(frames(open_film(deep))).stored.astype(int) - pictures[0]).mean() < 3
    full = write_film(tmp_path / "full.avi", pictures, codec="mjpeg", pix_fmt="yuvj444p")
    assert np.abs(next(frames(open_film(full))).stored.astype(int) - pictures[0]).mean() < 6


def test_odd_sizes_are_read(tmp_path, pictures) -> None:
    odd = [picture[:151, :277] for picture in pictures]
    path = write_film(tmp_path / "odd.mkv", odd, pix_fmt="yuv444p")
    assert shown(path, (64, 64)).shape == (64, 64, 3)


@pytest.mark.parametrize("transfer", [16, 18])
def test_hdr_is_refused_with_the_remedy(tmp_path, pictures, transfer: int) -> None:
    path = write_film(tmp_path / "hdr.mp4", pictures, pix_fmt="yuv420p10le", color_trc=transfer)
    assert "HDR" in sentence(path) and "BT.709" in sentence(path)


def test_what_is_no_film_is_refused(tmp_path, pictures) -> None:
    text = tmp_path / "text.mp4"
    text.write_text("this is no film\n" * 400)
    assert "no film" in sentence(text)
    (tmp_path / "empty.mp4").write_bytes(b"")
    assert "no film" in sentence(tmp_path / "empty.mp4")
    assert "No such file" in sentence(tmp_path / "absent.mp4")
    whole = write_film(tmp_path / "film.mp4", pictures).read_bytes()
    (tmp_path / "half.mp4").write_bytes(whole[: len(whole) // 2])  # the table of frames lies at the end
    assert "no film" in sentence(tmp_path / "half.mp4")


def test_playlists_cannot_name_other_files(tmp_path, pictures) -> None:
    write_film(tmp_path / "secret.ts", pictures)
    listing = tmp_path / "list.m3u8"
    listing.write_text("#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:1,\nsecret.ts\n#EXT-X-ENDLIST\n")
    assert "another file" in sentence(listing) or "no film" in sentence(listing)
    concat = tmp_path / "list.ffconcat"
    concat.write_text(f"ffconcat version 1.0\nfile '{tmp_path / 'secret.ts'}'\n")
    assert "another file" in sentence(concat) or "no film" in sentence(concat)


def test_a_film_with_sound_alone_is_refused(tmp_path) -> None:
    import av

    with av.open(str(tmp_path / "sound.mp4"), "w") as container:
        stream = container.add_stream("aac", rate=8000)
        noise = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
        noise.sample_rate = 8000
        container.mux(stream.encode(noise))
        container.mux(stream.encode())
    assert "no video" in sentence(tmp_path / "sound.mp4")


def test_a_film_that_breaks_off_gives_what_comes_before(tmp_path, pictures) -> None:
    path = write_film(tmp_path / "film.ts", pictures * 4)
    data = bytearray(path.read_bytes())
    path.write_bytes(data[: len(data) * 2 // 3])
    found = []
    try:
        for frame in frames(open_film(path)):
            found.append(frame)
    except FilmEndsEarly as error:
        assert "frame" in str(error)
    assert 12 <= len(found) < 48


def test_a_folder_of_pictures_is_a_film_at_the_rate_given(tmp_path, pictures) -> None:
    for t, picture in enumerate(pictures):
        Image.fromarray(picture).save(tmp_path / f"frame{t}.png")
    found = list(frames(open_film(tmp_path, image_fps=6)))
    np.testing.assert_allclose([frame.time for frame in found], np.arange(12) / 6)
    assert (found[10].stored == pictures[10]).all()  # 10 comes after 9, not after 1
    assert "--image-fps" in sentence(tmp_path)
    (tmp_path / "frame3.png").write_bytes(b"nothing")
    assert "frame3.png" in sentence(tmp_path, image_fps=6)


def test_the_content_alone_makes_the_hash(tmp_path, pictures) -> None:
    one = write_film(tmp_path / "one.mp4", pictures)
    other = tmp_path / "other.mp4"
    other.write_bytes(one.read_bytes())
    assert open_film(one).sha256 == open_film(other).sha256


def test_cuts_are_found_at_their_frame(tmp_path) -> None:
    lengths = (14, 9, 21, 12)
    tints = ((1, 0.6, 0.5), (0.5, 0.7, 1), (0.8, 1, 0.5), (1, 1, 1))
    scenes = [Scene(seed=40 + n, tint=tint, pan=lambda s: (60 * s, 10 * s)) for n, tint in enumerate(tints)]
    parts = [shot(scene, length) for scene, length in zip(scenes, lengths, strict=True)]
    path = write_film(tmp_path / "cuts.mp4", [picture for part in parts for picture in part])
    found = survey(open_film(path))
    assert found.cuts == tuple(np.cumsum(lengths)[:-1])
    assert found.shots == ((0, 14), (14, 23), (23, 44), (44, 56))


def test_a_fast_pan_is_no_cut(tmp_path) -> None:
    path = write_film(tmp_path / "pan.mp4", shot(Scene(pan=lambda s: (-30 + 60 * s, 30 * np.sin(6 * s))), 30))
    assert survey(open_film(path)).cuts == ()
