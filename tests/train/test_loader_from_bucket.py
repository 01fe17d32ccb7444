"""Clips read from a bucket: a server of S3's protocol on this machine's loopback."""

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.conftest import REPOSITORY
from tests.s3 import s3_server

PROGRAM = """
import hashlib, sys
from itertools import islice
from dataset_tools.reader import Dataset
from train.example import Cut
from train.loader import Examples, Source, batches
from train.mixture import Mixture
from train.order import ClipOrder, Share

dataset = Dataset(sys.argv[1]).split("train")
lines = Examples([Source(dataset, ClipOrder((2, 1), 3))], Mixture((1.0,), 3), Cut(4, 2))
found = hashlib.sha256()
for batch in islice(batches(lines, Share(0, 1, 2), start=1, workers=int(sys.argv[2])), 3):
    for tensor in (batch.pictures(), batch.centres_px, batch.seeds):
        found.update(tensor.numpy().tobytes())
print(found.hexdigest())
"""


def read(url: str, workers: int) -> subprocess.CompletedProcess:
    """Read batches in a process of its own, whose workers then know where the bucket is."""
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-c", PROGRAM, url, str(workers)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)


@pytest.fixture(scope="module")
def bucket(small) -> Iterator[tuple[object, str]]:
    """A client, and an s3:// address under which the small clips lie."""
    with s3_server("clips") as client:
        for path in small.rglob("*"):
            if path.is_file():
                client.put_object(Bucket="clips", Key=f"small/{path.relative_to(small)}", Body=path.read_bytes())
        yield client, "s3://clips/small"


@pytest.mark.slow
def test_batches_from_a_bucket_are_those_from_disk_and_what_is_missing_is_named(bucket, small) -> None:
    client, url = bucket
    here = read(str(small), 0).stdout
    assert here and read(url, 1).stdout == here
    client.delete_object(Bucket="clips", Key="small/posetraj-train-000001.tar")
    torn = read(url, 1)
    assert torn.returncode != 0 and "posetraj-train-000001.tar, clip 0000000" in torn.stderr
