"""References from one file to another: only regular files inside the object's folder are followed."""

import re
from pathlib import Path
from urllib.parse import unquote

from blender_gen.objects.safety.refusal import Limits, ObjectRefused

SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:")


def check_contained(reference: str) -> None:
    """Raise ObjectRefused where a relative file name would leave its folder, whatever the system's separator."""
    shown = _shown(reference)
    if "\0" in reference:
        raise ObjectRefused(f"the reference {shown} holds a zero byte")
    if SCHEME.match(reference):
        raise ObjectRefused(f"refers to {shown}: only files inside the object's folder are read")
    if reference.startswith(("/", "\\", "~")):
        raise ObjectRefused(f"refers to the absolute path {shown}: only files inside the object's folder are read")
    if ".." in re.split(r"[/\\]", reference):
        raise ObjectRefused(f"refers to {shown}, which leaves the object's folder")


def find(reference: str, folder: Path, what: str, limits: Limits) -> Path:
    """Return the regular file inside `folder` that `reference` (no longer percent-encoded) names.

    `what` says what is referred to, such as "external buffer".

    Raises:
        ObjectRefused: it leaves the folder, by its name or by a link, is missing, no regular file, or too large.
    """
    check_contained(reference)
    try:
        file = (folder / reference.replace("\\", "/")).resolve()
        if not file.is_relative_to(folder.resolve()):
            raise ObjectRefused(f"{what} {_shown(reference)} is a link that leaves the object's folder")
        if not file.exists():
            raise ObjectRefused(f"{what} missing: {reference}")
        if not file.is_file():
            raise ObjectRefused(f"{what} {_shown(reference)} is not a regular file")
        check_size(file, limits)
    except (OSError, RuntimeError, ValueError) as error:
        raise ObjectRefused(f"{what} {_shown(reference)} cannot be read") from error
    return file


def find_uri(uri: str, folder: Path, what: str, limits: Limits) -> Path:
    """Return the file that a glTF URI names, as `find` does; the URI is percent-decoded once, as Blender does."""
    check_contained(uri)
    return find(unquote(uri), folder, what, limits)


def check_size(file: Path, limits: Limits) -> None:
    """Raise ObjectRefused where a file is empty or has more bytes than may be read."""
    size = file.stat().st_size
    if size == 0:
        raise ObjectRefused(f"empty file: {file.name}")
    if size > limits.file_bytes:
        raise ObjectRefused(f"too large: {file.name} has {size:,} bytes, at most {limits.file_bytes:,} are read")


def _shown(reference: str) -> str:
    return repr(reference if len(reference) <= 80 else reference[:77] + "...")
