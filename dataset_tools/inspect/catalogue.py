"""The clips of a dataset as a list to choose from, by what its index says; no clip is read."""

from collections.abc import Sequence
from dataclasses import dataclass

from dataset_tools.errors import FormatError
from dataset_tools.reader import Dataset

FACETS = ("split", "category", "family", "camera")
"""What clips can be chosen by, beside a text."""


@dataclass(frozen=True)
class Row:
    """One clip of the catalogue; `index` is its number in the dataset."""

    index: int
    key: str
    split: str
    asset_ids: tuple[str, ...]
    categories: tuple[str, ...]
    families: tuple[str, ...]
    camera: str

    def values(self, facet: str) -> tuple[str, ...]:
        """What the clip counts under in one of the FACETS."""
        return {
            "split": (self.split,),
            "category": self.categories,
            "family": self.families,
            "camera": (self.camera,),
        }[facet]

    def matches(self, text: str) -> bool:
        """Whether key, objects or categories hold a lower-case `text`."""
        return any(text in value.lower() for value in (self.key, *self.asset_ids, *self.categories))


@dataclass(frozen=True)
class Choice:
    """Which clips to show: "" takes all. `text` is looked for in keys, objects and categories, in any case."""

    text: str = ""
    split: str = ""
    category: str = ""
    family: str = ""
    camera: str = ""


def catalogue(dataset: Dataset) -> tuple[Row, ...]:
    """A row for each clip of the dataset, in its order."""
    return tuple(_row(index, dataset) for index in range(len(dataset)))


def _row(index: int, dataset: Dataset) -> Row:
    clip = dataset[index]
    entry = clip.index_entry
    return Row(index, clip.key, clip.split, entry.asset_ids, entry.categories, entry.families, entry.camera)


def facet_values(rows: Sequence[Row], facet: str) -> tuple[str, ...]:
    """All values of one of the FACETS, sorted, the empty one left out."""
    return tuple(sorted({value for row in rows for value in row.values(facet)} - {""}))


def choose(rows: Sequence[Row], choice: Choice) -> tuple[int, ...]:
    """The numbers of the clips that a choice takes, in the order of `rows`."""
    wanted = [(facet, getattr(choice, facet)) for facet in FACETS if getattr(choice, facet)]
    text = choice.text.strip().lower()
    return tuple(
        row.index
        for row in rows
        if all(value in row.values(facet) for facet, value in wanted) and (not text or row.matches(text))
    )


def find_key(rows: Sequence[Row], key: str) -> int:
    """The number of the clip with that key, or of that number as `posetraj` writes it: "12" is 00000012.

    Raises FormatError where the catalogue has none.
    """
    padded = key.zfill(8) if key.isdecimal() else key
    for row in rows:
        if row.key == padded:
            return row.index
    keys = sorted(row.key for row in rows)
    held = f"; its {len(keys)} clips are {keys[0]} to {keys[-1]}" if len(keys) > 1 else f"; it has {keys or 'none'}"
    raise FormatError(f"there is no clip {key!r} here{held}")


def row_title(row: Row, position: int) -> str:
    """One line for a list of clips: its place in it, key, objects and families; no two are the same."""
    objects = ", ".join(dict.fromkeys(row.asset_ids))
    families = ", ".join(dict.fromkeys(family.replace("_", " ") for family in row.families))
    return " · ".join(filter(None, (f"{position + 1}", row.key, objects[:60], families[:60])))


def window(position: int, count: int, size: int) -> range:
    """At most `size` places of a list of `count` around one of them."""
    start = max(0, min(position - size // 2, count - size))
    return range(start, min(count, start + size))
