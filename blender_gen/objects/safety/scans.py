"""STL, PLY and FBX: magic, counts against the file's size, finite positions."""

from pathlib import Path

import numpy as np

from blender_gen.objects.safety.refusal import Limits, ObjectRefused

STL_HEADER, STL_TRIANGLE = 84, 50
PLY_TYPES = {
    "char": "i1", "int8": "i1", "uchar": "u1", "uint8": "u1", "short": "i2", "int16": "i2", "ushort": "u2",
    "uint16": "u2", "int": "i4", "int32": "i4", "uint": "u4", "uint32": "u4", "float": "f4", "float32": "f4",
    "double": "f8", "float64": "f8",
}  # fmt: skip
PLY_HEADER_BYTES = 65536
FBX_MAGIC = b"Kaydara FBX Binary  \x00"


def check_stl(path: Path, limits: Limits) -> None:
    """Raise ObjectRefused where an STL file is cut off, empty of triangles, or holds a vertex that is not finite."""
    data = path.read_bytes()
    if len(data) >= STL_HEADER:
        count = int.from_bytes(data[80:84], "little")
        size = STL_HEADER + STL_TRIANGLE * count
        if len(data) == size:
            limits.check_vertices(3 * count)
            rows = np.frombuffer(data, np.uint8, offset=STL_HEADER).reshape(-1, STL_TRIANGLE)
            _check_finite(rows[:, 12:48].copy().view("<f4").reshape(-1, 3))
            return
    if not data.lstrip().lower().startswith(b"solid"):
        if len(data) >= STL_HEADER:
            raise ObjectRefused(f"file is cut off or no STL: {len(data):,} bytes, {size:,} expected")
        raise ObjectRefused("not an STL file")
    rows = [line.split()[1:4] for line in data.lower().splitlines() if line.lstrip().startswith(b"vertex")]
    limits.check_vertices(len(rows))
    _check_finite(_numbers(rows))


def check_ply(path: Path, limits: Limits) -> None:
    """Raise ObjectRefused where a PLY file is cut off, has no face, or holds a vertex that is not finite."""
    data = path.read_bytes()
    if not data.startswith(b"ply"):
        raise ObjectRefused("not a PLY file (bad magic)")
    end = data.find(b"end_header", 0, PLY_HEADER_BYTES)
    if end < 0:
        raise ObjectRefused("its PLY header has no end")
    body = data.find(b"\n", end) + 1
    kind, elements = _ply_header(data[:end].decode("ascii", errors="replace"))
    counts = {name: count for name, count, _ in elements}
    if not counts.get("vertex") or not (counts.get("face") or counts.get("tristrips")):
        raise ObjectRefused("no mesh: it holds points without faces")
    limits.check_vertices(counts["vertex"])
    if kind == "ascii":
        lines = data[body:].split(b"\n")
        if len([line for line in lines if line.strip()]) < sum(counts.values()):
            raise ObjectRefused("file is cut off: it has fewer lines than its header says")
    start = 0
    for name, count, properties in elements:
        if properties is None:
            return  # lists before the vertices have no fixed size; the import checks the positions again
        names = [property_name for property_name, _ in properties]
        if name == "vertex" and not {"x", "y", "z"} <= set(names):
            raise ObjectRefused("its vertices have no x, y, z")
        if kind == "ascii":
            if name == "vertex":
                columns = [names.index(axis) for axis in "xyz"]
                rows = [line.split() for line in lines if line.strip()][start : start + count]
                _check_finite(_numbers([[row[k] for k in columns if k < len(row)] for row in rows]))
                return
            start += count
            continue
        order = "<" if kind == "binary_little_endian" else ">"
        row = np.dtype([(property_name, order + code) for property_name, code in properties])
        if body + start + row.itemsize * count > len(data):
            raise ObjectRefused("file is cut off: it is shorter than its header says")
        if name == "vertex":
            table = np.frombuffer(data, row, count, body + start)
            _check_finite(np.stack([table[axis].astype(np.float64) for axis in "xyz"], axis=1))
            return
        start += row.itemsize * count


def check_fbx(path: Path) -> None:
    """Raise ObjectRefused where a file is neither a binary nor a text FBX file."""
    with path.open("rb") as stream:
        head = stream.read(1024)
    if not head.startswith(FBX_MAGIC) and b"FBX" not in head:
        raise ObjectRefused("not an FBX file (bad magic)")


def _ply_header(text: str) -> tuple[str, list[tuple[str, int, list[tuple[str, str]] | None]]]:
    """Encoding, and for each element its name, count and properties (None where one of them is a list)."""
    kind, elements = "", []
    try:
        for line in text.splitlines():
            words = line.split()
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


def _numbers(rows: list[list[bytes]]) -> np.ndarray:
    try:
        return np.array(rows, np.float64).reshape(-1, 3)
    except ValueError as error:
        raise ObjectRefused("a vertex that is not three numbers") from error


def _check_finite(positions: np.ndarray) -> None:
    if not len(positions):
        raise ObjectRefused("no mesh: it holds no triangle")
    broken = int((~np.isfinite(positions).all(axis=1)).sum())
    if broken:
        raise ObjectRefused(f"{broken} of {len(positions)} vertices are not finite numbers (NaN or infinite)")
