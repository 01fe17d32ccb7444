"""COCO: a picture per frame, and in one JSON file per split the objects' visible masks, boxes and categories."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

from dataset_tools.captions import name_of
from dataset_tools.exports.opened import OpenedClip, text_of
from dataset_tools.exports.pictures import write_jpeg
from dataset_tools.exports.rle import segmentation
from dataset_tools.geometry import mask_box
from dataset_tools.schema import FORMAT

NO_CATEGORY = "object"
NO_LICENCE = "not stated"


class Coco:
    """`{split}/{key}/{frame}.jpg` and `annotations/instances_{split}.json`.

    Numbers begin at 1 and run through all splits; categories and licences have the same numbers in every file.
    Images and annotations wait in files of their own, so that memory does not grow with the dataset.
    """

    needs: ClassVar[tuple[str, ...]] = ("masks",)
    takes: ClassVar[tuple[str, ...]] = ()

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._splits: list[str] = []
        self._images = self._annotations = self._tracks = 0
        self._categories: dict[str, int] = {}
        self._licences: dict[str, int] = {}
        self._assets: dict[tuple[str, str], dict[str, str]] = {}

    def add(self, clip: OpenedClip) -> None:
        """Write one clip's pictures, and put its images and annotations aside."""
        if clip.split not in self._splits:
            self._splits.append(clip.split)
        licence = self._number(self._licences, _licence(clip))
        first_track = self._tracks + 1
        self._tracks += len(clip.objects)
        for entry in clip.objects:
            facts = {name: text_of(entry, name) for name in ("asset_id", "source", "licence", "author", "sha256")}
            self._assets.setdefault((facts["asset_id"], facts["sha256"]), {**facts, "name": name_of(entry)})
        images, annotations = [], []
        for t, (frame, masks) in enumerate(zip(clip.frames, clip.arrays["masks"], strict=True)):
            self._images += 1
            name = f"{clip.key}/{t:05d}.jpg"
            write_jpeg(self._folder / clip.split / name, frame)
            height, width = masks.shape
            images.append(
                {"id": self._images, "file_name": name, "width": width, "height": height, "license": licence}
                | {"clip": clip.key, "frame": t}
            )
            for n, entry in enumerate(clip.objects):
                if annotation := self._annotation(masks == n + 1, entry):
                    annotations.append(annotation | {"track_id": first_track + n})
        self._put_aside("images", clip.split, images)
        self._put_aside("annotations", clip.split, annotations)

    def finish(self) -> None:
        """Put each split's JSON file together."""
        (self._folder / "annotations").mkdir()
        for split in self._splits:
            head = {
                "info": {"description": f"{split} split of a dataset in the format {FORMAT}"},
                "licenses": [{"id": i, "name": name, "url": ""} for name, i in self._licences.items()],
                "categories": [{"id": i, "name": name, "supercategory": ""} for name, i in self._categories.items()],
                "assets": list(self._assets.values()),
            }
            with open(self._folder / "annotations" / f"instances_{split}.json", "w", encoding="utf-8") as file:
                file.write(json.dumps(head)[:-1])
                for what in ("images", "annotations"):
                    file.write(f', "{what}": [')
                    for i, line in enumerate(self._taken_back(what, split)):
                        file.write(("," if i else "") + "\n" + line)
                    file.write("]")
                file.write("}\n")

    def _annotation(self, mask: Any, entry: dict[str, Any]) -> dict[str, Any] | None:
        area = int(mask.sum())
        if area == 0:
            return None
        self._annotations += 1
        x0, y0, x1, y1 = mask_box(mask).tolist()
        return {
            "id": self._annotations,
            "image_id": self._images,
            "category_id": self._number(self._categories, text_of(entry, "category") or NO_CATEGORY),
            "segmentation": segmentation(mask),
            "area": area,
            "bbox": [x0, y0, x1 - x0, y1 - y0],
            "iscrowd": 0,
            "asset_id": text_of(entry, "asset_id"),
        }

    def _number(self, numbers: dict[str, int], name: str) -> int:
        return numbers.setdefault(name, len(numbers) + 1)

    def _waiting(self, what: str, split: str) -> Path:
        return self._folder / f".{what}-{split}.jsonl"

    def _put_aside(self, what: str, split: str, values: list[dict[str, Any]]) -> None:
        with open(self._waiting(what, split), "a", encoding="utf-8") as file:
            file.writelines(json.dumps(value) + "\n" for value in values)

    def _taken_back(self, what: str, split: str) -> Iterator[str]:
        path = self._waiting(what, split)
        with open(path, encoding="utf-8") as file:
            yield from (line.rstrip("\n") for line in file)
        path.unlink()


def _licence(clip: OpenedClip) -> str:
    """The licences of all objects in the clip, as COCO gives an image one."""
    stated = {text_of(entry, "licence") or NO_LICENCE for entry in clip.objects}
    return " + ".join(sorted(stated)) or NO_LICENCE
