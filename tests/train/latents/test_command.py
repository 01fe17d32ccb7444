"""`posetraj cache-latents` from the words of a command line."""

import shutil
from pathlib import Path

import pytest

import posetraj
from dataset_tools.reader import Dataset
from tests.train.latents.films import write_films
from train.latents.find import find_cache
from train.latents.fingerprint import fingerprint
from train.latents.read import LatentCache


def run(*words: str | Path) -> int:
    return posetraj.main(["cache-latents", *map(str, words)])


def test_a_dataset_gets_a_cache_that_is_found(made, svd, pipeline, tmp_path, capsys) -> None:
    films, out = Path(made.folder.url).parents[1], tmp_path / "out"
    assert run(films, "--model", svd, "--out", out, "--targets", "plain", "--workers", "1") == 0
    said = capsys.readouterr()
    assert "5 clips, 5 of them encoded now" in said.out and f"wrote {out}/" in said.out
    assert "latents: 5/5 clips, " in said.err and ", 0 min left" in said.err
    dataset = Dataset(films)
    hash = find_cache(dataset, fingerprint(pipeline), caches=str(out))
    window = LatentCache(dataset.split("train"), hash, str(out)).window(0, 1, 3)
    assert window.moments.shape == (3, 8, 6, 8) and window.labels.objects.shape == (3,)
    assert run(films, "--model", svd, "--out", out, "--targets", "plain") == 0
    assert "is up to date" in capsys.readouterr().out


def test_real_clips_have_no_boxes_to_draw(svd, tmp_path, capsys) -> None:
    real = write_films(tmp_path / "films", clips=1, kind="real")
    assert run(real.url, "--model", svd) == 0
    assert "only plain videos are encoded" in capsys.readouterr().err
    (cache,) = (tmp_path / "films" / "latents").iterdir()
    window = LatentCache(real, cache.name).window(0, 0, 2)
    assert window.key == "00000000" and "boxed.npy" not in LatentCache(real, cache.name).record.members
    assert run(real.url, "--model", svd, "--targets", "boxed") == 1
    assert "choose --targets plain" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"--model": "small"}, "the preset small has random weights"),
        ({"--model": "/nowhere/at/all"}, "cannot read a model"),
        ({"--most-objects": "0"}, "--most-objects should be 1 or more"),
        ({"--batch": "0"}, "--batch should be 1 or more"),
        ({"--workers": "-1"}, "0 or more"),
        ({"--device": "cuda:77"}, "there is no device"),
        ({"--out": "/dev/null/latents"}, "can be written with --out"),
    ],
)
def test_bad_input_is_one_sentence(own, svd, capsys, changed, sentence) -> None:
    shutil.rmtree(f"{own.url}/latents")
    words = {"--model": str(svd), "--workers": "0"} | changed
    assert run(own.url, *(word for pair in words.items() for word in pair)) == 1
    said = [line for line in capsys.readouterr().err.splitlines() if line.startswith("posetraj: ")]
    assert len(said) == 1 and sentence in said[0]
    assert not Path(own.url, "latents").exists()
