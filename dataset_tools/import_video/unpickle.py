"""Read a pickled `.npy` of tables and arrays, and nothing that could run code."""

import io
import pickle
from pathlib import Path
from typing import Any

import numpy as np

from dataset_tools.errors import FormatError

MOST_BYTES = 64 << 20
_ALLOWED = {
    ("numpy", "ndarray"),
    ("numpy", "dtype"),
    ("numpy.core.multiarray", "_reconstruct"),
    ("numpy._core.multiarray", "_reconstruct"),
    ("numpy.core.multiarray", "scalar"),
    ("numpy._core.multiarray", "scalar"),
    ("numpy.core.numeric", "_frombuffer"),
    ("numpy._core.numeric", "_frombuffer"),
    ("collections", "OrderedDict"),
}


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in _ALLOWED:
            raise FormatError(
                f"it asks for {module}.{name}, which could run code; only arrays, numbers, texts and tables of them "
                f"are read, save it again with numpy"
            )
        return super().find_class(module.replace("numpy._core", "numpy.core"), name)

    def persistent_load(self, pid: Any) -> Any:
        raise FormatError("it points to objects outside of the file; save it again with numpy")


def load_table(path: Path) -> dict[str, np.ndarray]:
    """The arrays of a dict that `np.save` pickled, by name; values that are no arrays of numbers are left out.

    Raises FormatError for anything else, before any code of the file's choice could run.
    """
    try:
        data = path.read_bytes() if path.stat().st_size <= MOST_BYTES else None
    except OSError as error:
        raise FormatError(f"{path.name!r:.80} cannot be read ({error.strerror or error})") from error
    if data is None:
        raise FormatError(f"{path.name!r:.80} has more than {MOST_BYTES >> 20} MiB; a camera's file is smaller")
    file = io.BytesIO(data)
    try:
        version = np.lib.format.read_magic(file)
        read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, _, dtype = read(file)
        if shape != () or not dtype.hasobject:
            raise FormatError(f"{path.name!r:.80} holds an array {shape}; a table of arrays belongs there")
        table = _Unpickler(file).load()
        if isinstance(table, np.ndarray) and table.shape == () and table.dtype.hasobject:
            table = table.item()
    except FormatError as error:
        raise FormatError(f"{path.name!r:.80} is not read: {error}") from error
    except Exception as error:  # a damaged pickle raises whatever its opcodes lead to
        raise FormatError(f"{path.name!r:.80} is no sound npy file ({type(error).__name__}: {error!s:.80})") from error
    if not isinstance(table, dict):
        raise FormatError(f"{path.name!r:.80} holds a {type(table).__name__}; a table of arrays belongs there")
    arrays = {str(name): value for name, value in table.items() if isinstance(value, np.ndarray | np.generic | float)}
    return {name: np.asarray(value) for name, value in arrays.items() if np.asarray(value).dtype.kind in "fiu"}
