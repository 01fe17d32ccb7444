"""Ranges of bytes out of a folder's files: by open descriptors on disk, all at once from elsewhere."""

import os
from collections import OrderedDict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from dataset_tools.errors import FormatError
from train.latents.folder import Folder

MOST_OPEN = 64
"""Files that stay open, the last used."""
Range = tuple[int, int]


class Ranges:
    """Reads a folder's files. Picklable; each process opens its own files."""

    def __init__(self, folder: Folder) -> None:
        self._folder = folder
        self._open: OrderedDict[str, int] = OrderedDict()

    def read(self, name: str, ranges: Sequence[Range]) -> list[NDArray[np.uint8]]:
        """Return the bytes from start to end of each range.

        Raises FormatError where the file is missing or ends before.
        """
        found = self._local(name, ranges) if self._folder.local else self._remote(name, ranges)
        for (start, end), data in zip(ranges, found, strict=True):
            if len(data) != end - start:
                raise FormatError(f"it ends before byte {end}; run posetraj cache-latents again")
        return found

    def close(self) -> None:
        """Close the files."""
        while self._open:
            os.close(self._open.popitem()[1])

    def _local(self, name: str, ranges: Sequence[Range]) -> list[NDArray[np.uint8]]:
        file = self._descriptor(name)
        found = []
        for start, end in ranges:
            data = np.empty(end - start, np.uint8)
            done = os.preadv(file, [data], start)
            while 0 < done < len(data) and (more := os.preadv(file, [data[done:]], start + done)):
                done += more
            found.append(data[:done])
        return found

    def _descriptor(self, name: str) -> int:
        if name not in self._open:
            try:
                self._open[name] = os.open(self._folder.path(name), os.O_RDONLY | os.O_CLOEXEC)
            except FileNotFoundError as error:
                raise FormatError("it is missing; run posetraj cache-latents again") from error
            if len(self._open) > MOST_OPEN:
                os.close(self._open.popitem(last=False)[1])
        self._open.move_to_end(name)
        return self._open[name]

    def _remote(self, name: str, ranges: Sequence[Range]) -> list[NDArray[np.uint8]]:
        starts, ends = zip(*ranges, strict=True)
        paths = [self._folder.path(name)] * len(ranges)
        found = self._folder.filesystem.cat_ranges(paths, list(starts), list(ends), on_error="return")
        for data in found:
            if isinstance(data, FileNotFoundError):
                raise FormatError("it is missing; run posetraj cache-latents again") from data
            if isinstance(data, Exception):
                raise data
        return [np.frombuffer(data, np.uint8) for data in found]

    def __getstate__(self) -> dict:
        return {"_folder": self._folder, "_open": OrderedDict()}

    def __del__(self) -> None:
        if "_open" in self.__dict__:
            self.close()
