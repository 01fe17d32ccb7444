"""Plain npy files with a header of one length."""

import io

import numpy as np
import pytest

from dataset_tools.errors import FormatError
from train.latents.arrays import HEADER_BYTES, read_header, to_npy


@pytest.mark.parametrize("shape", [(1,), (32, 8, 40, 72), (100_000, 16, 120, 160), (0, 4)])
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_the_header_says_where_rows_lie(shape, dtype) -> None:
    described = np.lib.stride_tricks.as_strided(np.zeros(1, dtype), shape, [0] * len(shape))
    data = to_npy(described[:2])
    layout = read_header(data[:HEADER_BYTES])
    assert (layout.dtype, layout.rows, layout.row_shape) == (np.dtype(dtype), min(shape[0], 2), shape[1:])
    assert len(data) == HEADER_BYTES + layout.rows * layout.row_bytes


def test_numpy_reads_the_file() -> None:
    array = np.random.default_rng(0).normal(size=(3, 4, 5)).astype(np.float16)
    assert np.array_equal(np.load(io.BytesIO(to_npy(array)), allow_pickle=False), array)
    assert to_npy(array) == to_npy(np.asfortranarray(array))


def header(array: np.ndarray, **options) -> bytes:
    file = io.BytesIO()
    np.save(file, array, **options)
    return file.getvalue()[:HEADER_BYTES].ljust(HEADER_BYTES)


GOOD = header(np.zeros((2, 3), np.float16))


@pytest.mark.parametrize(
    "bad",
    [
        GOOD[:-1],
        b"",
        bytes(HEADER_BYTES),
        b"\x93NUMPY\x02" + GOOD[7:],
        GOOD.replace(b"(2, 3)", b"(2,-3)"),
        GOOD.replace(b"(2, 3)", b"[2, 3]"),
        GOOD.replace(b"(2, 3)", b"(2, x)"),
        GOOD.replace(b"(2, 3)", b"(    "),
        GOOD[:8] + b"\xff\xff" + GOOD[10:],
        header(np.zeros((2, 3), np.int16)),
        header(np.zeros((2, 3), ">f2")),
        header(np.zeros((2, 3), np.float16, order="F")),
        header(np.array([{}, {}], object), allow_pickle=True),
        header(np.zeros((), np.float16)),
        GOOD[:-30] + b"#" + GOOD[-29:],
    ],
)
def test_any_other_header_is_refused(bad) -> None:
    read_header(GOOD)
    with pytest.raises(FormatError, match="cache again"):
        read_header(bad)


def test_what_is_no_float_is_not_written() -> None:
    with pytest.raises(FormatError, match="float16 to float64"):
        to_npy(np.zeros(3, np.int64))
