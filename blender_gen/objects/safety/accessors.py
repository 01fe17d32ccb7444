"""glTF accessors: every one must lie inside its buffer; positions must be finite, indices must name a vertex."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from blender_gen.objects.safety.refusal import Limits, ObjectRefused

COMPONENTS = {5120: np.int8, 5121: np.uint8, 5122: np.int16, 5123: np.uint16, 5125: np.uint32, 5126: np.float32}
WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT2": 4, "MAT3": 9, "MAT4": 16}
ELEMENTS_PER_VERTEX = 8  # a mesh has more indices than vertices, about 6 to 1
COMPRESSED_VIEWS = ("EXT_meshopt_compression", "KHR_meshopt_compression")


@dataclass(frozen=True)
class Accessors:
    """Reads a glTF document's accessors from its buffers (None: a buffer that only a decoder fills)."""

    document: Mapping[str, Any]
    buffers: Sequence[bytes | None]
    limits: Limits

    def read(self, index: int) -> np.ndarray | None:
        """Return accessor `index` as an array (count, width), sparse values filled in.

        None where the data is compressed and only Blender decodes it.

        Raises:
            ObjectRefused: it reaches past its buffer, has an unknown type, or is too long.
        """
        accessor = self.document["accessors"][index]
        count, offset = _whole(accessor["count"]), _whole(accessor.get("byteOffset", 0))
        self.limits.check_vertices(count // ELEMENTS_PER_VERTEX)
        kind, width = COMPONENTS.get(accessor["componentType"]), WIDTHS.get(accessor["type"])
        if kind is None or width is None:
            raise ObjectRefused(f"accessor {index} has an unknown type")
        where = f"accessor {index}"
        view, sparse = accessor.get("bufferView"), accessor.get("sparse")
        if view is None:
            if sparse is None:
                return None
            self.limits.check_vertices(count)
            values = np.zeros((count, width), kind)
        else:
            found = self._view(view, count, width, kind, offset, where)
            if found is None:
                return None
            values = found
        if sparse is None:
            return values
        size = _whole(sparse["count"])
        places, filled = sparse["indices"], sparse["values"]
        at_kind = COMPONENTS.get(places["componentType"])
        if at_kind not in (np.uint8, np.uint16, np.uint32) or size > count:
            raise ObjectRefused(f"{where} has malformed sparse indices")
        at = self._view(places["bufferView"], size, 1, at_kind, _whole(places.get("byteOffset", 0)), where)
        new = self._view(filled["bufferView"], size, width, kind, _whole(filled.get("byteOffset", 0)), where)
        if at is None or new is None:
            return None
        if size and int(at.max()) >= count:
            raise ObjectRefused(f"{where} has sparse indices beyond its end")
        values = values.copy()
        values[at[:, 0]] = new
        return values

    def check_all(self) -> None:
        """Raise ObjectRefused where any accessor reaches past its buffer."""
        for index in range(len(self.document.get("accessors", ()))):
            self.read(index)

    def check_positions(self, index: int, what: str = "vertices") -> int:
        """Return the number of positions; raise ObjectRefused where one is not finite."""
        values = self.read(index)
        if values is None:
            return _whole(self.document["accessors"][index]["count"])
        if values.shape[1] != 3:
            raise ObjectRefused(f"accessor {index} holds positions with {values.shape[1]} numbers, not 3")
        broken = int((~np.isfinite(values).all(axis=1)).sum())
        if broken:
            raise ObjectRefused(f"{broken} of {len(values)} {what} are not finite numbers (NaN or infinite)")
        return len(values)

    def check_indices(self, index: int, vertices: int) -> None:
        """Raise ObjectRefused where an index names no vertex."""
        values = self.read(index)
        if values is not None and len(values) and int(values.max()) >= vertices:
            raise ObjectRefused(f"a triangle names vertex {int(values.max())} of {vertices}")

    def _view(self, index: int, count: int, width: int, kind: type, offset: int, where: str) -> np.ndarray | None:
        view = self.document["bufferViews"][index]
        if any(name in view.get("extensions", {}) for name in COMPRESSED_VIEWS):
            return None
        buffer = self.buffers[view["buffer"]]
        if buffer is None:
            return None
        start, length = _whole(view.get("byteOffset", 0)), _whole(view["byteLength"])
        element = np.dtype(kind).itemsize
        stride = _whole(view.get("byteStride", 0)) or width * element
        end = offset + (count - 1) * stride + width * element if count else 0
        if start + length > len(buffer) or end > length or stride < element:
            raise ObjectRefused(f"{where} reaches past the end of its buffer")
        if not count:
            return np.zeros((0, width), kind)
        little = np.dtype(kind).newbyteorder("<")
        return np.ndarray((count, width), little, buffer, start + offset, (stride, element))


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ObjectRefused(f"malformed glTF: {value!r} where a whole number was expected")
    return value
