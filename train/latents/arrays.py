"""Arrays as plain `.npy` files whose header is always as long, so that rows of one are a range of bytes."""

import io
import math
import re
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from dataset_tools.errors import FormatError

HEADER_BYTES = 128
TYPES = ("<f2", "<f4", "<f8")
WRITTEN = re.compile(
    rb"\x93NUMPY\x01\x00v\x00\{'descr': '(?P<dtype><f[248])', 'fortran_order': False, "
    rb"'shape': \((?P<shape>\d{1,12},|\d{1,12}(?:, \d{1,12}){1,7})\), \} *\n"
)
"""The header of such an array: numpy's own, of which only this much is understood."""


@dataclass(frozen=True)
class Layout:
    """What a header says: rows of `row_shape`, `rows` of them."""

    dtype: np.dtype
    rows: int
    row_shape: tuple[int, ...]

    @property
    def row_bytes(self) -> int:
        """Bytes of one row."""
        return math.prod(self.row_shape) * self.dtype.itemsize


def to_npy(array: NDArray[np.floating]) -> bytes:
    """Return the file: what `numpy.load` reads, with a header of HEADER_BYTES. Raises FormatError for other types."""
    array = np.ascontiguousarray(array, array.dtype.newbyteorder("<"))
    if array.dtype.str not in TYPES or not array.ndim:
        raise FormatError(f"an array of {array.dtype} {array.shape} is not cached; one of float16 to float64 is")
    file = io.BytesIO()
    described = {"descr": array.dtype.str, "fortran_order": False, "shape": array.shape}
    np.lib.format.write_array_header_1_0(file, described)
    if file.tell() != HEADER_BYTES:
        raise FormatError(f"an array of shape {array.shape} has a header of {file.tell()} bytes, not {HEADER_BYTES}")
    return file.getvalue() + array.tobytes()


@lru_cache(maxsize=256)
def read_header(header: bytes) -> Layout:
    """Return what the first HEADER_BYTES of a file say. Raises FormatError for all but what `to_npy` writes."""
    match = WRITTEN.fullmatch(header) if len(header) == HEADER_BYTES else None
    if match is None:
        raise FormatError(f"it begins with {header[:80]!r}, not as cache-latents writes arrays; make the cache again")
    rows, *row_shape = map(int, match["shape"].rstrip(b",").split(b","))
    return Layout(np.dtype(match["dtype"].decode()), rows, tuple(row_shape))
