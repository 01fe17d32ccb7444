"""Datasets in a bucket: a server of S3's protocol on this machine's loopback."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from dataset_tools.errors import FormatError, MissingPackageError
from dataset_tools.places import filesystem_of
from dataset_tools.reader import Dataset
from dataset_tools.validate import validate
from tests.s3 import s3_server

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def bucket(shared) -> Iterator[str]:
    """The golden dataset under an s3:// address."""
    with s3_server("films") as client:
        golden = shared / "golden"
        for path in golden.rglob("*"):
            if path.is_file():
                client.put_object(Bucket="films", Key=f"golden/{path.relative_to(golden)}", Body=path.read_bytes())
        yield "s3://films/golden"


def test_a_dataset_in_a_bucket_is_the_one_on_disk(bucket, shared) -> None:
    here, there = Dataset(shared / "golden"), Dataset(bucket)
    assert there.keys == here.keys
    for mine, theirs in zip(here, there, strict=True):
        assert mine.members == theirs.members
        assert np.array_equal(mine.labels["track_px"], theirs.labels["track_px"], equal_nan=True)
    assert np.array_equal(here[1].video(2, 4), there[1].video(2, 4))


def test_a_dataset_in_a_bucket_is_validated(bucket) -> None:
    assert validate(bucket, workers=1).ok


def test_one_shard_in_a_bucket_opens_too(bucket) -> None:
    assert len(Dataset(f"{bucket}/posetraj-val-000000.tar")) == 1


def test_the_viewer_shows_a_dataset_in_a_bucket(bucket) -> None:
    pytest.importorskip("viser")
    from dataset_tools.inspect.opened import OpenedClip
    from dataset_tools.inspect.server import InspectServer
    from dataset_tools.inspect.view import View

    server = InspectServer(bucket, port=0)
    assert server.clips == 5
    server.stop()
    assert OpenedClip(Dataset(bucket)[0]).picture(View()).std() > 10


def test_what_is_not_in_the_bucket_is_one_sentence(bucket) -> None:
    with pytest.raises(FormatError, match="has no dataset.json"):
        Dataset(f"{bucket}/nothing")


def test_an_unknown_kind_of_place_is_one_sentence() -> None:
    with pytest.raises(FormatError, match="no place that can be read"):
        filesystem_of("carrier-pigeon://coop/golden")


def test_a_kind_whose_package_is_missing_says_how_to_install_it() -> None:
    code = (
        "import sys; sys.modules['s3fs'] = None\n"
        "from dataset_tools.places import filesystem_of\n"
        "try: filesystem_of('s3://bucket/data')\n"
        "except Exception as error: print(type(error).__name__, error)"
    )
    said = subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True).stdout
    assert said.startswith(MissingPackageError.__name__)
    assert "pip install 'posetraj[s3]'" in said
