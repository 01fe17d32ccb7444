"""RGB to YCbCr 4:2:0, judged by what a decoder makes of it."""

import io

import av
import numpy as np
import pytest
from av.video.reformatter import ColorRange, Colorspace, Interpolation
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from dataset_tools import video
from dataset_tools.chroma import yuv420_from_rgb


def disc(height: int = 72, width: int = 128, colour=(215, 25, 20)) -> np.ndarray:
    """A saturated disc on a grey floor, antialiased by averaging 8x8 samples a pixel: (H,W,3)."""
    y, x = (np.mgrid[0 : height * 8, 0 : width * 8] + 0.5) / 8
    inside = (x - width / 2) ** 2 + (y - height / 2) ** 2 < (height / 3) ** 2
    samples = np.where(inside[..., None], np.array(colour, float), 130.0)
    return np.rint(samples.reshape(height, 8, width, 8, 3).mean(axis=(1, 3))).astype(np.uint8)


def by_swscale(frames: np.ndarray, crf: str) -> bytes:
    """The same video with swscale's own conversion to 4:2:0."""
    out = io.BytesIO()
    with av.open(out, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=8, options={"crf": crf, "bf": "0", "g": "8"})
        stream.width, stream.height, stream.pix_fmt = frames.shape[2], frames.shape[1], "yuv420p"
        for rgb in frames:
            frame = av.VideoFrame.from_ndarray(rgb, format="rgb24").reformat(
                format="yuv420p",
                dst_colorspace=Colorspace.ITU709,
                src_color_range=ColorRange.JPEG,
                dst_color_range=ColorRange.MPEG,
                interpolation=Interpolation.BICUBIC | Interpolation.ACCURATE_RND,
            )
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return out.getvalue()


def redness(rgb: np.ndarray) -> np.ndarray:
    return rgb[..., 0].astype(float) - rgb[..., 1]


@given(arrays(np.uint8, 3))
def test_a_plain_colour_has_the_planes_of_bt709(colour):
    y, cb, cr = yuv420_from_rgb(np.broadcast_to(colour, (4, 6, 3)))
    r, g, b = colour / 255.0
    luma = 0.2126 * r + 0.7152 * g + 0.0722 * b
    assert np.abs(y - (16 + 219 * luma)).max() <= 1.0
    assert np.abs(cb - (128 + 224 * (b - luma) / 1.8556)).max() <= 0.5 + 1e-9
    assert np.abs(cr - (128 + 224 * (r - luma) / 1.5748)).max() <= 0.5 + 1e-9


@pytest.mark.parametrize("size", [(2, 2), (2, 8), (6, 4), (144, 256)])
def test_planes_have_the_sizes_of_4_2_0(size):
    y, cb, cr = yuv420_from_rgb(np.zeros((*size, 3), np.uint8))
    assert y.shape == size and cb.shape == cr.shape == (size[0] // 2, size[1] // 2)
    assert {plane.dtype for plane in (y, cb, cr)} == {np.dtype(np.uint8)}


@settings(max_examples=20)
@given(arrays(np.uint8, (8, 12, 3)), st.integers(0, 3), st.integers(0, 5), st.sampled_from([-4, 4]))
def test_no_other_chroma_sample_would_be_nearer_to_the_full_chroma(rgb, row, column, step):
    muted = (rgb.astype(int) // 4 + 96).astype(np.uint8)  # far from where chroma is clipped
    _, _, cr = yuv420_from_rgb(muted)
    luma = muted @ np.array([0.2126, 0.7152, 0.0722])
    full = 128 + 224 / 255 * (muted[..., 0] - luma) / 1.5748
    changed = cr.astype(float)
    changed[row, column] += step
    assert error(cr.astype(float), full) < error(changed, full)


def error(samples: np.ndarray, full: np.ndarray) -> float:
    """Squared error of samples sited left in a row and between rows, interpolated linearly with ends held."""
    height, width = full.shape
    rows = np.array(
        [np.interp((np.arange(height) - 0.5) / 2, np.arange(height // 2), s) for s in samples.T]
    ).T
    wide = np.array([np.interp(np.arange(width) / 2, np.arange(width // 2), row) for row in rows])
    return float(((wide - full) ** 2).sum())


def test_colours_do_not_shift_against_the_picture():
    shot = disc()
    decoded = video.decode(video.encode(shot[None], 8, crf=1))[0]
    x = np.arange(shot.shape[1]) + 0.5
    y = np.arange(shot.shape[0]) + 0.5
    for axis, positions in ((0, x), (1, y)):
        centres = [
            np.average(positions, weights=redness(picture).clip(0).sum(axis)) for picture in (shot, decoded)
        ]
        assert centres[0] == pytest.approx(centres[1], abs=0.03)


def test_swscale_alone_would_shift_colours_by_half_a_pixel():
    shot = disc()
    decoded = video.decode(by_swscale(shot[None], crf="1"))[0]
    x = np.arange(shot.shape[1]) + 0.5
    before, after = (np.average(x, weights=redness(picture).clip(0).sum(0)) for picture in (shot, decoded))
    assert before - after == pytest.approx(0.5, abs=0.1)


def test_a_saturated_object_comes_back_two_decibels_nearer_than_by_swscale():
    for colour in ((215, 25, 20), (240, 190, 10), (20, 60, 200)):
        shots = disc(colour=colour)[None]
        ours = video.psnr(video.decode(video.encode(shots, 8, crf=10)), shots)
        assert ours[0] > video.psnr(video.decode(by_swscale(shots, crf="10")), shots)[0] + 2


def test_brightness_is_kept_pixel_by_pixel_at_the_edges():
    shot = disc()
    decoded = video.decode(video.encode(shot[None], 8, crf=1))[0]
    assert np.abs(decoded.mean(axis=-1) - shot.mean(axis=-1)).max() < 6
