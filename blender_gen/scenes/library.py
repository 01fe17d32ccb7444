"""The user's own HDRIs and floor textures: folders of files, checked and named by their content."""

import hashlib
import os
import re
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import OpenEXR
from PIL import Image

from blender_gen.scenes.errors import SceneLibraryError

HDRI_SUFFIXES = (".exr", ".hdr")
TEXTURE_SUFFIXES = (".jpeg", ".jpg", ".png")
HDRI_BYTES, TEXTURE_BYTES = 512 * 2**20, 128 * 2**20
HDRI_PIXELS, TEXTURE_PIXELS = 8192 * 4096, 8192 * 8192
HASH_LENGTH = 8
STEM_LENGTH = 80
HEADER_BYTES = 64 * 1024
PICTURE_FORMATS = {".jpeg": "JPEG", ".jpg": "JPEG", ".png": "PNG"}


def scan_hdris(folder: Path) -> dict[str, Path]:
    """Return the HDRIs (.exr, .hdr) in a folder and the folders in it, by name, sorted.

    A name is ``hdri:{file name without suffix}-{first 8 digits of the content's SHA-256}``; characters other than
    ASCII letters, digits, dot, dash and underscore become underscores. Paths are absolute.

    Raises:
        SceneLibraryError: no such folder, none in it, a link out of it, or a file that is too large, cut short, not
            what its suffix says, or without light.
    """
    return _scan(folder, "hdri", HDRI_SUFFIXES, HDRI_BYTES, _check_hdri)


def scan_textures(folder: Path) -> dict[str, Path]:
    """Return the floor textures (.png, .jpg, .jpeg) in a folder and the folders in it, by name, sorted.

    A name is ``texture:{file name without suffix}-{first 8 digits of the content's SHA-256}``, as for `scan_hdris`.

    Raises:
        SceneLibraryError: as `scan_hdris` does.
    """
    return _scan(folder, "texture", TEXTURE_SUFFIXES, TEXTURE_BYTES, _check_texture)


def is_hdri_name(name: str) -> bool:
    """Tell whether this is a name that `scan_hdris` gives."""
    return _is_name(name, "hdri")


def is_texture_name(name: str) -> bool:
    """Tell whether this is a name that `scan_textures` gives."""
    return _is_name(name, "texture")


def still_the_file(name: str, path: Path) -> bool:
    """Tell whether a file still has the content that its name stands for."""
    try:
        return _name(name.partition(":")[0], path) == name
    except OSError:
        return False


def _is_name(name: str, kind: str) -> bool:
    pattern = rf"{kind}:[\w.-]{{1,{STEM_LENGTH}}}-[0-9a-f]{{{HASH_LENGTH}}}"
    return re.fullmatch(pattern, name, re.ASCII) is not None


def _scan(
    folder: Path, kind: str, suffixes: tuple[str, ...], limit: int, check: Callable[[Path], None]
) -> dict[str, Path]:
    if not folder.is_dir():
        raise SceneLibraryError(f"{folder} is not a folder; name one with {', '.join(suffixes)} files in it")
    root = folder.resolve()
    found: dict[str, Path] = {}
    try:
        for path in _files(root):
            if path.suffix.lower() not in suffixes:
                continue
            _check_file(path, root, limit)
            check(path)
            found.setdefault(_name(kind, path), path)
    except OSError as error:
        raise SceneLibraryError(f"{error.filename or folder} cannot be read: {error.strerror or error}") from error
    if not found:
        raise SceneLibraryError(f"{folder} holds no {', '.join(suffixes)} file; put some there, or leave it out")
    return dict(sorted(found.items()))


def _files(root: Path) -> Iterator[Path]:
    """All files under a folder in sorted order; links to folders are not entered."""
    for parent, folders, files in os.walk(root, followlinks=False):
        folders.sort()
        yield from (Path(parent, name) for name in sorted(files))


def _check_file(path: Path, root: Path, limit: int) -> None:
    if not path.resolve().is_relative_to(root):
        raise SceneLibraryError(f"{path} is a link that leaves the folder; copy the file itself there, or remove it")
    if not path.is_file():
        raise SceneLibraryError(f"{path} is not a regular file; remove it")
    size = path.stat().st_size
    if size > limit:
        raise SceneLibraryError(
            f"{path} has {size / 2**20:.0f} MiB and at most {limit // 2**20} are read; save it smaller"
        )


def _name(kind: str, path: Path) -> str:
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    stem = re.sub(r"[^\w.-]", "_", path.stem, flags=re.ASCII)[:STEM_LENGTH]
    return f"{kind}:{stem}-{digest[:HASH_LENGTH]}"


def _check_hdri(path: Path) -> None:
    check = _check_exr if path.suffix.lower() == ".exr" else _check_radiance
    check(path)


def _check_exr(path: Path) -> None:
    """Decode the file by the wheel's older reader, the one that raises where rows are missing."""
    try:
        with OpenEXR.File(str(path), header_only=True) as file:
            low, high = file.header()["dataWindow"]
            channels = file.header()["channels"]
            names = [channel.name for channel in channels]
            thinned = any(channel.xSampling != 1 or channel.ySampling != 1 for channel in channels)
        width, height = (int(high[axis]) - int(low[axis]) + 1 for axis in (0, 1))
        _check_pixels(path, width, height, HDRI_PIXELS)
        if not {"R", "G", "B"} <= set(names) or any("." in name for name in names) or thinned:
            raise SceneLibraryError(f"{path} has the channels {', '.join(names)}; save it as one layer with R, G and B")
        rows = OpenEXR.InputFile(str(path)).channels("RGB")
    except SceneLibraryError:
        raise
    except Exception as error:  # the wheel raises RuntimeError, OSError and exceptions of its own
        raise SceneLibraryError(f"{path} cannot be read as OpenEXR ({error}); save or download it again") from error
    kinds = {2: np.float16, 4: np.float32}
    above = width * max(1, height // 2)  # the ground hides what is below the horizon
    light, sky = 0.0, 0.0
    for row in rows:
        values = np.frombuffer(row, kinds[len(row) // (width * height)])
        light += float(values.sum(dtype=np.float64))
        sky += float(values[:above].sum(dtype=np.float64))
    if not np.isfinite(light) or not 0 < sky < np.inf:
        raise SceneLibraryError(f"{path} has a black upper half, or numbers that are not finite; save it again")


def _check_radiance(path: Path) -> None:
    """Check a Radiance file's header, and that all its rows are there (G. Ward: Real Pixels, Graphics Gems II)."""
    with path.open("rb") as stream:
        data = stream.read()
    header, blank, _ = data[:HEADER_BYTES].partition(b"\n\n")
    start = len(header) + len(blank)
    size = re.compile(rb"-Y (\d{1,6}) \+X (\d{1,6})\n").match(data, start)
    if not header.startswith((b"#?RADIANCE", b"#?RGBE")) or b"FORMAT=32-bit_rle_rgbe" not in header or not size:
        raise SceneLibraryError(f"{path} is not a Radiance picture (32-bit_rle_rgbe, -Y H +X W); save it as one or EXR")
    height, width = int(size[1]), int(size[2])
    _check_pixels(path, width, height, HDRI_PIXELS)
    place = size.end()
    for _ in range(height):
        place = _after_radiance_row(data, place, width)
        if place > len(data):
            raise SceneLibraryError(f"{path} is cut short; save or download it again")


def _after_radiance_row(data: bytes, place: int, width: int) -> int:
    """Return where the row of pixels at `place` ends; beyond the data where it is cut short."""
    if data[place : place + 4] != bytes((2, 2, width >> 8 & 0xFF, width & 0xFF)):
        return place + 4 * width
    place += 4
    for _ in range(4):
        left = width
        while left > 0 and place < len(data):
            code = data[place]
            run = code - 128 if code > 128 else max(code, 1)
            place += 2 if code > 128 else 1 + run
            left -= run
        if left > 0:
            return len(data) + 1
    return place


def _check_texture(path: Path) -> None:
    expected = PICTURE_FORMATS[path.suffix.lower()]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(path, formats=[expected]) as picture:
                _check_pixels(path, *picture.size, TEXTURE_PIXELS)
                picture.load()
    except SceneLibraryError:
        raise
    except Exception as error:  # Pillow's decoders raise many kinds
        raise SceneLibraryError(f"{path} cannot be read as {expected} ({error}); save or download it again") from error


def _check_pixels(path: Path, width: int, height: int, limit: int) -> None:
    if not (width > 0 and height > 0 and width * height <= limit):
        raise SceneLibraryError(f"{path} has {width} x {height} pixels and at most {limit:,} are read; save it smaller")
