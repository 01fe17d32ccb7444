"""The card's files: the same for the same shards, harmless to readers, and never in the way of a person's own."""

import json
import random
import shutil

import datasets
import pytest
import yaml

from dataset_tools import Dataset
from dataset_tools.card import ChangedByHand, PackedShards, card_html, describe, remove_card, write_card
from dataset_tools.manifest import write_manifest
from dataset_tools.stats import collect
from dataset_tools.validate import format_report, validate
from tests.dataset_tools.card.conftest import FILES, card_of, files_of


def packed_card(folder, manifest):
    clips = PackedShards(folder, manifest)
    return describe(clips, collect(clips))


def test_packed_shards_hold_what_the_finished_dataset_will(unfinished):
    folder, manifest = unfinished
    packed = PackedShards(folder, manifest)
    write_manifest(folder, manifest)
    finished = Dataset(folder)
    assert [(clip.key, clip.split, clip.shard) for clip in packed] == [
        (clip.key, clip.split, clip.shard) for clip in finished
    ]
    assert len(packed) == 5 and packed[4].meta == finished[4].meta
    with pytest.raises(IndexError):
        packed[5]


def test_the_card_is_the_same_before_the_manifest_and_after_it_and_in_another_folder(unfinished, shared):
    folder, manifest = unfinished
    write_card(folder, packed_card(folder, manifest))
    before = files_of(folder)
    assert sorted(before) == sorted(FILES)
    elsewhere = folder.parent / "a quite different name"
    write_card(elsewhere, card_of(shared / "golden"))
    assert files_of(elsewhere) == before


def test_times_workers_failed_tries_and_the_order_of_attempts_leave_no_trace(copy):
    ledger = copy / "ledger.jsonl"
    lines = [json.loads(line) for line in ledger.read_text().splitlines()]
    reasons = ("the video is 39 dB from the render (bound 40 dB)", "unrenderable: signal 11 in /tmp/x; gone", "dark")
    lines += [
        {**lines[0], "clip": clip, "attempt": attempt, "state": "rejected", "reason": reason}
        for clip, attempt, reason in zip((0, 0, 1), (7, 8, 7), reasons, strict=True)
    ]
    ledger.write_text("".join(json.dumps(line) + "\n" for line in lines))
    write_card(copy, card_of(copy))
    first = files_of(copy)
    again = [{**line, "seconds": line["seconds"] + 5, "worker": "w9", "device": "optix"} for line in lines]
    again += [again[5], {**again[0], "state": "failed", "reason": "no answer in 1800 s"}]
    random.Random(1).shuffle(again)
    ledger.write_text("".join(json.dumps(line) + "\n" for line in again))
    write_card(copy, card_of(copy))
    assert files_of(copy) == first
    readme = first["README.md"].decode()
    assert "the video is … dB from the render" in readme and "| unrenderable | 1 |" in readme
    assert "5 of 8 (62 %)" in readme and "/tmp/x" not in readme


def test_no_path_of_the_machine_is_in_the_card(copy):
    write_card(copy, card_of(copy))
    for name, data in files_of(copy).items():
        assert str(copy.parent).encode() not in data, name


def test_a_dataset_with_a_card_validates_and_loads_split_by_split_elsewhere(copy, tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    write_card(copy, card_of(copy))
    report = validate(str(copy), progress=False)
    assert report.ok, format_report(report)
    builder = datasets.load_dataset_builder(str(copy), cache_dir=str(tmp_path / "cache"))
    assert type(builder).__name__.startswith("Webdataset")
    files = {split: [path.rsplit("/", 1)[-1] for path in paths] for split, paths in builder.config.data_files.items()}
    shards = {split: sorted({clip.shard for clip in Dataset(copy).split(split)}) for split in ("train", "val", "test")}
    assert files == {"train": shards["train"], "validation": shards["val"], "test": shards["test"]}


def test_the_front_matter_is_what_hubs_expect(copy):
    write_card(copy, card_of(copy))
    _, front, body = (copy / "README.md").read_text().split("---\n", 2)
    told = yaml.safe_load(front)
    assert told["license"] == "cc0-1.0" and told["size_categories"] == ["n<1K"]
    assert {"image-to-video", "depth-estimation", "image-segmentation"} <= set(told["task_categories"])
    assert {"synthetic", "webdataset", "6d-pose", "optical-flow"} <= set(told["tags"])
    assert [item["split"] for item in told["configs"][0]["data_files"]] == ["train", "validation", "test"]
    assert "](card/contact_sheet.jpg)" in body and (copy / "card/contact_sheet.jpg").exists()


def test_a_readme_of_a_persons_own_stays(copy):
    (copy / "README.md").write_text("# Mine\n")
    with pytest.raises(ChangedByHand, match="README.md .* stays as it is"):
        write_card(copy, card_of(copy))
    assert (copy / "README.md").read_text() == "# Mine\n"
    assert (copy / "card.html").exists()
    remove_card(copy)
    assert list(files_of(copy)) == ["README.md"]


def test_a_readme_of_ours_is_replaced_until_a_person_changes_it(copy):
    card = card_of(copy)
    write_card(copy, card)
    write_card(copy, card)
    with (copy / "README.md").open("a") as file:
        file.write("My notes.\n")
    with pytest.raises(ChangedByHand):
        write_card(copy, card)
    assert (copy / "README.md").read_text().endswith("My notes.\n")


def test_a_page_of_a_persons_own_keeps_everything_from_being_written(copy):
    (copy / "card.html").write_text("<h1>Mine</h1>")
    with pytest.raises(ChangedByHand, match="card.html"):
        write_card(copy, card_of(copy))
    assert files_of(copy) == {"card.html": b"<h1>Mine</h1>"}


def test_removing_a_card_leaves_the_dataset(copy, shared):
    names = {path.relative_to(copy) for path in copy.rglob("*") if path.is_file()}
    write_card(copy, card_of(copy))
    remove_card(copy)
    assert {path.relative_to(copy) for path in copy.rglob("*") if path.is_file()} == names


def test_of_many_clips_few_are_decoded_for_the_picture(written):
    class Noted(list):
        def __getitem__(self, index):
            taken.append(index)
            return super().__getitem__(index)

    taken: list[int] = []
    dataset = Dataset(written(70))
    statistics = collect(dataset)
    describe(Noted(dataset), statistics)
    assert len(set(taken)) == 48 and min(taken) == 0 and max(taken) == 69


def test_a_part_says_that_it_is_one(shared):
    dataset = Dataset(shared / "golden").split("val")
    card = describe(dataset, collect(dataset))
    assert card.title == "PoseTraj dataset: 1 synthetic clip, val only"
    assert "val only" in card_html(card)


def test_a_single_shard_has_a_card(shared, tmp_path):
    shutil.copyfile(shared / "golden/posetraj-val-000000.tar", tmp_path / "posetraj-val-000000.tar")
    card = card_of(tmp_path / "posetraj-val-000000.tar")
    assert card.origin is None and card.intake is None
    readme, *_ = write_card(tmp_path / "out", card)
    assert "path: posetraj-val-*.tar" in readme.read_text()
