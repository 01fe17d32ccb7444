"""Films as they come: any container that FFmpeg reads, or a folder of pictures; decoded one frame at a time."""

import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, NoReturn

import av
import numpy as np
from av.video.reformatter import ColorRange, Colorspace, Interpolation
from numpy.typing import NDArray
from PIL import Image

from dataset_tools.errors import FormatError

MOST_PIXELS = 1 << 26
PICTURES = (".jpg", ".jpeg", ".png", ".webp", ".bmp")
CONTAINERS = frozenset(
    "mov mp4 m4a 3gp 3g2 mj2 matroska webm avi mpegts mpeg mpegvideo m4v h264 hevc obu ivf gif flv asf ogg mxf "
    "yuv4mpegpipe nut rm wtv dv vob apng".split()
)
"""Demuxers that read one file and nothing else; playlists, which name other files and addresses, are not among them."""

CLOCKLESS = frozenset("avi h264 hevc mpegvideo m4v obu".split())
"""Demuxers whose frames have no times of their own, only a rate."""

_HDR = {16: "PQ", 18: "HLG"}
_MATRICES = {1: Colorspace.ITU709, 5: Colorspace.ITU601, 6: Colorspace.ITU601, 7: Colorspace.SMPTE240M}
_BT2020 = (9, 10)
_HD_HEIGHT = 720
_SCALING = Interpolation.BICUBIC | Interpolation.ACCURATE_RND | Interpolation.FULL_CHR_H_INT | Interpolation.BITEXACT


@dataclass(frozen=True)
class Film:
    """A film to import: a file, or a folder of pictures taken in natural order at `image_fps`.

    `name` is what records call it: the file name alone. `sha256` is of its content.
    """

    path: Path
    sha256: str
    image_fps: float = 0.0

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def stem(self) -> str:
        """The name by which masks and annotations are found."""
        return self.path.name if self.path.is_dir() else self.path.stem


@dataclass(frozen=True)
class Frame:
    """One decoded frame: `time` in seconds from the film's start, as its own clock says, and the picture as stored.

    `quarter_turns` and `aspect` are those of `fit.Fit`.
    """

    index: int
    time: float
    stored: NDArray[np.uint8]
    quarter_turns: int
    aspect: Fraction


def open_film(path: Path, image_fps: float = 0.0) -> Film:
    """The film at a path, with the hash of its content. Raises FormatError where nothing lies there."""
    if path.is_dir():
        digest = hashlib.sha256()
        for picture in _pictures(path):
            digest.update(hashlib.sha256(picture.read_bytes()).digest())
        if image_fps <= 0:
            raise FormatError("it is a folder of pictures, which say no rate; give one with --image-fps")
        return Film(path, digest.hexdigest(), image_fps)
    try:
        with open(path, "rb") as file:
            return Film(path, hashlib.file_digest(file, "sha256").hexdigest())
    except OSError as error:
        raise FormatError(f"it cannot be read ({error.strerror or error}); check the path") from error


def frames(film: Film) -> Iterator[Frame]:
    """The frames of a film in order, their times rising; frames without or with an earlier time are left out.

    Where a file is cut off, the frames before that come, and then FilmEndsEarly is raised. Raises FormatError for
    what is no film, HDR, and pictures of more than 64 megapixels or of changing size.
    """
    source = _from_pictures(film) if film.path.is_dir() else _from_file(film)
    shape, last = None, -np.inf
    for frame in source:
        if shape not in (None, frame.stored.shape):
            raise FormatError("it changes its size in the middle; cut it where that happens, into several files")
        shape = frame.stored.shape
        if frame.time > last:
            last = frame.time
            yield frame
    if shape is None:
        raise FormatError("it has no frames; it is empty or damaged, fetch it again")


class FilmEndsEarly(FormatError):
    """The rest of a film cannot be decoded; what came before it can be used."""


def _from_file(film: Film) -> Iterator[Frame]:
    with _opened(film.path) as container:
        if not container.streams.video:
            raise FormatError("it has no video stream (sound alone?); give a film")
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        _check_size(stream.codec_context.width, stream.codec_context.height)
        rate = stream.average_rate or stream.guessed_rate or Fraction(25)
        clockless = bool(CLOCKLESS & set(container.format.name.split(",")))
        start, last, turns, index = 0.0, 0.0, 0, 0
        try:
            for decoded in container.decode(stream):
                if decoded.is_corrupt:
                    continue
                if index == 0:
                    _check_colours(decoded)
                    turns = _quarter_turns(decoded)
                _check_size(decoded.width, decoded.height)
                if clockless or decoded.pts is None or not decoded.time_base:
                    time = last + float(1 / rate) if index else 0.0
                else:
                    time = float(decoded.pts * decoded.time_base)
                start, last = (time if index == 0 else start), time
                yield Frame(index, time - start, _rgb(decoded), turns, stream.sample_aspect_ratio or Fraction(1))
                index += 1
        except (av.error.FFmpegError, EOFError) as error:
            if index == 0:
                raise FormatError(f"none of its frames can be decoded ({_reason(error)}); fetch it again") from error
            raise FilmEndsEarly(f"it cannot be decoded after frame {index - 1} ({_reason(error)})") from error


def _from_pictures(film: Film) -> Iterator[Frame]:
    for index, path in enumerate(_pictures(film.path)):
        try:
            with Image.open(path) as picture:
                _check_size(*picture.size)
                stored = np.asarray(picture.convert("RGB"))
        except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
            raise FormatError(f"its picture {path.name!r} cannot be read ({error}); fetch it again") from error
        yield Frame(index, index / film.image_fps, stored, 0, Fraction(1))


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    """A film's container. It is read from an open file, and whatever it names beside itself is refused."""
    try:
        with open(path, "rb") as file, av.open(file, io_open=_refuse) as container:
            if not CONTAINERS & set(container.format.name.split(",")):
                raise FormatError(f"it is of the kind {container.format.name!r}, which is no film; give mp4, mkv, avi…")
            yield container
    except (av.error.FFmpegError, EOFError, OSError) as error:
        raise FormatError(f"it is no film that can be read ({_reason(error)}); give mp4, mkv, webm, avi…") from error


def _refuse(name: str, *_: Any) -> NoReturn:
    raise FormatError(f"it names another file, {name!r:.80}; only films that stand alone are read")


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error) or type(error).__name__


def _check_size(width: int, height: int) -> None:
    if width * height > MOST_PIXELS or width < 16 or height < 16:
        raise FormatError(f"its frames have {width}x{height} pixels; 16x16 to {MOST_PIXELS >> 20} megapixels are read")


def _check_colours(decoded: av.VideoFrame) -> None:
    transfer = _HDR.get(int(decoded.color_trc))
    if transfer or int(decoded.colorspace) in _BT2020:
        raise FormatError(
            f"it is an HDR film ({transfer or 'BT.2020 colours'}), whose light does not fit in 8 bits; "
            f"convert it to BT.709 first, for instance with ffmpeg's zscale and tonemap filters"
        )


def _quarter_turns(decoded: av.VideoFrame) -> int:
    """Counter-clockwise quarter turns that make the picture upright."""
    degrees = decoded.rotation or 0
    if degrees % 90:
        raise FormatError(f"it is to be turned by {degrees} degrees; only quarter turns are made")
    return degrees // 90 % 4


def _rgb(decoded: av.VideoFrame) -> NDArray[np.uint8]:
    """(H,W,3) by the film's own matrix and range; without a tag it is bt601 below 720 lines and bt709 from there."""
    if decoded.format.is_rgb or decoded.format.name.startswith(("gray", "pal")):
        return decoded.to_ndarray(format="rgb24")
    default = Colorspace.ITU601 if decoded.height < _HD_HEIGHT else Colorspace.ITU709
    full = int(decoded.color_range) == int(ColorRange.JPEG) or decoded.format.name.startswith("yuvj")
    return decoded.reformat(
        format="rgb24",
        src_colorspace=_MATRICES.get(int(decoded.colorspace), default),
        dst_colorspace=Colorspace.ITU709,
        src_color_range=ColorRange.JPEG if full else ColorRange.MPEG,
        dst_color_range=ColorRange.JPEG,
        interpolation=_SCALING,
    ).to_ndarray()


def _pictures(folder: Path) -> list[Path]:
    found = [path for path in folder.iterdir() if path.suffix.lower() in PICTURES and path.is_file()]
    if not found:
        raise FormatError("it is a folder without pictures; give a film, or a folder of jpg or png files")
    return sorted(found, key=natural)


def natural(path: Path) -> tuple:
    """A key that sorts `frame2` before `frame10`."""
    parts = re.split(r"([0-9]+)", path.name)
    return tuple((int(part), "") if part.isdigit() and part.isascii() else (-1, part) for part in parts)
