"""Caches in a bucket: a server of S3's protocol on this machine's loopback."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from dataset_tools.errors import FormatError, PoseTrajError
from dataset_tools.reader import Dataset
from tests.s3 import s3_server
from tests.train.latents.films import make_cache
from train.latents.find import NoLatentsError, find_cache
from train.latents.fingerprint import fingerprint
from train.latents.read import LatentCache


@pytest.fixture(scope="module")
def bucket(made) -> Iterator[tuple[object, str]]:
    """A client, and an s3:// address under which the films lie without their cache."""
    with s3_server("latents") as client:
        films = Path(made.folder.url).parents[1]
        for path in films.rglob("*"):
            if path.is_file() and "latents" not in path.relative_to(films).parts:
                client.put_object(Bucket="latents", Key=f"films/{path.relative_to(films)}", Body=path.read_bytes())
        yield client, "s3://latents/films"


def test_a_cache_is_made_and_read_in_a_bucket(bucket, made, pipeline) -> None:
    client, url = bucket
    dataset = Dataset(url)
    with pytest.raises(NoLatentsError, match="no finished latents"):
        find_cache(dataset, fingerprint(pipeline), most_objects=2)
    there = make_cache(dataset, pipeline)
    assert there.clips == 5 and make_cache(dataset, pipeline).clips == 0
    here = Path(made.folder.url)
    listed = client.list_objects_v2(Bucket="latents", Prefix="films/latents/")["Contents"]
    stored = {item["Key"].removeprefix(f"films/latents/{here.name}/") for item in listed}
    assert stored == {str(path.relative_to(here)) for path in here.rglob("*") if path.is_file()}
    for name in stored:
        body = client.get_object(Bucket="latents", Key=f"films/latents/{here.name}/{name}")["Body"].read()
        assert body == (here / name).read_bytes(), name

    hash = find_cache(dataset, fingerprint(pipeline), most_objects=2)
    remote, local = LatentCache(dataset, hash), LatentCache(Dataset(here.parents[1]), hash)
    for place in range(5):
        mine, theirs = local.window(place, 1, 2, "boxed"), remote.window(place, 1, 2, "boxed")
        assert np.array_equal(mine.moments, theirs.moments) and np.array_equal(mine.embedding, theirs.embedding)
        assert np.array_equal(mine.labels.centres_px, theirs.labels.centres_px, equal_nan=True)

    client.delete_object(Bucket="latents", Key=f"films/latents/{hash}/posetraj-train-000001.tar")
    with pytest.raises(FormatError, match="posetraj-train-000001.tar, clip 00000002: it is missing"):
        remote.window(2, 0, 2)
    with pytest.raises(NoLatentsError, match="posetraj-train-000001.tar missing"):
        LatentCache(dataset, hash)


def test_a_dataset_on_disk_may_have_its_cache_in_a_bucket(bucket, own, pipeline) -> None:
    made = make_cache(own, pipeline, caches="s3://latents/others")
    assert made.folder.url == f"s3://latents/others/{made.record.hash}"
    assert LatentCache(own, made.record.hash, "s3://latents/others").window(0, 0, 2).key == "00000000"


def test_a_bucket_that_cannot_be_written_is_one_sentence(bucket, own, pipeline) -> None:
    with pytest.raises(PoseTrajError, match="can be written with --out") as caught:
        make_cache(own, pipeline, caches="s3://no-such-bucket/latents")
    assert "\n" not in str(caught.value)
