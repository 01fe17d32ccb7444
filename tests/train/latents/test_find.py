"""Which cache is read, and which is refused."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from dataset_tools.errors import FormatError, PoseTrajError
from dataset_tools.reader import Dataset
from model.image_noise import ImageNoise
from tests.train.latents.films import PREPROCESSING, make_cache, write_films
from train.latents.find import NoLatentsError, find_cache, folder_and_hash
from train.latents.fingerprint import Network, fingerprint
from train.latents.read import LatentCache


@pytest.fixture
def cache(own) -> Path:
    return next(Path(own.url).glob("latents/*"))


def refused(dataset: Dataset, cache: Path, *words: str) -> None:
    """Opening raises one sentence with these words, which names the cache and the command."""
    with pytest.raises(PoseTrajError) as caught:
        LatentCache(dataset, cache.name)
    for word in (*words, str(cache), "posetraj cache-latents"):
        assert word in str(caught.value), str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_cache_of_a_model_is_found(own, cache, pipeline) -> None:
    assert find_cache(own, fingerprint(pipeline), "boxed", most_objects=2) == cache.name
    assert find_cache(own[:2], fingerprint(pipeline), most_objects=2, caches=f"{own.url}/latents") == cache.name


@pytest.mark.parametrize(
    ("other", "sentence"),
    [
        (
            {"model": None},
            "no finished latents of this model .VAE 00000000.; run posetraj cache-latents /.* --model",
        ),
        ({"most_objects": 3}, "none with the target plain and 3 objects.*--most-objects 3"),
        ({"noise": ImageNoise(0.0, 1.0)}, "none with the noise 0, 1 .* leave image_noise or the latents away"),
        ({"caches": "/nowhere"}, "/nowhere holds no finished latents"),
        ({"only": "0" * 16}, "holds no finished latents"),
    ],
)
def test_another_models_cache_is_not_taken(own, pipeline, other, sentence) -> None:
    model = fingerprint(pipeline)
    if "model" in other:
        other = {"model": replace(model, vae=Network("0" * 64, model.vae.config), image_encoder=None)}
    with pytest.raises(NoLatentsError, match=sentence):
        find_cache(**{"dataset": own, "model": model, "most_objects": 2} | other)


def test_of_several_caches_that_would_do_one_is_to_be_named(own, cache, pipeline) -> None:
    plain = replace(PREPROCESSING, targets=("plain",))
    second = make_cache(own, pipeline, plain)
    for record in (second.record.hash, cache.name):
        folder, only = folder_and_hash(f"{own.url}/latents/{record}")
        assert find_cache(own, fingerprint(pipeline), most_objects=2, caches=folder, only=only) == record
    with pytest.raises(NoLatentsError, match="name one of .* --caches ") as caught:
        find_cache(own, fingerprint(pipeline), most_objects=2)
    assert cache.name in str(caught.value) and second.record.hash in str(caught.value)
    assert find_cache(own, fingerprint(pipeline), "boxed", most_objects=2) == cache.name
    with pytest.raises(FormatError, match="--targets boxed"):
        LatentCache(own, second.record.hash).window(0, 0, 2, "boxed")


def test_a_cache_of_a_dataset_that_grew_is_stale(own, cache) -> None:
    grown = write_films(Path(own.url), clips=7)
    refused(grown, cache, "stale", "posetraj-train-000002.tar and 1 more changed")


def test_a_cache_of_other_clips_is_stale(own, cache) -> None:
    path = Path(own.url) / "dataset.json"
    said = json.loads(path.read_text())
    said["splits"]["train"][0]["sha256"] = "0" * 64
    path.write_text(json.dumps(said))
    refused(Dataset(own.url), cache, "stale", "posetraj-train-000000.tar changed")


def test_an_unfinished_cache_is_refused(own, cache, pipeline) -> None:
    (cache / "cache.json").unlink()
    refused(own, cache, "unfinished")
    with pytest.raises(NoLatentsError, match="no finished latents"):
        find_cache(own, fingerprint(pipeline), most_objects=2)


def test_a_shard_of_another_size_and_a_missing_one_are_refused(own, cache) -> None:
    with open(cache / "posetraj-train-000001.tar", "ab") as file:
        file.write(b"more")
    refused(own, cache, "posetraj-train-000001.tar missing or of another size")
    (cache / "posetraj-train-000001.tar").unlink()
    refused(own, cache, "posetraj-train-000001.tar missing or of another size")


@pytest.mark.parametrize(
    "change",
    [
        {"format": "posetraj-latents/2"},
        {"hash": "../../etc"},
        {"members": ["../plain.npy"]},
        {"members": "plain.npy"},
        {"preprocessing": {}},
        {"shards": [{"split": "train"}]},
        {"shards": None},
    ],
)
def test_a_damaged_record_is_refused(own, cache, change) -> None:
    said = json.loads((cache / "cache.json").read_text())
    (cache / "cache.json").write_text(json.dumps(said | change))
    refused(own, cache, "is no record of a cache")


def test_a_name_that_is_no_hash_is_refused(own) -> None:
    with pytest.raises(NoLatentsError, match="16 hexadecimal digits"):
        LatentCache(own, "../../elsewhere")
