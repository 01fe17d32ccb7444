"""Which files under the folders given are objects."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from dataset_tools.errors import PoseTrajError

READ_SUFFIXES = (".fbx", ".glb", ".gltf", ".obj", ".ply", ".stl")
REFUSED_SUFFIXES = (".blend",)  # found and refused with a reason, rather than passed over


class ObjectFolderError(PoseTrajError):
    """A folder of objects that is not there."""


@dataclass(frozen=True)
class FoundFile:
    """One file of a folder: `file` is its path relative to `folder`, with forward slashes."""

    folder: Path
    file: str

    @property
    def path(self) -> Path:
        """Where the file lies on this machine."""
        return self.folder / self.file


def find_objects(folders: Sequence[Path]) -> tuple[FoundFile, ...]:
    """List the object files of each folder and its subfolders: folder by folder as given, then by relative path.

    Hidden files and folders and links to folders are passed over. A single file may stand in a folder's place.

    Raises:
        ObjectFolderError: a folder is missing.
    """
    found: dict[Path, FoundFile] = {}
    for folder in map(Path, folders):
        if not folder.exists():
            raise ObjectFolderError(f"the folder of objects {folder} is not there; name one that is")
        if folder.is_dir():
            files = [FoundFile(folder, name) for name in sorted(_files(folder))]
        else:
            files = [FoundFile(folder.parent, folder.name)]
        for file in files:
            found.setdefault(file.path.absolute(), file)
    return tuple(found.values())


def _files(folder: Path) -> list[str]:
    names = []
    for root, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in files:
            if not name.startswith(".") and Path(name).suffix.lower() in READ_SUFFIXES + REFUSED_SUFFIXES:
                names.append((Path(root) / name).relative_to(folder).as_posix())
    return names
