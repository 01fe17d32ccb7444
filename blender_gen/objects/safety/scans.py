"""STL, PLY and FBX: magic, counts against the file's size, finite positions."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import BinaryIO

import numpy as np

from blender_gen.objects.safety.refusal import Limits, ObjectRefused

STL_HEADER, STL_TRIANGLE = 84, 50
PLY_TYPES = {
    "char": "i1", "int8": "i1", "uchar": "u1", "uint8": "u1", "short": "i2", "int16": "i2", "ushort": "u2",
    "uint16": "u2", "int": "i4", "int32": "i4", "uint": "u4", "uint32": "u4", "float": "f4", "float32": "f4",
    "double": "f8", "float64": "f8",
}  # fmt: skip
PLY_HEADER_LINES, PLY_LINE_BYTES = 1000, 4096
BATCH = 65536
PlyElement = tuple[str, int, list[tuple[str, str]] | None]  # name, count, (name, type) or None where one is a list
FBX_MAGIC = b"Kaydara FBX Binary  \x00"


def check_stl(path: Path, limits: Limits) -> None:
    """Raise ObjectRefused where an STL file is cut off, empty of triangles, or holds a vertex that is not finite."""
    size = path.stat().st_size
    with path.open("rb") as stream:
        head = stream.read(STL_HEADER)
        count = int.from_bytes(head[80:], "little")
        expected = STL_HEADER + STL_TRIANGLE * count
        if len(head) == STL_HEADER and size == expected:
            limits.check_vertices(3 * count)
            rows = np.frombuffer(stream.read(), np.uint8).reshape(-1, STL_TRIANGLE)
            _check_finite([rows[:, 12:48].copy().view("<f4").reshape(-1, 3)], 3 * count)
            return
        if not head.lstrip().lower().startswith(b"solid"):
            cut_off = len(head) == STL_HEADER
            raise ObjectRefused(
                f"cut off or no STL file: {size:,} bytes, {expected:,} expected" if cut_off else "not an STL file"
            )
        stream.seek(0)
        words = (line.split() for line in _lines(stream, limits))
        _check_finite(_batches((row[1:4] for row in words if row[0].lower() == b"vertex"), limits))


def check_ply(path: Path, limits: Limits) -> None:
    """Raise ObjectRefused where a PLY file is cut off, has no face, or holds a vertex that is not finite."""
    with path.open("rb") as stream:
        if not stream.read(3) == b"ply":
            raise ObjectRefused("not a PLY file (bad magic)")
        stream.seek(0)
        header = []
        while not header or header[-1] != "end_header":
            line = stream.readline(PLY_LINE_BYTES)
            if not line or len(header) > PLY_HEADER_LINES:
                raise ObjectRefused("its PLY header has no end")
            header.append(line.decode("ascii", errors="replace").strip())
        kind, elements = _ply_header(header)
        counts = {name: count for name, count, _ in elements}
        if not counts.get("vertex") or not (counts.get("face") or counts.get("tristrips")):
            raise ObjectRefused("no mesh: it holds points without faces")
        limits.check_vertices(counts["vertex"])
        if kind == "ascii":
            _check_text_ply(stream, elements, limits)
        else:
            _check_binary_ply(stream.read(), "<" if kind == "binary_little_endian" else ">", elements)


def _check_text_ply(stream: BinaryIO, elements: Sequence[PlyElement], limits: Limits) -> None:
    rows = (line.split() for line in _lines(stream, limits))
    for name, count, properties in elements:
        part = islice(rows, count)
        if name == "vertex" and properties is not None:
            columns = _columns(properties)
            _check_finite(_batches(([row[k] for k in columns if k < len(row)] for row in part), limits), count)
        elif sum(1 for _ in part) < count:
            raise ObjectRefused("file is cut off: it has fewer lines than its header says")


def _check_binary_ply(data: bytes, order: str, elements: Sequence[PlyElement]) -> None:
    start = 0
    for name, count, properties in elements:
        if properties is None:
            return  # a list has no fixed size; positions behind one are checked again after the import
        row = np.dtype([(label, order + code) for label, code in properties])
        if start + row.itemsize * count > len(data):
            raise ObjectRefused("file is cut off: it is shorter than its header says")
        if name == "vertex":
            _columns(properties)
            table = np.frombuffer(data, row, count, start)
            _check_finite([np.stack([table[axis].astype(np.float64) for axis in "xyz"], axis=1)], count)
        start += row.itemsize * count


def check_fbx(path: Path) -> None:
    """Raise ObjectRefused where a file is neither a binary nor a text FBX file."""
    with path.open("rb") as stream:
        head = stream.read(1024)
    if not head.startswith(FBX_MAGIC) and b"FBX" not in head:
        raise ObjectRefused("not an FBX file (bad magic)")


def _ply_header(lines: Sequence[str]) -> tuple[str, list[PlyElement]]:
    """Encoding and elements."""
    kind, elements = "", []
    try:
        for words in map(str.split, lines):
            if words[:1] == ["format"]:
                kind = words[1]
            elif words[:1] == ["element"]:
                elements.append((words[1], int(words[2]), []))
            elif words[:2] == ["property", "list"]:
                elements[-1] = (*elements[-1][:2], None)
            elif words[:1] == ["property"] and elements[-1][2] is not None:
                elements[-1][2].append((words[2], PLY_TYPES[words[1]]))
    except (IndexError, ValueError, KeyError) as error:
        raise ObjectRefused("its PLY header cannot be read") from error
    if kind not in ("ascii", "binary_little_endian", "binary_big_endian"):
        raise ObjectRefused(f"unknown PLY encoding {kind!r}")
    if any(count < 0 for _, count, _ in elements):
        raise ObjectRefused("its PLY header cannot be read")
    return kind, elements


def _columns(properties: Sequence[tuple[str, str]]) -> list[int]:
    names = [name for name, _ in properties]
    if not {"x", "y", "z"} <= set(names):
        raise ObjectRefused("its vertices have no x, y, z")
    return [names.index(axis) for axis in "xyz"]


def _lines(stream: BinaryIO, limits: Limits) -> Iterator[bytes]:
    """Lines that are not blank, none of them longer than may be read."""
    while line := stream.readline(limits.line_bytes + 1):
        if len(line) > limits.line_bytes:
            raise ObjectRefused(f"it has a line of more than {limits.line_bytes:,} bytes")
        if not line.isspace():
            yield line


def _batches(rows: Iterable[list[bytes]], limits: Limits) -> Iterator[np.ndarray]:
    """Positions (n, 3) of a few rows of text at a time."""
    rows, count = iter(rows), 0
    while batch := list(islice(rows, BATCH)):
        count += len(batch)
        limits.check_vertices(count)
        try:
            positions = np.array(batch, np.float64)
        except ValueError as error:
            raise ObjectRefused("a vertex that is not three numbers") from error
        if positions.ndim != 2 or positions.shape[1] != 3:
            raise ObjectRefused("a vertex that is not three numbers")
        yield positions


def _check_finite(batches: Iterable[np.ndarray], expected: int | None = None) -> None:
    """Raise ObjectRefused where there are no positions, fewer than expected, or some that are not finite."""
    count = broken = 0
    for positions in batches:
        count += len(positions)
        broken += int((~np.isfinite(positions).all(axis=1)).sum())
    if not count:
        raise ObjectRefused("no mesh: it holds no triangle")
    if expected is not None and count < expected:
        raise ObjectRefused("file is cut off: it has fewer lines than its header says")
    if broken:
        raise ObjectRefused(f"{broken} of {count} vertices are not finite numbers (NaN or infinite)")
