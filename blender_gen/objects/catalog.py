"""What a `catalog.csv` beside the objects says of each: name, category, front, licence, author, source."""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from blender_gen.objects.discovery import FoundFile
from dataset_tools.errors import PoseTrajError

CATALOG_NAME = "catalog.csv"
MOST_BYTES = 64 * 2**20
FRONTS = ("+X", "-X", "+Y", "-Y")
DEFAULT_FRONT = "-Y"
FORMATS_WITH_FRONT = (".glb", ".gltf", ".obj")
YES, NO = ("yes", "true", "1"), ("no", "false", "0", "")


class CatalogError(PoseTrajError):
    """A catalogue that cannot be read; the message names the file, the line and what it should hold."""


@dataclass(frozen=True)
class Description:
    """What is known of an object without opening it.

    `front_axis` is an axis of Blender's imported frame (z up). Where `front_known` is false nobody can tell the
    front, and the axis only fixes the object's frame. `unit` names what must stay in one split together; empty
    where that is the object itself.
    """

    name: str
    category: str
    symmetric: bool
    front_known: bool
    front_axis: str
    licence: str
    author: str
    source: str
    unit: str


Row = Mapping[str, str]


def describe(found: FoundFile, catalogs: Mapping[Path, Mapping[str, Row]]) -> Description:
    """Describe a file from its row in `catalogs` (`read_catalogs`), or from its name and format alone.

    glTF and OBJ files look along -Y unless a row says otherwise; a row that leaves the front empty means that
    nobody can tell, which is also the rule for STL, PLY and FBX files without a row.
    """
    row = _row(found, catalogs)
    stem = PurePosixPath(found.file).stem
    has_front = row is not None and ("front" in row or "front_by_eye" in row)
    front = (row.get("front") or row.get("front_by_eye") or "") if row is not None else ""
    row = row or {}
    if not has_front and PurePosixPath(found.file).suffix.lower() in FORMATS_WITH_FRONT:
        front = DEFAULT_FRONT
    source = row.get("source") or " ".join(
        filter(None, (row.get("source_repo"), row.get("source_path"), row.get("source_commit")))
    )
    return Description(
        name=row.get("name") or stem.replace("_", " "),
        category=row.get("category") or "unknown",
        symmetric=row.get("symmetric", "") in YES,
        front_known=bool(front),
        front_axis=front or DEFAULT_FRONT,
        licence=row.get("licence") or row.get("license") or "unknown",
        author=row.get("author") or "unknown",
        source=source or "unknown",
        unit=row.get("unit", ""),
    )


def read_catalogs(files: tuple[FoundFile, ...]) -> dict[Path, dict[str, Row]]:
    """Read the catalogues of all folders that hold `files`: folder -> file as written in it -> row.

    Raises:
        CatalogError: one cannot be read.
    """
    folders = dict.fromkeys(folder for found in files for folder in _folders(found))
    return {folder: rows for folder in folders if (rows := read_catalog(folder))}


def read_catalog(folder: Path) -> dict[str, Row]:
    """Read the catalogue of one folder, `catalog.csv` in any case; empty where there is none.

    Raises:
        CatalogError: it is no CSV table with a `file` column, or a `front` or `symmetric` is not one of its values.
    """
    names = sorted(file for file in folder.iterdir() if file.name.lower() == CATALOG_NAME and file.is_file())
    if not names:
        return {}
    path = names[0]
    if path.stat().st_size > MOST_BYTES:
        raise CatalogError(f"{path} has more than {MOST_BYTES:,} bytes; split it over several folders")
    try:
        reader = csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline=""), strict=True)
        rows = [(reader.line_num, row) for row in reader]
    except (UnicodeDecodeError, csv.Error) as error:
        raise CatalogError(f"{path} is not a CSV table in UTF-8: {error}") from error
    columns = [name.strip().lower() for name in reader.fieldnames or ()]
    if "file" not in columns:
        raise CatalogError(f"{path} has no column 'file'; its first line should name the columns")
    return {row["file"]: row for row in (_clean(row, path, line) for line, row in rows)}


def _clean(row: Mapping[str | None, str | None], path: Path, line: int) -> Row:
    if None in row:
        raise CatalogError(f"{path}, line {line}: more cells than the first line has columns")
    cells = {str(name).strip().lower(): (cell or "").strip() for name, cell in row.items()}
    for column in ("front", "front_by_eye"):
        if column in cells:
            cells[column] = _front(cells[column], f"{path}, line {line}: {column}")
    if "symmetric" in cells:
        cells["symmetric"] = cells["symmetric"].lower()
        if cells["symmetric"] not in YES + NO:
            raise CatalogError(f"{path}, line {line}: symmetric is {cells['symmetric']!r}; it should be yes or no")
    return cells


def _front(cell: str, where: str) -> str:
    front = cell.upper() if cell[:1] in ("", "+", "-") else f"+{cell.upper()}"
    if front and front not in FRONTS:
        raise CatalogError(f"{where} is {cell!r}; it should be one of {', '.join(FRONTS)}, or empty")
    return front


def _row(found: FoundFile, catalogs: Mapping[Path, Mapping[str, Row]]) -> Row | None:
    """The row of the nearest catalogue, from the file's own folder up to the folder given."""
    for folder in _folders(found):
        row = catalogs.get(folder, {}).get(found.path.relative_to(folder).as_posix())
        if row is not None:
            return row
    return None


def _folders(found: FoundFile) -> list[Path]:
    folders = [found.path.parent]
    while folders[-1] != found.folder:
        folders.append(folders[-1].parent)
    return folders
