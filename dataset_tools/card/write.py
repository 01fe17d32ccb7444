"""The card's files in a dataset's folder: README.md, card.html, card/contact_sheet.jpg and card/objects.md."""

import hashlib
import os
import re
from pathlib import Path

from dataset_tools.card.card import Card
from dataset_tools.card.markdown import OBJECT_LIST, PAGE, SHEET, card_markdown, objects_markdown
from dataset_tools.card.page import GENERATOR, card_html
from dataset_tools.errors import PoseTrajError
from dataset_tools.stats.output import write_data

README = "README.md"
_SIGNATURE = re.compile(rb"\n<!-- posetraj card ([0-9a-f]{16}) -->\n\Z")


class ChangedByHand(PoseTrajError):
    """A file of the card's name that a person wrote or changed; it is left as it is."""


def write_card(folder: str | os.PathLike, card: Card) -> tuple[Path, ...]:
    """Write a card into a local folder, each file atomically; returns the files, README.md first.

    Raises:
        ChangedByHand: the folder has a README.md or card.html that was not written here, or changed since. A foreign
            card.html keeps everything from being written, a README.md itself alone.
        CannotWrite: a file cannot be written.
    """
    folder = Path(folder)
    if (folder / PAGE).exists() and not _is_our_page(folder / PAGE):
        raise ChangedByHand(f"{folder / PAGE} was not written by posetraj stats; move it away, or name another folder")
    if card.sheet:
        written = [write_data(folder / SHEET, card.sheet)]
    else:
        written = []
        (folder / SHEET).unlink(missing_ok=True)
    written.append(write_data(folder / OBJECT_LIST, objects_markdown(card).encode()))
    written.append(write_card_page(folder / PAGE, card))
    if (folder / README).exists() and not _is_our_readme(folder / README):
        raise ChangedByHand(
            f"{folder / README} was written or changed by hand and stays as it is; move it away and run "
            f"posetraj stats with --out {folder} to have a new one"
        )
    return write_data(folder / README, _signed(card_markdown(card))), *reversed(written)


def write_card_page(path: str | os.PathLike, card: Card) -> Path:
    """Write the card's page alone; returns its path. Raises CannotWrite."""
    return write_data(path, card_html(card).encode())


def remove_card(folder: str | os.PathLike) -> None:
    """Remove the card's files from a folder, except what a person wrote or changed."""
    folder = Path(folder)
    if (folder / PAGE).exists() and _is_our_page(folder / PAGE):
        for name in (PAGE, SHEET, OBJECT_LIST):
            (folder / name).unlink(missing_ok=True)
    if (folder / README).exists() and _is_our_readme(folder / README):
        (folder / README).unlink()


def _signed(text: str) -> bytes:
    """The text with its hash under it, by which a later change is seen."""
    data = text.encode()
    return data + f"\n<!-- posetraj card {_digest(data)} -->\n".encode()


def _is_our_readme(path: Path) -> bool:
    data = path.read_bytes()
    found = _SIGNATURE.search(data)
    return found is not None and found[1].decode() == _digest(data[: found.start()])


def _is_our_page(path: Path) -> bool:
    with path.open("rb") as file:
        return GENERATOR.encode() in file.read(4096)


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:16]
