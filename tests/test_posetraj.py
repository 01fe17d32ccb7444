"""The command line: help that says something, one sentence for what is wrong, an exit status that can be relied on."""

import json
import subprocess
import sys

import pytest


def posetraj(*words: str, timeout_s: float = 300) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, "-m", "posetraj", *words], capture_output=True, text=True, timeout=timeout_s)


def assert_one_sentence(done: subprocess.CompletedProcess, *parts: str) -> None:
    assert done.returncode == 1, (done.stdout, done.stderr)
    assert "Traceback" not in done.stderr
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("posetraj: ")
    for part in parts:
        assert part in last


def test_help_names_every_verb():
    done = posetraj("--help")
    assert done.returncode == 0
    for verb in ("doctor", "objects", "generate", "validate", "stats", "demo"):
        assert verb in done.stdout


@pytest.mark.parametrize("verb", ["doctor", "objects", "generate", "validate", "stats", "demo"])
def test_every_verb_has_help_for_every_flag(verb):
    done = posetraj(verb, "--help")
    assert done.returncode == 0
    assert "(required)" in done.stdout or "default" in done.stdout


def test_an_unknown_flag_is_bad_usage():
    assert posetraj("generate", "--out", "x", "--num-clips", "1", "--wrokers", "2").returncode == 2
    assert posetraj("generate", "--out", "x", "--num-clips", "1", "--members", "smell").returncode == 2
    assert posetraj("paint").returncode == 2


def test_a_missing_folder_of_objects_is_named(tmp_path):
    missing = str(tmp_path / "none")
    done = posetraj("generate", "--out", str(tmp_path / "out"), "--num-clips", "1", "--objects", missing)
    assert_one_sentence(done, missing)


def test_a_missing_config_is_named(tmp_path):
    done = posetraj(
        "generate", "--out", str(tmp_path / "out"), "--num-clips", "1", "--config", str(tmp_path / "c.yaml")
    )
    assert_one_sentence(done, "c.yaml")


def test_no_clips_and_no_workers_are_refused(tmp_path):
    assert_one_sentence(posetraj("generate", "--out", str(tmp_path / "out"), "--num-clips", "0"), "1 or more")
    done = posetraj("generate", "--out", str(tmp_path / "out"), "--num-clips", "1", "--workers", "0")
    assert_one_sentence(done, "1 or more")


def test_a_folder_with_other_things_in_it_is_left_alone(tmp_path):
    (tmp_path / "thesis.tex").write_text("years of work")
    done = posetraj("generate", "--out", str(tmp_path), "--num-clips", "1")
    assert_one_sentence(done, "thesis.tex", "--out")
    assert [item.name for item in tmp_path.iterdir()] == ["thesis.tex"]


def test_an_unfinished_or_absent_dataset_does_not_validate(tmp_path):
    for folder in (tmp_path, tmp_path / "none"):
        done = posetraj("validate", str(folder))
        assert done.returncode == 1
        assert "dataset.json" in done.stdout + done.stderr
        assert "Traceback" not in done.stderr


def test_stats_tells_what_a_dataset_holds_and_writes_it(shared, tmp_path):
    page, numbers = tmp_path / "new" / "stats.html", tmp_path / "stats.json"
    done = posetraj("stats", str(shared / "golden"), "--split", "train", "--out", str(page), "--json", str(numbers))
    assert done.returncode == 0, done.stderr
    assert "3 clips" in done.stdout and page.as_uri() in done.stdout
    assert json.loads(numbers.read_text())["total"]["clips"] == 3
    assert page.read_text().startswith("<!doctype html>")


def test_what_stats_cannot_read_or_write_is_named(shared, tmp_path):
    assert_one_sentence(posetraj("stats", str(tmp_path)), str(tmp_path), "dataset.json")
    assert_one_sentence(posetraj("stats", str(tmp_path / "posetraj-val-000000.tar")), "no such file")
    assert_one_sentence(posetraj("stats", "carrier-pigeon://loft/data"), "carrier-pigeon")
    (tmp_path / "taken").mkdir()
    done = posetraj("stats", str(shared / "golden"), "--json", str(tmp_path / "taken"))
    assert_one_sentence(done, "cannot write", "taken")


def test_debug_shows_the_traceback(tmp_path):
    done = posetraj("generate", "--out", str(tmp_path / "o"), "--num-clips", "0", "--debug")
    assert done.returncode == 1
    assert "Traceback" in done.stderr


@pytest.mark.blender
def test_the_doctor_finds_this_machine_well():
    done = posetraj("doctor", timeout_s=600)
    assert done.returncode == 0, done.stdout
    for word in ("Blender", "render devices", "CPU", "a frame rendered", "libx264", "posetraj generate works here"):
        assert word in done.stdout


@pytest.mark.blender
def test_the_doctor_says_what_is_wrong_with_a_blender_that_is_none(tmp_path):
    done = posetraj("doctor", "--blender", str(tmp_path / "blender"))
    assert done.returncode == 1
    assert "MISSING" in done.stdout
    assert "check that" in done.stdout
