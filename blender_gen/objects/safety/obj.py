"""OBJ and MTL: vertices, faces, material libraries and the textures that they name."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from blender_gen.objects.safety.images import check_image
from blender_gen.objects.safety.references import check_contained, find
from blender_gen.objects.safety.refusal import Limits, ObjectRefused

TEXTURE_WORDS = ("map_", "bump", "disp", "decal", "refl", "norm")


def check_obj(path: Path, limits: Limits) -> tuple[tuple[Path, ...], tuple[str, ...]]:
    """Return the material libraries and textures that an OBJ file refers to, and warnings.

    A missing material library is a warning (the object gets a default material).

    Raises:
        ObjectRefused: a vertex is not finite, there is no face, a texture is missing, a name leaves the folder.
    """
    libraries: list[str] = []
    vertices, faces = 0, 0
    for number, line in _lines(path, limits):
        word, _, rest = line.partition(" ")
        if word == "v":
            vertices += 1
            _check_vertex(rest, number)
        elif word == "f":
            faces += 1
        elif word == "mtllib":
            libraries.append(rest.strip())
    limits.check_vertices(vertices)
    if not vertices or not faces:
        raise ObjectRefused("no mesh: the file holds no face")
    return _materials(path, libraries, limits)


def _materials(path: Path, libraries: list[str], limits: Limits) -> tuple[tuple[Path, ...], tuple[str, ...]]:
    files: list[Path] = []
    warnings: list[str] = []
    for library in libraries:
        found = [_if_there(name, path.parent, limits) for name in dict.fromkeys([library, *library.split()])]
        if not any(found):
            warnings.append(f"material library missing: {library}; a default material is used")
        files += [file for file in found if file]
    beside = _if_there(path.with_suffix(".mtl").name, path.parent, limits)  # Blender reads it unasked
    files += [beside] if beside else []
    files = list(dict.fromkeys(files))
    for library_file in list(files):
        files += _textures(library_file, limits)
    return tuple(dict.fromkeys(files)), tuple(warnings)


def _if_there(reference: str, folder: Path, limits: Limits) -> Path | None:
    check_contained(reference.strip('"'))
    if not (folder / reference.strip('"').replace("\\", "/")).exists():
        return None
    return find(reference.strip('"'), folder, "material library", limits)


def _textures(library: Path, limits: Limits) -> list[Path]:
    """Files of a library's texture statements; what follows the options is the name, which may hold spaces."""
    found = []
    for _, line in _lines(library, limits):
        word, _, rest = line.partition(" ")
        if not word.lower().startswith(TEXTURE_WORDS) or not rest.strip():
            continue
        words = rest.replace('"', " ").split()
        names = [" ".join(words[start:]) for start in range(len(words))]
        for name in names:
            check_contained(name)
        for name in names:
            if (library.parent / name.replace("\\", "/")).exists():
                file = find(name, library.parent, "texture", limits)
                break
        else:
            raise ObjectRefused(f"texture missing: {words[-1]} (named in {library.name})")
        check_image(file, file.name, limits)
        found.append(file)
    return found


def _check_vertex(numbers: str, line: int) -> None:
    try:
        position = np.array(numbers.split()[:3], np.float64)
    except ValueError as error:
        raise ObjectRefused(f"line {line}: a vertex that is not three numbers") from error
    if position.shape != (3,):
        raise ObjectRefused(f"line {line}: a vertex that is not three numbers")
    if not np.isfinite(position).all():
        raise ObjectRefused(f"line {line}: a vertex that is not finite (NaN or infinite)")


def _lines(path: Path, limits: Limits) -> Iterator[tuple[int, str]]:
    """Number and text of each statement, tabs as spaces, continued lines joined."""
    with path.open("rb") as stream:
        pending, number = "", 0
        while raw := stream.readline(limits.line_bytes + 1):
            number += 1
            line = pending + raw.decode("utf-8", errors="replace").replace("\t", " ").strip()
            if len(raw) > limits.line_bytes or len(line) > limits.line_bytes:
                raise ObjectRefused(f"line {number} of {path.name} has more than {limits.line_bytes:,} bytes")
            if line.endswith("\\"):
                pending = line[:-1] + " "
                continue
            pending = ""
            yield number, line
