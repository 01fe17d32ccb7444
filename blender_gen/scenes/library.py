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
    try:
        with OpenEXR.File(str(path), header_only=True) as file:
            header = file.header()
            low, high = header["dataWindow"]
            width, height = (int(high[axis]) - int(low[axis]) + 1 for axis in (0, 1))
        _check_pixels(path, width, height, HDRI_PIXELS)
        with OpenEXR.File(str(path), separate_channels=True) as file:
            channels = file.channels()
            if not {"R", "G", "B"} <= set(channels):
                raise SceneLibraryError(
                    f"{path} has the channels {', '.join(channels)}; save it as a plain picture with R, G and B"
                )
            light = max(float(np.max(channels[name].pixels, initial=0.0)) for name in "RGB")
    except SceneLibraryError:
        raise
    except Exception as error:  # the wheel raises RuntimeError, ValueError and exceptions of its own
        raise SceneLibraryError(f"{path} cannot be read as OpenEXR ({error}); save or download it again") from error
    if not 0 < light < np.inf:
        raise SceneLibraryError(f"{path} is black, or holds numbers that are not finite; save it again")


def _check_radiance(path: Path) -> None:
    """Check the header of a Radiance file, and that its rows can be there (Ward's format: 2 bytes a run at least)."""
    with path.open("rb") as stream:
        head = stream.read(HEADER_BYTES)
    header, blank, rest = head.partition(b"\n\n")
    size = re.match(rb"-Y (\d{1,6}) \+X (\d{1,6})\n", rest)
    if not header.startswith((b"#?RADIANCE", b"#?RGBE")) or b"FORMAT=32-bit_rle_rgbe" not in header or not size:
        raise SceneLibraryError(f"{path} is not a Radiance picture (32-bit_rle_rgbe, -Y H +X W); save it as one or EXR")
    height, width = int(size[1]), int(size[2])
    _check_pixels(path, width, height, HDRI_PIXELS)
    runs = 4 * -(-width // 127)
    least = height * min(4 * width, 4 + 2 * runs)
    if path.stat().st_size - len(header) - len(blank) - size.end() < least:
        raise SceneLibraryError(f"{path} is cut short; save or download it again")


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
