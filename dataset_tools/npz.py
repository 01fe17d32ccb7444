"""Arrays to and from `.npz` bytes: equal arrays give equal bytes, and strangers' bytes are read with care."""

import io
import math
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import IO

import numpy as np

from dataset_tools.errors import FormatError

LIMIT_BYTES = 1 << 30
"""Bytes that the arrays of one file may take in memory unless the caller says otherwise."""
MAX_ARRAYS = 256
MAX_HEADER_BYTES = 4096
PLAIN_KINDS = "biuf"
"""numpy's kinds that may be stored: bool, integers and floats; no objects, strings or records."""

_READ_ERRORS = (
    zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, SyntaxError, KeyError, NotImplementedError,
    RuntimeError, OverflowError, TypeError, struct.error,
)  # fmt: skip


def save(arrays: Mapping[str, np.ndarray]) -> bytes:
    """A compressed `.npz` with the arrays in the order given, C-ordered; bytes depend on nothing else.

    Raises FormatError for an array that is neither bool, integer nor float.
    """
    plain = {name: np.asarray(array, order="C") for name, array in arrays.items()}
    for name, array in plain.items():
        if array.dtype.kind not in PLAIN_KINDS:
            raise FormatError(
                f"array {name!r} is {array.dtype}; only bool, integer and float arrays are stored"
            )
    data = io.BytesIO()
    np.savez_compressed(data, **plain)
    return data.getvalue()


def load(data: bytes, limit_bytes: int = LIMIT_BYTES) -> dict[str, np.ndarray]:
    """The arrays of an `.npz`, in the order of the file.

    The sizes in the zip directory and in each npy header are compared with each other and with `limit_bytes`
    before memory is taken, and pickles are never opened. Raises FormatError for anything but a sound file of
    plain arrays.
    """
    archive = Archive(data, limit_bytes)
    return {name: archive.read(name) for name in archive.names}


class Archive:
    """The arrays of an `.npz` that are read one by one, with the care of `load`; what is not read is not looked at.

    Raises FormatError for bytes without a sound directory of arrays. Picklable.
    """

    def __init__(self, data: bytes, limit_bytes: int = LIMIT_BYTES) -> None:
        self._made_of = data, limit_bytes
        with _sound():
            self._archive = zipfile.ZipFile(io.BytesIO(data))
            self._entries = _checked_entries(self._archive, limit_bytes)

    @property
    def names(self) -> tuple[str, ...]:
        """The arrays' names, in the order of the file."""
        return tuple(self._entries)

    def read(self, name: str) -> np.ndarray:
        """The array of one of the names. Raises FormatError where it is not sound."""
        entry = self._entries[name]
        with _sound():
            return _read_array(self._archive, entry, name)

    def __reduce__(self) -> tuple[type["Archive"], tuple[bytes, int]]:
        return Archive, self._made_of


@contextmanager
def _sound() -> Iterator[None]:
    try:
        yield
    except _READ_ERRORS as error:
        raise FormatError(f"this is not a sound npz file ({error}); write the clip again") from error


def _checked_entries(archive: zipfile.ZipFile, limit_bytes: int) -> dict[str, zipfile.ZipInfo]:
    entries: dict[str, zipfile.ZipInfo] = {}
    infos = archive.infolist()
    if len(infos) > MAX_ARRAYS:
        raise FormatError(f"the npz holds {len(infos)} files; at most {MAX_ARRAYS} arrays are read")
    for info in infos:
        name = info.filename.removesuffix(".npy")
        if not info.filename.endswith(".npy") or not name.isidentifier() or name in entries:
            raise FormatError(f"the npz holds {info.filename[:80]!r}, which is no array of its own name")
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) or info.flag_bits & 1:
            raise FormatError(f"array {name!r} is encrypted or not compressed by deflate")
        entries[name] = info
    total = sum(info.file_size for info in entries.values())
    if total > limit_bytes:
        raise FormatError(f"the npz declares {total} bytes of arrays, over the limit of {limit_bytes}")
    return entries


def _read_array(archive: zipfile.ZipFile, info: zipfile.ZipInfo, name: str) -> np.ndarray:
    with archive.open(info) as file:
        shape, fortran, dtype, header_bytes = _read_header(file, name)
        if dtype.kind not in PLAIN_KINDS:
            raise FormatError(
                f"array {name!r} is {dtype}; only bool, integer and float arrays are read, no pickles"
            )
        if header_bytes + math.prod(shape) * dtype.itemsize != info.file_size:
            raise FormatError(
                f"array {name!r} says {dtype} {shape} but its entry says {info.file_size} bytes: damaged"
            )
        flat = np.empty(math.prod(shape), dtype)
        _fill(file, flat, name)
    return flat.reshape(shape, order="F" if fortran else "C")


def _read_header(file: IO[bytes], name: str) -> tuple[tuple[int, ...], bool, np.dtype, int]:
    """Shape, Fortran order, dtype and length in bytes of an npy header, read with a bound on its length."""
    version = np.lib.format.read_magic(file)
    if version not in ((1, 0), (2, 0)):
        raise FormatError(f"array {name!r} has npy version {version}; versions (1, 0) and (2, 0) are read")
    length_format = "<H" if version == (1, 0) else "<I"
    length_bytes = file.read(struct.calcsize(length_format))
    (length,) = struct.unpack(length_format, length_bytes)
    if length > MAX_HEADER_BYTES:
        raise FormatError(
            f"array {name!r} has a header of {length} bytes; at most {MAX_HEADER_BYTES} are read"
        )
    header = io.BytesIO(length_bytes + file.read(length))
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, fortran, dtype = read(header, max_header_size=MAX_HEADER_BYTES)
    if any(size < 0 for size in shape):
        raise FormatError(f"array {name!r} has the shape {shape}; sizes are not negative")
    return shape, fortran, dtype, np.lib.format.MAGIC_LEN + len(length_bytes) + length


def _fill(file: IO[bytes], flat: np.ndarray, name: str) -> None:
    """Read an array's bytes in pieces; the empty read at the end lets zipfile compare the checksum."""
    view = memoryview(flat.view(np.uint8))
    done = 0
    while done < len(view):
        piece = file.read(min(len(view) - done, 1 << 20))
        if not piece:
            raise FormatError(f"array {name!r} ends after {done} of {len(view)} bytes; the file is truncated")
        view[done : done + len(piece)] = piece
        done += len(piece)
    if file.read(1):
        raise FormatError(f"array {name!r} holds more bytes than its shape needs; the file is damaged")
