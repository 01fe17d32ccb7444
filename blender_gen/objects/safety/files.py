"""One object file checked before Blender sees it, and the hash of all that it consists of."""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from blender_gen.objects.safety.gltf import check_gltf
from blender_gen.objects.safety.obj import check_obj
from blender_gen.objects.safety.references import check_size
from blender_gen.objects.safety.refusal import Limits, ObjectRefused
from blender_gen.objects.safety.scans import check_fbx, check_ply, check_stl


@dataclass(frozen=True)
class CheckedFile:
    """A file that may be imported: the hash of its content, the files that it refers to, warnings."""

    sha256: str
    references: tuple[Path, ...]
    warnings: tuple[str, ...]


def check_file(path: Path, folder: Path, limits: Limits) -> CheckedFile:
    """Check an object file that was found under `folder`.

    Raises:
        ObjectRefused: with the reason, one that a person understands.
    """
    try:
        if not path.resolve().is_relative_to(folder.resolve()):
            raise ObjectRefused("it is a link that leaves the folder of objects")
        if not path.is_file():
            raise ObjectRefused("not a regular file")
        check_size(path, limits)
        references, warnings = _check_format(path, limits)
        return CheckedFile(content_hash(path, references), references, warnings)
    except OSError as error:
        raise ObjectRefused(f"it cannot be read: {error.strerror or error}") from error
    except MemoryError as error:
        raise ObjectRefused("it needs more memory than there is") from error


def content_hash(path: Path, references: tuple[Path, ...]) -> str:
    """SHA-256 of a file's bytes; with references, of the hashes and relative names of all its files.

    The textures of an FBX file are not among its references: they are found by Blender alone.
    """
    own = _digest(path)
    if not references:
        return own
    folder = path.parent.resolve()
    names = sorted((os.path.relpath(file, folder).replace(os.sep, "/"), file) for file in references)
    lines = [own, *(f"{_digest(file)} {name}" for name, file in names)]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _check_format(path: Path, limits: Limits) -> tuple[tuple[Path, ...], tuple[str, ...]]:
    match path.suffix.lower():
        case ".glb" | ".gltf":
            return check_gltf(path, limits)
        case ".obj":
            return check_obj(path, limits)
        case ".stl":
            check_stl(path, limits)
        case ".ply":
            check_ply(path, limits)
        case ".fbx":
            check_fbx(path)
        case ".blend":
            raise ObjectRefused("Blender files may carry scripts and are not opened; export it as glTF (.glb)")
        case suffix:
            raise ObjectRefused(f"{suffix or 'a file without suffix'} is not a format that is read")
    return (), ()


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
