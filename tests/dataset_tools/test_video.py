"""H.264 as the format asks for it."""

import io
from fractions import Fraction

import av
import numpy as np
import pytest

from dataset_tools import video
from dataset_tools.errors import FormatError
from dataset_tools.reader import Dataset

COLOURS = np.array(
    [
        [255, 0, 0],
        [0, 255, 0],
        [0, 0, 255],
        [255, 255, 0],
        [255, 0, 255],
        [0, 255, 255],
        [255, 255, 255],
        [0, 0, 0],
    ],
    np.uint8,
)


@pytest.fixture(scope="module")
def frames() -> np.ndarray:
    """(20,64,96,3): smooth colours that drift, and a bright square that moves two pixels a frame."""
    y, x = np.mgrid[0:64, 0:96] / 15.0
    shots = []
    for t in range(20):
        shot = np.stack(
            [128 + 90 * np.sin(x + t / 5), 128 + 90 * np.cos(y - t / 7), 60 + 20 * (x + y) / 2], axis=-1
        )
        shot[20:40, 2 * t : 2 * t + 20] = [250, 220, 40]
        shots.append(shot.clip(0, 255).astype(np.uint8))
    return np.stack(shots)


@pytest.fixture(scope="module")
def encoded(frames) -> bytes:
    return video.encode(frames, 8)


def card() -> np.ndarray:
    """(3,32,256,3): eight bars of saturated colours, 32 pixels each."""
    return np.broadcast_to(np.repeat(COLOURS, 32, axis=0), (3, 32, 256, 3)).copy()


def bars(shots: np.ndarray) -> np.ndarray:
    """The middle of each bar (T,8,...), away from where chroma is shared with the next bar."""
    return shots[:, 16, 16::32]


def bt709_limited(rgb: np.ndarray) -> np.ndarray:
    """Y, Cb, Cr of ITU-R BT.709 in limited range, from 8-bit R, G, B along the last axis."""
    r, g, b = np.moveaxis(rgb / 255.0, -1, 0)
    y = 0.2126 * r + 0.7152 * g + 0.0722 * b
    return np.stack([16 + 219 * y, 128 + 224 * (b - y) / 1.8556, 128 + 224 * (r - y) / 1.5748], axis=-1)


def planes(data: bytes) -> np.ndarray:
    """The bars' Y, Cb, Cr (T,8,3) as the decoder gives them, without any conversion."""
    shots = []
    with av.open(io.BytesIO(data)) as container:
        for frame in container.decode(video=0):
            y, cb, cr = (np.frombuffer(plane, np.uint8).reshape(plane.height, -1) for plane in frame.planes)
            shots.append(np.stack([y[16, 16:256:32], cb[8, 8:128:16], cr[8, 8:128:16]], axis=-1))
    return np.stack(shots)


def elementary_stream(data: bytes) -> bytes:
    """The bare H.264 of an MP4, so that nothing is read from the container's own tags."""
    out = io.BytesIO()
    with av.open(io.BytesIO(data)) as container:
        unpack = av.BitStreamFilterContext("h264_mp4toannexb", container.streams.video[0])
        for packet in container.demux(video=0):
            for unpacked in unpack.filter(packet):
                out.write(bytes(unpacked))
    return out.getvalue()


def encode_otherwise(frames: np.ndarray, codec: str = "libx264", **options: str) -> bytes:
    """A video that is not in the format."""
    out = io.BytesIO()
    with av.open(out, "w", format="mp4") as container:
        stream = container.add_stream(codec, rate=8, options=options)
        stream.width, stream.height, stream.pix_fmt = frames.shape[2], frames.shape[1], "yuv420p"
        for rgb in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(rgb, format="rgb24")))
        container.mux(stream.encode())
    return out.getvalue()


def test_a_saturated_colour_card_survives_the_round_trip():
    decoded = video.decode(video.encode(card(), 8))
    assert np.abs(bars(decoded).astype(int) - COLOURS).max() <= 3


def test_the_stored_planes_are_bt709_in_limited_range():
    assert np.abs(planes(video.encode(card(), 8)) - bt709_limited(COLOURS)).max() <= 1.5


def test_another_decoder_that_heeds_the_tags_sees_the_same_colours():
    with av.open(io.BytesIO(video.encode(card(), 8))) as container:
        shots = np.stack([frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)])
    assert np.abs(bars(shots).astype(int) - COLOURS).max() <= 4


def test_the_facts_are_those_that_the_format_asks_for(encoded):
    assert video.probe(encoded) == video.VideoFacts(
        frames=20,
        width=96,
        height=64,
        fps=8.0,
        pix_fmt="yuv420p",
        codec="h264",
        primaries="bt709",
        transfer="bt709",
        matrix="bt709",
        color_range="limited",
        keyframe_gaps=(8, 8, 4),
        has_b_frames=False,
    )


def test_the_h264_stream_itself_carries_the_colour_tags(encoded):
    with av.open(io.BytesIO(elementary_stream(encoded)), format="h264") as container:
        frame = next(container.decode(video=0))
    assert (frame.colorspace, frame.color_range, frame.color_primaries, frame.color_trc) == (1, 1, 1, 1)


def test_a_cut_in_the_picture_adds_no_keyframe(frames):
    cut = frames.copy()
    cut[11:] = 255 - cut[11:]
    assert video.probe(video.encode(cut, 8)).keyframe_gaps == (8, 8, 4)


def test_encoding_twice_gives_the_same_bytes(frames, encoded):
    assert video.encode(frames, 8) == encoded


def test_the_file_holds_no_date_and_begins_with_its_table(encoded):
    assert encoded.index(b"moov") < encoded.index(b"mdat")
    created = encoded.index(b"mvhd") + 8
    assert encoded[created : created + 8] == bytes(8)
    with av.open(io.BytesIO(encoded)) as container:
        assert set(container.metadata) == {"major_brand", "minor_version", "compatible_brands"}


def test_a_moving_yellow_object_on_a_floor_comes_back_at_forty_decibels():
    y, x = (np.mgrid[0 : 144 * 4, 0 : 256 * 4] + 0.5) / 4
    floor = np.where((x // 12 + y // 12) % 2 > 0, 120.0, 150.0)[..., None] * [1, 0.98, 0.95]
    shots = []
    for t in range(9):
        inside = ((x - 90 - 5 * t) ** 2 + (y - 72) ** 2 < 30**2)[..., None]
        samples = np.where(inside, [225.0, 160.0, 30.0], floor)
        shots.append(np.rint(samples.reshape(144, 4, 256, 4, 3).mean(axis=(1, 3))).astype(np.uint8))
    shots = np.stack(shots)
    assert video.psnr(video.decode(video.encode(shots, 8, crf=10)), shots).min() >= 40


def test_a_lower_crf_is_nearer_to_the_frames(frames, encoded):
    fine = video.decode(video.encode(frames, 8, crf=4))
    assert (video.psnr(fine, frames) > video.psnr(video.decode(encoded), frames)).all()


@pytest.mark.parametrize(("start", "stop"), [(0, 1), (3, 9), (7, 8), (8, 16), (9, 20), (19, 20), (13, None)])
def test_a_range_of_frames_is_the_same_as_a_cut_from_the_whole(encoded, start, stop):
    np.testing.assert_array_equal(video.decode(encoded, start, stop), video.decode(encoded)[start:stop])


@pytest.mark.parametrize(("start", "stop"), [(0, None), (3, 9), (13, None)])
def test_planes_are_the_frames_channel_by_channel(encoded, start, stop):
    found = video.decode_planes(encoded, start, stop)
    np.testing.assert_array_equal(found.transpose(0, 2, 3, 1), video.decode(encoded, start, stop))
    assert found.flags.c_contiguous and video.decode(encoded, start, stop).flags.c_contiguous


@pytest.mark.parametrize("size", [(96, 64), (94, 50)])
def test_colours_are_those_of_a_conversion_to_pixels_bit_for_bit(size):
    width, height = size
    noise = np.random.default_rng(0).integers(0, 256, (3, height, width, 3), np.uint8)
    data = video.encode(noise, 8, crf=1)
    with av.open(io.BytesIO(data)) as container:
        pixels = [
            frame.reformat(
                format="rgb24",
                src_colorspace="ITU709",
                dst_colorspace="ITU709",
                src_color_range="MPEG",
                dst_color_range="JPEG",
                interpolation=video._SCALING,
            ).to_ndarray()
            for frame in container.decode(video=0)
        ]
    np.testing.assert_array_equal(video.decode(data), pixels)


@pytest.mark.parametrize("fps", [5, 8, 23.976, 24, 29.97, Fraction(30000, 1001), 60])
def test_frames_are_found_at_any_frame_rate(frames, fps):
    data = video.encode(frames, fps)
    np.testing.assert_array_equal(video.decode(data, 10, 12), video.decode(data)[10:12])
    assert video.probe(data).fps == pytest.approx(float(fps), rel=1e-4)


@pytest.mark.parametrize("count", [1, 2, 8, 9])
def test_a_video_of_a_few_frames_is_whole(frames, count):
    data = video.encode(frames[:count], 8)
    assert len(video.decode(data)) == video.probe(data).frames == count
    np.testing.assert_array_equal(video.decode(data, count - 1), video.decode(data)[count - 1 :])


@pytest.mark.parametrize(("start", "stop"), [(-1, 2), (5, 5), (6, 5), (0, 21), (20, None)])
def test_frames_that_are_not_there_are_refused(encoded, start, stop):
    with pytest.raises(FormatError, match="were asked for"):
        video.decode(encoded, start, stop)


@pytest.mark.parametrize("size", [(63, 96), (64, 95), (0, 96)])
def test_odd_sizes_are_refused_in_a_sentence(size):
    with pytest.raises(FormatError, match="cannot be written; choose an even size"):
        video.encode(np.zeros((2, *size, 3), np.uint8), 8)


@pytest.mark.parametrize(
    "wrong", [np.zeros((0, 4, 4, 3), np.uint8), np.zeros((4, 4, 3), np.uint8), np.zeros((1, 4, 4, 3))]
)
def test_what_is_no_8_bit_rgb_is_refused(wrong):
    with pytest.raises(FormatError, match=r"uint8 frames of shape \(T,H,W,3\)"):
        video.encode(wrong, 8)


def test_b_frames_long_gops_and_missing_tags_show_in_the_facts(frames):
    facts = video.probe(encode_otherwise(frames, bf="2", g="30"))
    assert facts.has_b_frames and max(facts.keyframe_gaps) > 8
    assert (facts.primaries, facts.matrix) == ("unspecified", "unspecified")


def test_another_codec_shows_in_the_facts_and_is_not_decoded(frames):
    data = encode_otherwise(frames, codec="mpeg4")
    assert video.probe(data).codec == "mpeg4"
    with pytest.raises(FormatError, match="h264 only"):
        video.decode(data)


def test_a_video_larger_than_the_limit_is_refused(encoded):
    with pytest.raises(FormatError, match="over 100000 bytes"):
        video.decode(encoded, limit_bytes=100_000)
    with pytest.raises(FormatError, match="over 100000 bytes"):
        video.decode(encoded, 0, 10, limit_bytes=100_000)


@pytest.mark.parametrize("share", [0.0, 0.02, 0.2, 0.6, 0.95])
def test_a_truncated_video_is_refused(encoded, share):
    with pytest.raises(FormatError):
        video.decode(encoded[: int(len(encoded) * share)])


def test_a_playlist_that_names_other_files_is_not_followed(encoded, tmp_path):
    (tmp_path / "secret.mp4").write_bytes(encoded)
    for text in (
        f"#EXTM3U\n#EXTINF:1,\nfile://{tmp_path}/secret.mp4\n",
        f"ffconcat version 1.0\nfile {tmp_path}/secret.mp4\n",
    ):
        with pytest.raises(FormatError, match="not a sound MP4"):
            video.decode(text.encode())
        with pytest.raises(FormatError, match="not a sound MP4"):
            video.probe(text.encode())


def test_psnr_follows_its_definition_and_is_infinite_for_equal_frames():
    black, grey = np.zeros((2, 4, 4, 3), np.uint8), np.zeros((2, 4, 4, 3), np.uint8)
    grey[1] = 51
    np.testing.assert_allclose(video.psnr(black, grey), [np.inf, 20 * np.log10(5)])


def test_the_golden_videos_decode_and_their_facts_are_in_the_format(shared):
    for clip in Dataset(shared / "golden"):
        data = clip.read("video.mp4")
        facts = video.probe(data)
        assert (facts.frames, facts.width, facts.height, facts.fps) == (12, 192, 112, 8.0)
        assert (facts.codec, facts.pix_fmt, facts.keyframe_gaps) == ("h264", "yuv420p", (8, 4))
        assert {facts.primaries, facts.transfer, facts.matrix} == {"bt709"} and facts.color_range == "limited"
        decoded = video.decode(data)
        assert decoded.shape == (12, 112, 192, 3) and decoded.std() > 10
        with av.open(io.BytesIO(data)) as container:
            others = np.stack([frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)])
        assert np.abs(decoded.mean(axis=(1, 2)) - others.mean(axis=(1, 2))).max() < 0.5
        assert video.psnr(decoded, video.decode(video.encode(decoded, 8))).min() > 40
