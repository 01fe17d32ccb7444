"""Where known objects lie on this machine, told by their content."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from blender_gen.objects.discovery import FoundFile, find_objects
from blender_gen.objects.safety.files import check_file
from blender_gen.objects.safety.refusal import Limits, ObjectRefused


def locate(folders: Sequence[Path], workers: int = 1) -> dict[str, Path]:
    """Return the first file of each content under `folders`, content hash -> path; nothing is imported.

    Files that the intake would refuse unopened are left out. Raises ObjectFolderError for a folder that is missing.
    """
    found = find_objects(folders)
    with ThreadPoolExecutor(max_workers=max(workers, 1)) as pool:
        hashes = list(pool.map(_hash, found))
    located: dict[str, Path] = {}
    for file, sha256 in zip(found, hashes, strict=True):
        if sha256:
            located.setdefault(sha256, file.path)
    return located


def _hash(found: FoundFile) -> str:
    try:
        return check_file(found.path, found.folder, Limits()).sha256
    except ObjectRefused:
        return ""
