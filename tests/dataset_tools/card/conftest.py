"""Datasets to make cards of: copies of the golden one, and ones with other objects, licences and kinds."""

import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from dataset_tools import Dataset, npz
from dataset_tools.card import Card, describe
from dataset_tools.manifest import Manifest, read_manifest, write_manifest
from dataset_tools.schema import LABELS
from dataset_tools.shards import write_shard
from dataset_tools.stats import collect, open_dataset

MEMBERS = ("video.mp4", "labels.npz", "masks.npz", "meta.json")
FILES = ("README.md", "card.html", "card/contact_sheet.jpg", "card/objects.md")


def card_of(url: str | Path) -> Card:
    dataset = open_dataset(url)
    return describe(dataset, collect(dataset))


def files_of(folder: Path) -> dict[str, bytes]:
    """The card's files."""
    return {name: (folder / name).read_bytes() for name in FILES if (folder / name).exists()}


@pytest.fixture
def copy(shared, tmp_path) -> Path:
    """A copy of the golden dataset that may be written to."""
    folder = shutil.copytree(shared / "golden", tmp_path / "copy", copy_function=shutil.copyfile)
    for path in (folder, folder / "index"):
        path.chmod(0o755)
    return Path(folder)


@pytest.fixture
def unfinished(copy) -> tuple[Path, Manifest]:
    """A folder with shards and no manifest, and the manifest that is to be written."""
    manifest = read_manifest(copy)
    (copy / "dataset.json").unlink()
    return copy, manifest


@pytest.fixture
def written(shared, tmp_path) -> Callable[..., Path]:
    """Write a dataset of golden clips; `change` alters each clip's meta data, `objects` are lines of objects.jsonl."""

    def write(
        count: int = 2,
        change: Callable[[int, dict[str, Any]], None] = lambda number, meta: None,
        objects: Sequence[Mapping[str, Any]] = (),
        real: bool = False,
    ) -> Path:
        folder = tmp_path / f"written {count}"
        sources = list(Dataset(shared / "golden"))
        record = write_shard(folder, "train", 0, (_clip(sources, k, change, real) for k in range(count)), MEMBERS)
        kind = "real" if real else "synthetic"
        write_manifest(folder, Manifest(kind, {}, {}, 0, count, 12, 8, 192, 112, MEMBERS, {"train": (record,)}))
        if objects:
            (folder / "objects.jsonl").write_text("".join(json.dumps(line) + "\n" for line in objects))
        return folder

    return write


def _clip(sources: list, number: int, change: Callable, real: bool) -> tuple[str, dict[str, bytes]]:
    source = sources[number % len(sources)]
    members = {name: source.read(name) for name in MEMBERS}
    meta = json.loads(members["meta.json"]) | {"clip": number, "split": "train"}
    if real:
        kept = {label.name for label in LABELS if "real" in label.kinds}
        members["labels.npz"] = npz.save({name: array for name, array in source.labels.items() if name in kept})
        meta |= {"kind": "real", "center_source": "mask"}
    change(number, meta)
    return f"{number:08d}", members | {"meta.json": json.dumps(meta).encode()}
