"""A folder of files, on disk or wherever fsspec writes: whole files appear, or nothing."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from fsspec.implementations.local import LocalFileSystem

from dataset_tools.atomic import atomic_file
from dataset_tools.errors import PoseTrajError
from dataset_tools.places import filesystem_of

READ_ONLY = ("http", "https")


class Folder:
    """The files in and under the folder at `url`, by their path relative to it."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        self.filesystem, root = filesystem_of(self.url)
        self._root = root.rstrip("/")
        self.local = isinstance(self.filesystem, LocalFileSystem)

    def path(self, name: str) -> str:
        """The file's path in `filesystem`."""
        return f"{self._root}/{name}"

    def inside(self, name: str) -> "Folder":
        """A folder in this one."""
        return Folder(f"{self.url}/{name}")

    def read(self, name: str) -> bytes | None:
        """A file's bytes, or None where there is none."""
        with self._reached():
            try:
                return self.filesystem.cat_file(self.path(name))
            except (FileNotFoundError, NotADirectoryError):
                return None

    def sizes(self) -> dict[str, int]:
        """Names of what lies in the folder itself and the bytes of each; none where there is no folder."""
        self.filesystem.invalidate_cache()
        with self._reached():
            try:
                found = self.filesystem.ls(self._root, detail=True)
            except (FileNotFoundError, NotADirectoryError):
                return {}
        return {item["name"].rstrip("/").rpartition("/")[2]: item["size"] or 0 for item in found}

    @contextmanager
    def create(self, name: str) -> Iterator[BinaryIO]:
        """A file to write and read that is called `name` once the block ends well.

        Raises PoseTrajError where nothing can be written.
        """
        if self.local:
            with self._written(OSError), atomic_file(self.path(name)) as file:
                yield file
            return
        with tempfile.NamedTemporaryFile() as file:
            yield file
            file.flush()
            with self._written(Exception):
                self.filesystem.put_file(file.name, self.path(name))

    def write(self, name: str, data: bytes) -> None:
        """Write a file. Raises PoseTrajError where it cannot be written."""
        with self.create(name) as file:
            file.write(data)

    def remove(self, *names: str) -> None:
        """Take files away, as far as they are there."""
        with self._written(Exception):
            for name in names:
                try:
                    self.filesystem.rm_file(self.path(name))
                except FileNotFoundError:
                    continue

    def clear_unfinished(self) -> None:
        """Take away what killed runs left of files that they were writing, and folders that are empty."""
        if not self.local or not os.path.isdir(self._root):
            return
        for path in Path(self._root).rglob(".*.tmp"):
            path.unlink(missing_ok=True)
        for path in Path(self._root).iterdir():
            if path.is_dir() and not any(path.iterdir()):
                path.rmdir()

    def check_writable(self) -> None:
        """Raise PoseTrajError for a place that is only read."""
        if self.url.partition("://")[0] in READ_ONLY:
            raise PoseTrajError(f"{self.url} can only be read; name a folder or URL that can be written with --out")

    @contextmanager
    def _reached(self) -> Iterator[None]:
        """Each kind of remote store has errors of its own; they all mean one thing."""
        try:
            yield
        except Exception as error:
            if self.local:
                raise
            said = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise PoseTrajError(
                f"{self.url} cannot be reached ({said:.200}); are address and credentials right?"
            ) from error

    @contextmanager
    def _written(self, errors: type[Exception]) -> Iterator[None]:
        try:
            yield
        except PoseTrajError:
            raise
        except errors as error:
            said = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise PoseTrajError(
                f"cannot write to {self.url} ({said:.200}); name a folder or URL that can be written with --out"
            ) from error
