"""Arrays in npz files: reproducible when written, careful when read."""

import io
import pickle
import struct
import tracemalloc
import zipfile

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from dataset_tools import npz
from dataset_tools.errors import FormatError
from dataset_tools.reader import Dataset

MEGABYTE = 1 << 20


def packed(**files: bytes) -> bytes:
    """A zip with `NAME.npy` entries of the given bytes."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(f"{name}.npy", content)
    return data.getvalue()


def npy(array: np.ndarray) -> bytes:
    data = io.BytesIO()
    np.save(data, array)
    return data.getvalue()


def header_v1(text: str) -> bytes:
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text.encode()


def peak_bytes(data: bytes, **options: int) -> int:
    """The most memory that refusing `data` takes."""
    tracemalloc.start()
    try:
        with pytest.raises(FormatError):
            npz.load(data, **options)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@given(
    arrays(
        st.one_of(
            *(st.just(np.dtype(name)) for name in ("bool", "uint8", "int8", "int32", "float16", "float64"))
        ),
        st.lists(st.integers(0, 4), max_size=4).map(tuple),
    )
)
def test_arrays_come_back_as_they_were(array):
    (loaded,) = npz.load(npz.save({"array": array})).values()
    assert loaded.dtype == array.dtype
    np.testing.assert_array_equal(loaded, array)


def test_names_and_their_order_are_kept():
    assert list(npz.load(npz.save({"b": np.zeros(1), "a": np.ones(2)}))) == ["b", "a"]


def test_bytes_do_not_depend_on_the_layout_in_memory():
    array = np.arange(24.0).reshape(2, 3, 4)
    expected = npz.save({"a": array})
    assert npz.save({"a": np.asfortranarray(array)}) == expected
    assert npz.save({"a": np.repeat(array, 2, axis=0)[::2]}) == expected


def test_the_golden_arrays_are_written_byte_for_byte_as_they_were(shared):
    for clip in Dataset(shared / "golden"):
        for member in clip.members:
            if member.endswith(".npz"):
                data = clip.read(member)
                assert npz.save(npz.load(data)) == data


def test_what_numpy_writes_is_read():
    data = io.BytesIO()
    np.savez(
        data, plain=np.arange(5), fortran=np.asfortranarray(np.arange(6).reshape(2, 3)), scalar=np.float64(2)
    )
    loaded = npz.load(data.getvalue())
    np.testing.assert_array_equal(loaded["plain"], np.arange(5))
    np.testing.assert_array_equal(loaded["fortran"], np.arange(6).reshape(2, 3))
    assert loaded["scalar"] == 2 and loaded["scalar"].shape == ()


def test_arrays_of_objects_or_texts_are_not_written():
    for array in (np.array([{}]), np.array(["text"]), np.zeros(2, [("x", "f4")])):
        with pytest.raises(FormatError, match="only bool, integer and float arrays are stored"):
            npz.save({"a": array})


def test_a_pickle_is_refused_and_never_opened(tmp_path):
    class Opened:
        def __reduce__(self):
            return open, (str(tmp_path / "opened"), "w")

    for content in (
        npy(np.array([Opened()])),
        header_v1("{'descr': '|O', 'fortran_order': False, 'shape': (1,)}\n"),
    ):
        with pytest.raises(FormatError, match="no pickles|sound npz"):
            npz.load(packed(a=content + pickle.dumps([Opened()])))
    with pytest.raises(FormatError):
        npz.load(pickle.dumps(Opened()))
    assert not (tmp_path / "opened").exists()


def test_a_bomb_that_declares_its_size_is_refused_before_memory_is_taken():
    data = packed(a=npy(np.zeros(64 * MEGABYTE, np.uint8)))
    assert len(data) < MEGABYTE
    assert peak_bytes(data, limit_bytes=10 * MEGABYTE) < MEGABYTE


def test_the_limit_counts_all_arrays_together():
    data = packed(**{f"a{k}": npy(np.zeros(MEGABYTE, np.uint8)) for k in range(12)})
    assert peak_bytes(data, limit_bytes=10 * MEGABYTE) < MEGABYTE
    assert len(npz.load(data, limit_bytes=13 * MEGABYTE)) == 12


def test_a_bomb_that_declares_less_than_it_unpacks_to_is_refused_before_memory_is_taken():
    content = npy(np.zeros(64 * MEGABYTE, np.uint8))
    data = packed(a=content).replace(struct.pack("<I", len(content)), struct.pack("<I", 256))
    assert peak_bytes(data) < MEGABYTE


def test_a_bomb_whose_header_and_entry_agree_on_less_than_it_unpacks_to_is_refused():
    honest = npy(np.zeros(128, np.uint8))
    content = honest + bytes(64 * MEGABYTE)
    data = packed(a=content).replace(struct.pack("<I", len(content)), struct.pack("<I", len(honest)))
    assert peak_bytes(data) < MEGABYTE


def test_a_shape_larger_than_the_entry_is_refused_before_memory_is_taken():
    for shape in ("(1099511627776,)", "(65536, 65536, 65536, 65536)"):
        text = f"{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}\n"
        data = packed(a=header_v1(text) + bytes(64))
        assert peak_bytes(data) < MEGABYTE


@pytest.mark.parametrize("shape", ["(-1,)", "(-2, -4)", "(True,)", "('a',)", "8", "(1.5,)"])
def test_a_shape_that_is_none_is_refused(shape):
    text = f"{{'descr': '|u1', 'fortran_order': False, 'shape': {shape}, }}\n"
    with pytest.raises(FormatError):
        npz.load(packed(a=header_v1(text) + bytes(8)))


def test_a_header_of_gigabytes_is_refused_before_memory_is_taken():
    content = b"\x93NUMPY\x02\x00" + struct.pack("<I", 1 << 31) + b" " * (64 * MEGABYTE)
    assert peak_bytes(packed(a=content)) < 8 * MEGABYTE


def test_two_arrays_of_one_name_are_refused():
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("a.npy", npy(np.zeros(1)))
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("a.npy", npy(np.ones(1)))
    with pytest.raises(FormatError, match="no array of its own name"):
        npz.load(data.getvalue())


@pytest.mark.parametrize("name", ["../x.npy", "/x.npy", "x.txt", "x", "a/b.npy", ".npy"])
def test_a_file_that_is_no_array_is_refused(name):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr(name, npy(np.zeros(1)))
    with pytest.raises(FormatError, match="no array of its own name"):
        npz.load(data.getvalue())


def test_more_files_than_any_clip_has_arrays_are_refused():
    with pytest.raises(FormatError, match="at most 256 arrays"):
        npz.load(packed(**{f"a{k}": b"" for k in range(257)}))


def test_a_truncated_file_is_refused_wherever_it_ends():
    data = npz.save({"a": np.arange(1000), "b": np.arange(30.0)})
    for end in range(0, len(data), 7):
        with pytest.raises(FormatError):
            npz.load(data[:end])


def test_changed_contents_are_noticed():
    content = bytearray(packed(a=npy(np.arange(64, dtype=np.uint8))))
    stored = io.BytesIO()
    with zipfile.ZipFile(stored, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("a.npy", npy(np.arange(64, dtype=np.uint8)))
    content = bytearray(stored.getvalue())
    content[content.index(bytes(range(64))) + 10] ^= 1
    with pytest.raises(FormatError, match="CRC"):
        npz.load(bytes(content))


@given(st.data())
def test_damage_anywhere_gives_a_format_error_or_leaves_the_arrays_alone(data):
    arrays_in = {"a": np.arange(50, dtype=np.int32), "b": np.linspace(0, 1, 7)}
    content = bytearray(npz.save(arrays_in))
    for _ in range(data.draw(st.integers(1, 3))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    try:
        loaded = npz.load(bytes(content))
    except FormatError:
        return
    for found in loaded.values():
        assert any(np.array_equal(found, expected) for expected in arrays_in.values())


def test_arrays_are_read_one_by_one_and_damage_to_others_is_not_looked_at():
    a, b = np.arange(1000), np.linspace(0, 1, 500)
    data = bytearray(npz.save({"a": a, "b": b}))
    data[data.index(b"a.npy") + 100] ^= 0xFF
    archive = npz.Archive(bytes(data))
    assert archive.names == ("a", "b")
    np.testing.assert_array_equal(archive.read("b"), b)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(archive)).read("b"), b)
    with pytest.raises(FormatError):
        archive.read("a")
