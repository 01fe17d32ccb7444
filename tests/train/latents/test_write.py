"""A cache is made a shard at a time, and made again only where it must be."""

import io
import json
import os
import signal
import subprocess
import sys
import tarfile
from pathlib import Path

import numpy as np
import pytest

from dataset_tools.errors import FormatError, PoseTrajError
from dataset_tools.reader import Dataset
from tests.conftest import REPOSITORY
from tests.train.latents.films import FRAMES, HEIGHT, WIDTH, encoder, make_cache, write_films
from train.latents.encode import Encoder

MEMBERS = ("plain.npy", "boxed.npy", "image.npy", "noise_strength.npy", "embedding.npy", "labels.npy")


def contents(folder: str | Path) -> dict[str, bytes]:
    """All files by their path."""
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(Path(folder).rglob("*")) if p.is_file()}


@pytest.fixture
def encoded(monkeypatch) -> list[str]:
    """Keys of clips that are encoded from now on."""
    keys: list[str] = []
    encode = Encoder.encode

    def noted(self, clip):
        keys.append(clip.key)
        return encode(self, clip)

    monkeypatch.setattr(Encoder, "encode", noted)
    return keys


def test_a_cache_is_tars_with_the_datasets_keys_in_its_order_that_anyone_reads(made, own) -> None:
    for record in own.manifest.splits["train"]:
        with tarfile.open(f"{made.folder.url}/{record.name}") as archive:
            names = archive.getnames()
            keys = [clip.key for clip in own if clip.shard == record.name]
            assert names == [f"{key}.{member}" for key in keys for member in MEMBERS]
            grid = (HEIGHT // 8, WIDTH // 8)
            shapes = [(FRAMES, 8, *grid), (FRAMES, 8, *grid), (FRAMES, 4, *grid), (FRAMES,), (FRAMES, 32)]
            for name, shape in zip(names, shapes, strict=False):
                array = np.load(io.BytesIO(archive.extractfile(name).read()), allow_pickle=False)
                assert array.shape == shape and np.isfinite(array).all()


def test_the_record_says_what_it_was_made_of_and_no_notes_are_left(made, own) -> None:
    said = json.loads((Path(made.folder.url) / "cache.json").read_bytes())
    assert said["hash"] == Path(made.folder.url).name and said["members"] == list(MEMBERS)
    assert said["preprocessing"]["width"] == WIDTH and said["preprocessing"]["noise"] == {"mean": -3.0, "std": 0.5}
    sources = [shard["source_sha256"] for shard in said["shards"]]
    assert sources == [record.sha256 for _, record in own.manifest.shards]
    shards = [f"posetraj-train-{k:06d}" for k in range(3)]
    assert set(contents(made.folder.url)) == {"cache.json"} | {
        name for shard in shards for name in (f"{shard}.tar", f"index/{shard}.jsonl")
    }


@pytest.mark.parametrize("workers", [0, 2])
def test_the_same_films_and_model_give_the_same_bytes(made, own, pipeline, tmp_path, workers) -> None:
    again = make_cache(own, pipeline, caches=str(tmp_path / "elsewhere"), workers=workers)
    assert again.clips == 5
    assert contents(again.folder.url) == contents(made.folder.url)


def test_a_finished_cache_is_not_made_again(own, pipeline, encoded) -> None:
    assert make_cache(own, pipeline).clips == 0
    assert encoded == []


def test_after_a_kill_finished_shards_are_kept_and_the_rest_is_the_same(made, svd, tmp_path) -> None:
    films = write_films(tmp_path / "films")
    program = (
        "import os, signal, sys, torch\n"
        "torch.set_num_threads(1)\n"
        "from dataset_tools.reader import Dataset\n"
        "from model.load import load_pipeline\n"
        "from tests.train.latents.films import make_cache\n"
        "from dataset_tools.progress import Progress\n"
        "count = iter(range(4))\n"
        "Progress.advance = lambda self: next(count) == 3 and os.kill(os.getpid(), signal.SIGKILL)\n"
        f"make_cache(Dataset({films.url!r}), load_pipeline({str(svd)!r}))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=REPOSITORY, env=environment(), capture_output=True)
    assert done.returncode == -signal.SIGKILL, done.stderr
    (cache,) = (tmp_path / "films" / "latents").iterdir()
    left = [path for path in cache.rglob("*") if path.is_file()]
    assert any(path.suffix == ".tmp" for path in left) and not (cache / "cache.json").exists()

    keys = []
    real = Encoder.encode
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Encoder, "encode", lambda self, clip: keys.append(clip.key) or real(self, clip))
        from model.load import load_pipeline

        again = make_cache(films, load_pipeline(svd))
    assert keys == ["00000002", "00000003", "00000004"] and again.clips == 3
    assert contents(cache) == contents(made.folder.url)


def environment() -> dict[str, str]:
    return {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(REPOSITORY)}


def test_when_a_dataset_grows_only_changed_shards_are_made(own, pipeline, encoded, tmp_path) -> None:
    shard = next(Path(own.url).glob("latents/*/posetraj-train-000001.tar"))
    before = shard.stat().st_mtime_ns
    grown = write_films(Path(own.url), clips=7)
    made = make_cache(grown, pipeline)
    assert encoded == ["00000004", "00000005", "00000006"], "the last shard had room, and there is one more"
    assert made.clips == 3 and shard.stat().st_mtime_ns == before
    fresh = make_cache(write_films(tmp_path / "fresh", clips=7), pipeline)
    assert contents(made.folder.url) == contents(fresh.folder.url)


def test_when_growth_is_stopped_the_old_record_is_gone_and_work_goes_on(own, pipeline, encoded, monkeypatch) -> None:
    grown = write_films(Path(own.url), clips=7)
    real = Encoder.encode
    monkeypatch.setattr(Encoder, "encode", lambda self, clip: 1 / (clip.key != "00000006") and real(self, clip))
    with pytest.raises(ZeroDivisionError):
        make_cache(grown, pipeline)
    assert not list(Path(own.url).rglob("cache.json"))
    monkeypatch.setattr(Encoder, "encode", real)
    encoded.clear()
    assert make_cache(grown, pipeline).clips == 1
    assert encoded == ["00000006"]


def test_when_a_dataset_shrinks_its_lost_shards_go(own, pipeline, encoded) -> None:
    made = make_cache(write_films(Path(own.url), clips=4), pipeline)
    assert encoded == []
    assert sorted(path.name for path in Path(made.folder.url).glob("**/*000002*")) == []


@pytest.mark.parametrize("lost", ["posetraj-train-000001.tar", "index/posetraj-train-000001.jsonl"])
def test_what_was_lost_is_made_again(made, own, pipeline, encoded, lost) -> None:
    cache = next(Path(own.url).glob("latents/*"))
    (cache / lost).unlink()
    make_cache(own, pipeline)
    assert encoded == ["00000002", "00000003"]
    assert contents(cache) == contents(made.folder.url)


def test_a_damaged_record_means_all_is_made_again(made, own, pipeline, encoded) -> None:
    cache = next(Path(own.url).glob("latents/*"))
    (cache / "cache.json").write_text("{")
    make_cache(own, pipeline)
    assert len(encoded) == 5
    assert contents(cache) == contents(made.folder.url)


def test_a_part_of_a_dataset_is_cached_whole(own, pipeline, tmp_path) -> None:
    assert make_cache(own[:1], pipeline, caches=str(tmp_path / "out")).clips == 5


def test_a_lone_shard_has_no_cache(own, pipeline) -> None:
    with pytest.raises(FormatError, match="give its folder"):
        make_cache(Dataset(f"{own.url}/posetraj-train-000000.tar"), pipeline)


@pytest.mark.parametrize("place", ["http://127.0.0.1:9/latents", "file:///dev/null/latents"])
def test_a_place_that_cannot_be_written_is_one_sentence(own, pipeline, place) -> None:
    with pytest.raises(PoseTrajError, match="can be written with --out") as caught:
        make_cache(own, pipeline, caches=place)
    assert "\n" not in str(caught.value)


def test_a_clip_that_cannot_be_read_stops_the_run_and_keeps_what_was_made(own, pipeline, tmp_path) -> None:
    clip = own[4]
    with open(f"{own.url}/{clip.shard}", "r+b") as file:
        file.seek(clip.index_entry.members["labels.npz"][0])
        file.write(bytes(100))
    with pytest.raises(FormatError, match="clip 00000004"):
        make_cache(own, pipeline, caches=str(tmp_path / "out"))
    (cache,) = (tmp_path / "out").iterdir()
    assert sorted(path.name for path in cache.glob("*.tar")) == [f"posetraj-train-{k:06d}.tar" for k in range(2)]
    assert not list(cache.rglob("*.tmp"))


def test_the_encoder_of_the_tests_is_small(pipeline) -> None:
    assert encoder(pipeline).members == MEMBERS
