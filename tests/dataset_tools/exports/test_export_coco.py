"""COCO folders as pycocotools reads them."""

import contextlib
import io
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pycocotools import mask as coco_masks
from pycocotools.coco import COCO

from dataset_tools.exports import export_dataset
from dataset_tools.video import psnr
from tests.dataset_tools.clip_parts import take_apart

SPLITS = ("train", "val", "test")


@pytest.fixture(scope="module")
def folder(exported) -> Path:
    return exported("coco")


def opened(folder: Path, split: str) -> COCO:
    with contextlib.redirect_stdout(io.StringIO()):
        return COCO(str(folder / "annotations" / f"instances_{split}.json"))


@pytest.mark.parametrize("split", SPLITS)
def test_segmentations_are_the_clips_masks(folder, golden, split):
    coco = opened(folder, split)
    clips = {clip.key: clip for clip in golden.split(split)}
    rebuilt = {key: np.zeros_like(clip.masks) for key, clip in clips.items()}
    for annotation in coco.loadAnns(coco.getAnnIds()):
        image = coco.imgs[annotation["image_id"]]
        mask = coco_masks.decode(annotation["segmentation"])
        np.testing.assert_array_equal(mask, coco.annToMask(annotation))
        assert coco_masks.area(annotation["segmentation"]) == annotation["area"]
        assert coco_masks.toBbox(annotation["segmentation"]).tolist() == annotation["bbox"]
        objects = clips[image["clip"]].meta["objects"]
        number = [n for n, entry in enumerate(objects) if entry["asset_id"] == annotation["asset_id"]]
        assert coco.cats[annotation["category_id"]]["name"] == objects[number[0]]["category"]
        rebuilt[image["clip"]][image["frame"]] += (mask * (number[0] + 1)).astype(np.uint8)
    for key, clip in clips.items():
        np.testing.assert_array_equal(rebuilt[key], clip.masks)


def test_every_frame_is_a_picture_that_shows_it(folder, golden):
    for split in SPLITS:
        coco = opened(folder, split)
        assert len(coco.imgs) == sum(clip.meta["frames"] for clip in golden.split(split))
        for clip in golden.split(split):
            images = [image for image in coco.imgs.values() if image["clip"] == clip.key]
            assert [image["frame"] for image in images] == list(range(clip.meta["frames"]))
            pictures = np.stack([np.asarray(Image.open(folder / split / image["file_name"])) for image in images])
            assert psnr(pictures, clip.video()).min() > 38
            assert {(image["width"], image["height"]) for image in images} == {(192, 112)}


def test_numbers_name_one_thing_in_all_splits(folder, golden):
    read = [opened(folder, split) for split in SPLITS]
    assert len({number for coco in read for number in coco.imgs}) == sum(len(coco.imgs) for coco in read)
    annotations = [annotation for coco in read for annotation in coco.anns.values()]
    assert len({annotation["id"] for annotation in annotations}) == len(annotations)
    assert len({annotation["track_id"] for annotation in annotations}) == sum(len(c.meta["objects"]) for c in golden)
    assert len({json.dumps(coco.dataset["categories"]) for coco in read}) == 1


def test_images_and_assets_say_their_licences(folder):
    coco = opened(folder, "train")
    names = {entry["id"]: entry["name"] for entry in coco.dataset["licenses"]}
    assert {names[image["license"]] for image in coco.imgs.values()} == {"CC0-1.0"}
    assert {asset["asset_id"] for asset in coco.dataset["assets"]} >= {"crate", "egg"}
    assert {asset["author"] for asset in coco.dataset["assets"]} == {"nobody"}


def test_an_object_without_a_category_or_licence_still_has_one(golden, tmp_path):
    parts = take_apart(golden[3], without=("depth", "normals", "flow"))
    bare = [{**parts.meta["objects"][0], "category": "", "licence": ""}]
    export_dataset([parts.with_meta(objects=bare).clip()], "coco", tmp_path / "out")
    coco = opened(tmp_path / "out", "val")
    assert [category["name"] for category in coco.dataset["categories"]] == ["object"]
    assert [entry["name"] for entry in coco.dataset["licenses"]] == ["not stated"]


def test_nothing_but_the_named_files_is_left(folder):
    assert sorted(path.name for path in folder.iterdir()) == ["annotations", *sorted(SPLITS)]
    assert {path.suffix for path in folder.rglob("*") if path.is_file()} == {".jpg", ".json"}
