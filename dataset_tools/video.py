"""H.264 in MP4, as the format asks for it: RGB frames in, reproducible bytes out, and back.

What swscale does by itself is not it: it takes bt601 for untagged frames, which turns saturated colours by
up to 30 levels; it sites chroma midway on the way in and left on the way out, which shifts colours by half a
pixel; and it repeats chroma samples instead of interpolating them. So RGB is converted to planes by `chroma`,
and back by swscale with matrix, ranges and full chroma interpolation named. Its way to planes of colours gives
the same values as its way to RGB pixels, in half the time.
"""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction

import av
import numpy as np
from av.container import InputContainer
from av.video.plane import VideoPlane
from av.video.reformatter import (
    ColorPrimaries,
    ColorRange,
    Colorspace,
    ColorTrc,
    Interpolation,
    VideoReformatter,
)
from av.video.stream import VideoStream
from numpy.typing import NDArray

from dataset_tools.chroma import yuv420_from_rgb
from dataset_tools.errors import FormatError

GOP = 8
LIMIT_BYTES = 1 << 30
"""Bytes of RGB that one call of `decode` may return unless the caller says otherwise."""

_SCALING = (
    Interpolation.BILINEAR
    | Interpolation.ACCURATE_RND
    | Interpolation.FULL_CHR_H_INT
    | Interpolation.BITEXACT
)
_HEADERS_ONLY = {"skip_frame": "all", "probesize": "32"}
"""For opening a file: by itself FFmpeg decodes the first frame to learn what the headers say too."""
_X264 = f"keyint={GOP}:min-keyint={GOP}:scenecut=0:open-gop=0:bframes=0"
_TAGS = {1: "bt709", 2: "unspecified"}
_RANGES = {0: "unspecified", 1: "limited", 2: "full"}


@dataclass(frozen=True)
class VideoFacts:
    """What a video file is.

    Colour tags are `bt709`, `unspecified` or a number of ITU-T H.273; `color_range` is `limited`, `full` or
    `unspecified`. `keyframe_gaps` counts the frames from each keyframe to the next or to the end.
    """

    frames: int
    width: int
    height: int
    fps: float
    pix_fmt: str
    codec: str
    primaries: str
    transfer: str
    matrix: str
    color_range: str
    keyframe_gaps: tuple[int, ...]
    has_b_frames: bool


def encode(frames: NDArray[np.uint8], fps: int | float | Fraction, crf: float = 16) -> bytes:
    """Encode RGB frames (T, H, W, 3) as H.264 in MP4: yuv420p, bt709 limited, closed GOPs of 8, no B-frames.

    One thread and no dates: the same frames give the same bytes with the same PyAV. Raises FormatError for
    frames of another shape or type and for odd sizes, which yuv420p cannot hold.
    """
    frames = np.asarray(frames)
    if frames.ndim != 4 or frames.shape[3] != 3 or frames.dtype != np.uint8 or frames.shape[0] == 0:
        raise FormatError(f"a video needs uint8 frames of shape (T,H,W,3); got {frames.dtype} {frames.shape}")
    height, width = frames.shape[1:3]
    if height % 2 or width % 2 or not height or not width:
        raise FormatError(f"a video of {width}x{height} pixels cannot be written; choose an even size")
    file = io.BytesIO()
    rate = Fraction(fps).limit_denominator(1001)
    with av.open(
        file,
        "w",
        format="mp4",
        options={"movflags": "faststart", "fflags": "+bitexact"},
        io_open=lambda *_: io.BytesIO(file.getvalue()),  # faststart reads what it wrote to move it back
    ) as container:
        stream = container.add_stream("libx264", rate=rate, options={"crf": str(crf), "x264-params": _X264})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.codec_context.thread_count = 1
        stream.codec_context.color_range = ColorRange.MPEG
        stream.codec_context.color_primaries = ColorPrimaries.BT709
        stream.codec_context.color_trc = ColorTrc.BT709
        stream.codec_context.colorspace = Colorspace.ITU709
        for t, rgb in enumerate(frames):
            frame = _yuv_from_rgb(rgb)
            frame.pts, frame.time_base = t, 1 / rate
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return file.getvalue()


@dataclass(frozen=True)
class Yuv:
    """Frames as the video holds them: `y` (T, H, W), `cb` and `cr` (T, H/2, W/2), uint8.

    bt709 in limited range, chroma sited as `dataset_tools.chroma` says.
    """

    y: NDArray[np.uint8]
    cb: NDArray[np.uint8]
    cr: NDArray[np.uint8]


def decode(
    data: bytes, start: int = 0, stop: int | None = None, limit_bytes: int = LIMIT_BYTES
) -> NDArray[np.uint8]:
    """RGB frames `start` up to `stop` (all that follow where it is None) of an MP4, as (T, H, W, 3).

    Reading starts at the keyframe at or before `start`. Raises FormatError when the bytes are no H.264 in
    MP4, lack the frames asked for, or would take more than `limit_bytes`.
    """
    planes = decode_planes(data, start, stop, limit_bytes)
    frames = np.empty((len(planes), *planes.shape[2:], 3), np.uint8)
    for channel in range(3):  # numpy takes four times as long for all three at once
        frames[..., channel] = planes[:, channel]
    return frames


def decode_planes(
    data: bytes, start: int = 0, stop: int | None = None, limit_bytes: int = LIMIT_BYTES
) -> NDArray[np.uint8]:
    """What `decode` gives as (T, 3, H, W): whole planes of red, green and blue, and faster. Raises as it does."""
    reformatter, planes, count = VideoReformatter(), [], 0
    for frame in _decoded(data, start, stop, limit_bytes):
        shape = (3, frame.height, frame.width)
        if stop is not None and not count:
            planes = np.empty((stop - start, *shape), np.uint8)
        elif stop is None:
            planes.append(np.empty(shape, np.uint8))
        _write_rgb(_gbr_from_yuv(reformatter, frame), planes[count])
        count += 1
    return np.asarray(planes)


def decode_yuv(data: bytes, start: int, stop: int, limit_bytes: int = LIMIT_BYTES) -> Yuv:
    """Frames `start` up to `stop` of an MP4 as its planes lie in it: half the bytes, and no colours computed.

    Raises as `decode` does, and for planes of other sizes than 4:2:0.
    """
    planes: list[NDArray[np.uint8]] = []
    for count, frame in enumerate(_decoded(data, start, stop, limit_bytes)):
        if frame.format.name != "yuv420p":
            raise FormatError(f"the video is {frame.format.name}; the format holds yuv420p only")
        if not count:
            planes = [np.empty((stop - start, plane.height, plane.width), np.uint8) for plane in frame.planes]
        for plane, held in zip(frame.planes, planes, strict=True):
            held[count] = _rows(plane)
    return Yuv(*planes)


def _decoded(data: bytes, start: int, stop: int | None, limit_bytes: int) -> Iterator[av.VideoFrame]:
    """The frames asked for, one after the other, of one size. Raises FormatError as `decode` does."""
    if start < 0 or (stop is not None and stop <= start):
        raise FormatError(f"frames {start} to {stop} were asked for; start is 0 or more and stop is over it")
    with _opened(data, _HEADERS_ONLY) as (container, stream):
        if stream.codec_context.name != "h264":
            raise FormatError(f"the video is {stream.codec_context.name}; the format holds h264 only")
        stream.codec_context.thread_count = 1
        shape = (3, stream.height, stream.width)
        most = limit_bytes // max(1, stream.height * stream.width * 3)
        if stop is not None and stop - start > most:
            raise FormatError(f"{stop - start} frames of {shape} would take over {limit_bytes} bytes")
        count = 0
        for t, frame in _frames_between(container, stream, start, stop):
            if t != start + count:
                raise FormatError(f"the video has no frame {start + count}; write the clip again")
            if (3, frame.height, frame.width) != shape or count >= most:
                raise FormatError(f"the video changes its size or takes over {limit_bytes} bytes")
            yield frame
            count += 1
        end = stop if stop is not None else stream.frames
    if not count or start + count < end:
        raise FormatError(f"frames {start} to {end or 'the end'} were asked for; {count} can be decoded")


def probe(data: bytes) -> VideoFacts:
    """What an MP4 holds, from its headers and packets; frames are counted, not taken from the header.

    Raises FormatError when the bytes are no video in MP4.
    """
    with _opened(data) as (container, stream):
        context = stream.codec_context
        packets = [packet for packet in container.demux(stream) if packet.size]
        keyframes = [t for t, packet in enumerate(packets) if packet.is_keyframe] + [len(packets)]
        times = [packet.pts for packet in packets if packet.pts is not None]
        return VideoFacts(
            frames=len(packets),
            width=stream.width,
            height=stream.height,
            fps=float(stream.average_rate or 0),
            pix_fmt=str(context.pix_fmt),
            codec=context.name,
            primaries=_tag(context.color_primaries),
            transfer=_tag(context.color_trc),
            matrix=_tag(context.colorspace),
            color_range=_RANGES.get(int(context.color_range), str(int(context.color_range))),
            keyframe_gaps=tuple(int(gap) for gap in np.diff([0, *keyframes] if keyframes[0] else keyframes)),
            has_b_frames=bool(context.has_b_frames) or times != sorted(times),
        )


def psnr(a: NDArray[np.uint8], b: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Peak signal to noise ratio (T,) in dB of 8-bit frames (T, H, W, 3) against others; inf where equal."""
    if a.shape != b.shape:
        raise FormatError(f"frames of shape {a.shape} are compared with frames of shape {b.shape}")
    error = np.array([np.mean((x.astype(np.float64) - y) ** 2) for x, y in zip(a, b, strict=True)])
    with np.errstate(divide="ignore"):
        return 10.0 * np.log10(255.0**2 / error)


@contextmanager
def _opened(
    data: bytes, options: dict[str, str] | None = None
) -> Iterator[tuple[InputContainer, VideoStream]]:
    """The container and its video stream. Naming the format keeps playlists, which open other files, out."""
    try:
        with av.open(io.BytesIO(data), format="mp4", options=options) as container:
            if not container.streams.video:
                raise FormatError("the file has no video stream")
            yield container, container.streams.video[0]
    except (av.error.FFmpegError, EOFError) as error:
        raise FormatError(f"this is not a sound MP4 video ({error}); write the clip again") from error


def _frames_between(
    container: InputContainer, stream: VideoStream, start: int, stop: int | None
) -> Iterator[tuple[int, av.VideoFrame]]:
    if not stream.average_rate or not stream.time_base:
        raise FormatError("the video says no frame rate; write the clip again")
    ticks = 1 / (stream.average_rate * stream.time_base)
    first = stream.start_time or 0
    if start:
        container.seek(first + round(start * ticks), stream=stream)
    for frame in container.decode(stream):
        t = -1 if frame.pts is None else round((frame.pts - first) / ticks)
        if stop is not None and t >= stop:
            return
        if t >= start:
            yield t, frame
        if stop is not None and t + 1 >= stop:
            return


def _yuv_from_rgb(rgb: NDArray[np.uint8]) -> av.VideoFrame:
    planes = yuv420_from_rgb(rgb)
    frame = av.VideoFrame(rgb.shape[1], rgb.shape[0], "yuv420p")
    for plane, values in zip(frame.planes, planes, strict=True):
        padded = np.zeros((plane.height, plane.line_size), np.uint8)
        padded[:, : plane.width] = values
        plane.update(padded)
    return frame


def _gbr_from_yuv(reformatter: VideoReformatter, frame: av.VideoFrame) -> av.VideoFrame:
    """The frame with planes of green, blue and red."""
    return reformatter.reformat(
        frame,
        format="gbrp",
        src_colorspace=Colorspace.ITU709,
        dst_colorspace=Colorspace.ITU709,
        src_color_range=ColorRange.MPEG,
        dst_color_range=ColorRange.JPEG,
        interpolation=_SCALING,
        threads=1,
    )


def _write_rgb(frame: av.VideoFrame, planes: NDArray[np.uint8]) -> None:
    """Copy planes of green, blue and red into (3, H, W)."""
    for plane, channel in zip(frame.planes, (1, 2, 0), strict=True):
        planes[channel] = _rows(plane)


def _rows(plane: VideoPlane) -> NDArray[np.uint8]:
    """A plane's pixels (H, W), a view."""
    return np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)[: plane.height, : plane.width]


def _tag(value: int) -> str:
    return _TAGS.get(int(value), str(int(value)))
